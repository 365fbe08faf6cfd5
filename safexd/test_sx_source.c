/* SPDX-License-Identifier: GPL-2.0-only */
/* What an author may write is what the compiler makes of it: conditions, macros, constants. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
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

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_names_are_constants),
		cmocka_unit_test(test_event_names_are_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return t_each_compiler(group);
}
