/* SPDX-License-Identifier: GPL-2.0-only */
/* What an author may write is what the compiler makes of it: conditions, macros, constants. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include "t_pipeline.h"

#define EXT "#include <safex/extension.h>\n"

static void good(const char *what, enum safex_kind role, const char *text)
{
	static struct sx_result r;

	if (t_run(role, text, &r))
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
	    "x.c:3:6: error: conflicting types for 'caught'");
	bad(SAFEX_KIND_MONITOR, EXT "void caught(exception e);\n" THROWS, "source has no function caught()");
	bad(SAFEX_KIND_MONITOR, EXT "void (caught)(exception e) { }\n" THROWS, "redefinition of 'caught'");
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
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
