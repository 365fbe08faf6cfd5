/* SPDX-License-Identifier: GPL-2.0-only */
/* With which sources a new version goes on with the old one's variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sx_variables.h"
#include "t_pipeline.h"

#define CODE	"n += step; step ^= n; raise_event(\"N\", n + step);"
#define PAIR	"pair.a++; pair.b ^= pair.a; raise_event(\"N\", pair.a + pair.b);"

struct layout {
	uint8_t digest[SX_DIGEST];
};

static struct layout layout_of(const char *variables, const char *code)
{
	struct sx_result result;
	struct layout l;
	char text[512];

	snprintf(text, sizeof(text), "#include <safex/extension.h>\n%s\nvoid monitor(void)\n{\n%s\n}\n",
		 variables, code);
	if (t_run(SAFEX_KIND_MONITOR, text, &result))
		fail_msg("%s: %s", variables, result.status.message);
	memcpy(l.digest, result.layout, sizeof(l.digest));
	sx_result_release(&result);
	return l;
}

static bool agree(struct layout a, struct layout b)
{
	return sx_variables_agree(a.digest, b.digest);
}

static void test_same(void **state)
{
	struct layout a = layout_of("static s64 n, step = 1;", CODE);

	(void)state;
	assert_true(agree(a, layout_of("static s64 n, step = 1;", CODE)));
	assert_true(agree(a, layout_of("static s64 n;\nstatic s64 step = 7;", "n++;\n" CODE)));
}

static void test_others(void **state)
{
	struct layout a = layout_of("static s64 n, step = 1;", CODE);
	static const char *const other[] = {
		"static s64 n; static s32 step = 1;",
		"static s64 n; static u64 step = 1;",
		"static s64 n = 1, step = 1;",
		"static s64 n, step;",
		"static s64 n, step = 1, more[4]; static s64 get(void) { return more[n & 3]++; }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(agree(a, layout_of(other[i], i == 4 ? "n += get();" CODE : CODE)));
}

static void test_members(void **state)
{
	struct layout a = layout_of("static struct { s64 a, b; } pair;", PAIR);

	(void)state;
	assert_true(agree(a, layout_of("static struct { s64 a; s64 b; } pair;", PAIR)));
	assert_false(agree(a, layout_of("static struct { s64 b, a; } pair;", PAIR)));
	assert_false(agree(a, layout_of("static struct { s64 a; u64 b; } pair;", PAIR)));
}

static void test_none(void **state)
{
	struct layout a = layout_of("", "raise_event(\"N\", 1);");

	(void)state;
	assert_false(agree(a, a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same), cmocka_unit_test(test_others),
		cmocka_unit_test(test_members), cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
