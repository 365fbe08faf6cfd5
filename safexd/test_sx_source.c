/* SPDX-License-Identifier: GPL-2.0-only */
/* What an author may write is what the compiler makes of it: conditions, macros, constants. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "t_pipeline.h"

#define EXT "#include <safex/extension.h>\n"

static void good(const char *what, enum safex_kind role, const char *text)
{
	static struct sx_result r;

	if (t_run(role, text, &r) || *r.status.message)
		fail_msg("%s: %s", what, r.status.message);
	sx_result_release(&r);
}

static void bad(enum safex_kind role, const char *text, const char *words)
{
	static struct sx_result r;

	assert_int_not_equal(t_run(role, text, &r), 0);
	if (!strstr(r.status.message, words))
		fail_msg("\"%s\" does not say \"%s\"", r.status.message, words);
	sx_result_release(&r);
}

/* The ids are those of FNV-1a, computed elsewhere. */
static void test_event_names_are_constants(void **state)
{
	(void)state;
	good("case", SAFEX_KIND_HANDLER, EXT "void handler(event ev)\n{\n\tswitch (ev.name) {\n"
	     "\tcase event_name(\"Behind\"):\n\t\tset_attribute(\"timeslice-adjustment\", 2 * MS);\n"
	     "\t\tbreak;\n\tcase event_name(\"Ahead\"):\n\t\tset_attribute(\"timeslice-adjustment\", 0);\n"
	     "\t\tbreak;\n\t}\n}\n");
	good("values", SAFEX_KIND_HANDLER, EXT "#define NAME \"Ah\" \"ead\"\n"
	     "static const u32 behind = event_name(\"Behind\");\n"
	     "enum { BEHIND = event_name(\"Behind\"), AHEAD = event_name(NAME),\n"
	     "\tLONGEST = event_name(\"1234567890123456789012345678901\"),\n"
	     "\tSIZE = event_name(\"Gr\xc3\xb6\xc3\x9f" "e\") };\n"
	     "_Static_assert(BEHIND == 0xca48c729 && AHEAD == 0x6fdfd6ae, \"\");\n"
	     "_Static_assert(LONGEST == 0x588185b7 && SIZE == 0x48b3427a, \"\");\n"
	     "void handler(event ev)\n{\n\tif (ev.name == behind || ev.name == AHEAD)\n"
	     "\t\tset_attribute(\"timeslice-adjustment\", ev.value);\n}\n");
}

static void test_event_names_are_literals(void **state)
{
	static const char what[] = "the name of an event is a text in double quotes, of 1 to 31 characters";

	(void)state;
	bad(SAFEX_KIND_MONITOR, EXT "void monitor(void)\n{\n\traise_event(\"\", 1);\n}\n", what);
	bad(SAFEX_KIND_MONITOR, EXT "void monitor(void)\n{\n"
	    "\traise_event(\"12345678901234567890123456789012\", 1);\n}\n", what);
	bad(SAFEX_KIND_MONITOR, EXT "static const char *name = \"A\";\nvoid monitor(void)\n{\n"
	    "\traise_event(name, 1);\n}\n", what);
	bad(SAFEX_KIND_MONITOR, EXT "static const char *name = \"A\";\nvoid monitor(void)\n{\n"
	    "\traise_event(name, 1);\n}\n", "x.c:5:");
	bad(SAFEX_KIND_HANDLER, EXT "static char name[4];\nvoid handler(event ev)\n{\n"
	    "\tif (ev.name == event_name(name)) set_attribute(\"timeslice-adjustment\", 0);\n}\n", what);
}

#define THROWS "void monitor(void) { raise_event(\"A\", 100 / get_attribute(\"windows\")); }\n"
#define CATCHES "void caught(exception e) { raise_event(\"Bad\", e.kind); }\n"

/* Whether the object says so to the kernel: by a call. */
static bool catches(const char *what, const char *text)
{
	static struct sx_result r;
	bool found;

	if (t_run(SAFEX_KIND_MONITOR, text, &r))
		fail_msg("%s: %s", what, r.status.message);
	found = memmem(r.program.data, r.program.size, "safex_catch", strlen("safex_catch"));
	sx_result_release(&r);
	return found;
}

static void test_caught(void **state)
{
	(void)state;
	assert_true(catches("plain", EXT CATCHES THROWS));
	assert_true(catches("declared before", EXT "void caught(exception);\n" CATCHES THROWS));
	assert_true(catches("within a condition", "#ifdef __cplusplus\nextern \"C\" {\n#endif\n" EXT
			    CATCHES THROWS "#ifdef __cplusplus\n}\n#endif\n"));
	assert_true(catches("braces of two branches", EXT "#if 1\nvoid caught(exception e) {\n#else\n"
			    "void other(void) {\n#endif\n\traise_event(\"Bad\", e.kind); }\n" THROWS));
	assert_true(catches("by a macro", EXT "#define ON(name) void name(exception e)\n"
			    "ON(caught) { raise_event(\"Bad\", e.kind); }\n" THROWS));
	assert_true(catches("old style", EXT "void caught(e) exception e; { raise_event(\"B\", 1); }\n" THROWS));
	assert_false(catches("none", EXT THROWS));
	assert_false(catches("left out", EXT "#if 0\n" CATCHES "#endif\n" THROWS));
	assert_false(catches("in a comment", EXT "/* void caught(exception e) { } */\n" THROWS));
	assert_false(catches("another thing of this name", EXT
			     "void monitor(void) { s64 caught = get_attribute(\"windows\"); "
			     "raise_event(\"A\", caught); }\n"));
}

static void test_caught_is_wrong(void **state)
{
	(void)state;
	bad(SAFEX_KIND_MONITOR, EXT "\nvoid caught(u32 kind) { }\n" THROWS,
	    "x.c:3:6: an entry is declared in another way than it is called");
	bad(SAFEX_KIND_MONITOR, EXT "void caught(exception e);\n" THROWS, "source has no function caught()");
	bad(SAFEX_KIND_MONITOR, EXT "void (caught)(exception e) { }\n" THROWS, "redefinition of 'caught'");
}

/* A source that is taken: what is said of it. */
static const struct {
	const char *source, *words;
} doubtful[] = {
	{ "\tif (ev.name == \"Behind\")\n\t\tset_attribute(\"timeslice-adjustment\", ev.value);\n",
	  "x.c:4:14: warning: comparison between pointer and integer" },
	{ "\ts64 u;\n\tif (ev.value > 0)\n\t\tu = ev.value;\n\tset_attribute(\"timeslice-adjustment\", u);\n",
	  "x.c:5:6: warning: variable 'u' is used uninitialized" },
	{ "\ts64 u;\n\tfor (int i = 0; i < ev.value; i++)\n\t\tu = i;\n"
	  "\tset_attribute(\"timeslice-adjustment\", u);\n", "warning: variable 'u' " },
	{ "\tint mode = 0;\n\tif (mode = 1)\n\t\tset_attribute(\"timeslice-adjustment\", mode);\n",
	  "x.c:5:11: warning: using the result of an assignment as a condition" },
	{ "#define MS 1000\n\tset_attribute(\"timeslice-adjustment\", 2 * MS);\n",
	  "x.c:4:9: warning: 'MS' macro redefined" },
	{ "\ts64 half(s64 a);\n\tset_attribute(\"timeslice-adjustment\", half(ev.value));\n}\n"
	  "s64 half(s64 a)\n{\n\tif (a > 2)\n\t\treturn a / 2;\n",
	  "warning: non-void function does not return a value in all control paths" },
	{ "\tif (ev.value > (3));\n\t\tset_attribute(\"timeslice-adjustment\", ev.value);\n",
	  "x.c:4:21: warning: if statement has empty body" },
	{ "\tdo\n\t\tev.value--;\n\twhile (ev.value > 3);\n\tdo {\n\t\tif (ev.value) { }\n\t} while (ev.value++ < 9);\n"
	  "\twhile (ev.value-- > 3);\n\t{\n\t\tset_attribute(\"timeslice-adjustment\", ev.value);\n\t}\n",
	  "x.c:10:24: warning: while loop has empty body" },
	{ "#if 1\n#endif\n\tfor (int i = 0; i < 3; i++) /* ; */ ;\n\t\tset_attribute(\"timeslice-adjustment\", 1);\n",
	  "x.c:6:38: warning: for loop has empty body" },
	{ "\tswitch (ev.value);\n\tset_attribute(\"timeslice-adjustment\", 1);\n",
	  "x.c:4:19: warning: switch statement has empty body" },
};

static void test_warnings(void **state)
{
	static struct sx_result r;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		snprintf(text, sizeof(text), EXT "void handler(event ev)\n{\n%s}\n", doubtful[i].source);
		if (t_run(SAFEX_KIND_HANDLER, text, &r) || !strstr(r.status.message, doubtful[i].words))
			fail_msg("no \"%s\" in: %s", doubtful[i].words, r.status.message);
		sx_result_release(&r);
	}
	/* Of what a later stage refuses, too, behind the reason. */
	bad(SAFEX_KIND_HANDLER, EXT "#define MS 5\nvoid handler(event ev) { get_attribute(\"no\"); }\n",
	    "x.c:2:9: warning: 'MS' macro redefined");
}

/* What only looks like it. */
static void test_no_doubt(void **state)
{
	static const char *const meant[] = {
		"\twhile (ev.value-- > 3);\n\tset_attribute(\"timeslice-adjustment\", ev.value);\n",
		"\tfor (; ev.value > 3; ev.value--)\n\t\t;\n\tif (ev.value)\n\t\t;\n",
		"\tif (ev.value > 3);\n\telse\n\t\tev.value = 3;\n",
		"\tdo\n\t\tev.value--;\n\twhile (ev.value > 3);\n\t\t{ }\n",
		"\tdo {\n\t\tev.value--;\n\t} while (ev.value > 3); { }\n",
		"\tdo\n\t\tdo { ev.value--; } while (ev.value > 3);\n\twhile (ev.value++ < 9);\n\t\t{ }\n",
		"#if 0\n\tif (ev.value); { }\n#endif\n\tset_attribute(\"timeslice-adjustment\", FX(2u) + FX(sizeof(ev)));\n",
		"\t/* if (1); */ /* if (1); */ // if (1);\n\tset_attribute(\"timeslice-adjustment\", sizeof(\"if (1);\"));\n",
		"#define NOTHING if (1);\n#define NONE\n\tif (ev.value)\n\t\tNONE;\n\tNOTHING\n",
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		snprintf(text, sizeof(text), EXT "void handler(event ev)\n{\n%s}\n", meant[i]);
		good(meant[i], SAFEX_KIND_HANDLER, text);
	}
}

/* However much is said, and whoever wrote it. */
static void test_warnings_are_bounded(void **state)
{
	static struct sx_result r;
	static char text[65536];
	size_t n = (size_t)snprintf(text, sizeof(text), EXT "#warning gr\xc3\xb6\xc3\x9f" "er\n");

	(void)state;
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "#warning number %d\n", i);
	snprintf(text + n, sizeof(text) - n, "void monitor(void) { }\n");
	assert_int_equal(t_run(SAFEX_KIND_MONITOR, text, &r), 0);
	assert_non_null(strstr(r.status.message, "x.c:2:2: warning: gr"));
	assert_non_null(strstr(r.status.message, "number 20"));
	assert_true(strlen(r.status.message) < sizeof(r.status.message));
	for (const char *c = r.status.message; *c; c++)
		assert_true(*c == '\n' || *c == '\t' || (*c >= ' ' && *c <= '~'));
	sx_result_release(&r);
}

/* Nothing is said of what is right, nor of what stands around it. */
static void test_silence(void **state)
{
	static const struct {
		const char *file;
		enum safex_kind role;
	} right[] = {
		{ "examples/pid/monitor.c", SAFEX_KIND_MONITOR }, { "examples/pid/handler.c", SAFEX_KIND_HANDLER },
		{ "safexd/managers/cpu.c", SAFEX_KIND_MANAGER }, { "safexd/explained/level.c", SAFEX_KIND_MANAGER },
		{ "safexd/explained/mean.c", SAFEX_KIND_MONITOR }, { "safexd/corpus/caught.c", SAFEX_KIND_MONITOR },
		{ "safexd/corpus/matrix.c", SAFEX_KIND_MONITOR }, { "safexd/corpus/nested.c", SAFEX_KIND_MONITOR },
		{ "safexd/corpus/records.c", SAFEX_KIND_MONITOR }, { "safexd/corpus/sort.c", SAFEX_KIND_MONITOR },
		{ "safexd/corpus/search.c", SAFEX_KIND_MONITOR }, { "safexd/corpus/state.c", SAFEX_KIND_MONITOR },
	};
	static struct sx_result r;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		char *text = t_file(right[i].file, &size);

		if (t_run(right[i].role, text, &r) || *r.status.message)
			fail_msg("%s: %s", right[i].file, r.status.message);
		sx_result_release(&r);
		free(text);
	}
}

/* The role of a source that is not said to have one: as the compiler sees it, in the sandbox. */
static enum safex_kind role_of(const char *text, struct sx_result *r)
{
	struct sx_job job = { .file = "x.c", .source = text, .length = strlen(text) };

	if (sx_pipeline_run(t_tools(), &job, r)) {
		assert_int_not_equal(r->status.code, DIO_E_OK);
		return SAFEX_KIND_NONE;
	}
	assert_string_equal(r->status.message, "");
	assert_null(r->program.data);
	return r->role;
}

static void no_role(const char *text, enum dio_error code, const char *words)
{
	static struct sx_result r;

	assert_int_equal(role_of(text, &r), SAFEX_KIND_NONE);
	assert_int_equal(r.status.code, code);
	if (!strstr(r.status.message, words))
		fail_msg("\"%s\" does not say \"%s\"", r.status.message, words);
}

static void test_role(void **state)
{
	static struct sx_result r;

	(void)state;
	assert_int_equal(role_of("#define MS 1\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n" EXT
				 "void monitor(void) { }\n#ifdef __cplusplus\n}\n#endif\n", &r), SAFEX_KIND_MONITOR);
	assert_int_equal(role_of("#if 0\nvoid monitor(void) { }\n#endif\n" EXT
				 "void handler(event ev) { }\n", &r), SAFEX_KIND_HANDLER);
	/* The brace that is missing is told when it is compiled. */
	assert_int_equal(role_of(EXT "static s64 f(void)\n{\n\tif (1) {\n\treturn 2;\n}\n"
				 "void handler(event ev) { }\n", &r), SAFEX_KIND_HANDLER);
	no_role(EXT "static void f(void)\n{\n\tvoid monitor(void) { }\n}\n", DIO_E_INVALID, "defines none of");
	no_role("// nothing", DIO_E_INVALID, "x.c defines none of monitor(), handler(), manager()");
	no_role(EXT "void monitor(void) { }\nvoid handler(event ev) { }\n", DIO_E_INVALID,
		"x.c defines more than one of monitor(), handler(), manager(): say which is meant");
	no_role("\n#if 1\nvoid monitor(void) { }\n", DIO_E_COMPILE, "x.c:2:2: error: unterminated");
	no_role("#include \"/etc/passwd\"\n", DIO_E_COMPILE, "x.c:1: only <safex/extension.h>");
	no_role("", DIO_E_INVALID, "x.c: source of 0 bytes");
	no_role("#define A(x) x x x x x x x x\nA(A(A(A(A(A(A(A(A(A(monitor))))))))))\n", DIO_E_COMPILE,
		"compiler was stopped: ");
}

#define MGR "#include <safex/manager.h>\n"
#define MANAGER "void manager(void) { }\n"

/* A number for a text, a text for a number, a number that does not fit: at the author's place. */
static void test_wrong_types(void **state)
{
	static const char text[] = "initializing 'text_in_double_quotes'";
	static const char *const fields[] = { "unit", "initial", "maps_to", "map", "safe_when", "otherwise" };
	char source[256];

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(source, sizeof(source), MGR "attribute(\"x\",\n.%s = 50);\n" MANAGER, fields[i]);
		bad(SAFEX_KIND_MANAGER, source, text);
		bad(SAFEX_KIND_MANAGER, source, "x.c:3:");
	}
	bad(SAFEX_KIND_MANAGER, MGR "attribute(\"x\", .initial = 100 * MS);\n" MANAGER, text);
	bad(SAFEX_KIND_MANAGER, MGR "attribute(5);\n" MANAGER, text);
	bad(SAFEX_KIND_MANAGER, MGR "attribute(\"x\", .maximum = \"5\");\n" MANAGER, "x.c:2:27: error: ");
	bad(SAFEX_KIND_MANAGER, MGR "attribute(\"x\", .maximum = 5 * 1000 * 1000 * 1000);\n" MANAGER,
	    "error: overflow in expression");
	good("zero for none, and numbers of all kinds", SAFEX_KIND_MANAGER, MGR
	     "attribute(\"x\", .initial = 0, .minimum = -1ll << 63, .maximum = ~(1ull << 63), .unit = \"ns\");\n"
	     MANAGER);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_no_doubt),
		cmocka_unit_test(test_warnings_are_bounded),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_caught),
		cmocka_unit_test(test_caught_is_wrong),
		cmocka_unit_test(test_event_names_are_constants),
		cmocka_unit_test(test_event_names_are_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return t_each_compiler(group);
}
