/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sx_expr.h"

static const struct safex_attr attrs[] = {
	{ .name = "a", .value = 10 }, { .name = "min", .value = 3 }, { .name = "a-b", .value = -4 },
	{ .name = "zero" },
};

static const struct {
	const char *text;
	int64_t value;
} good[] = {
	{ "1", 1 }, { "0x10", 16 }, { "1 + 2 * 3", 7 }, { "(1 + 2) * 3", 9 }, { "10 - 3 - 2", 5 },
	{ "100 / 10 / 2", 5 }, { "-3 / 2", -1 }, { "- - 3", 3 }, { "!0 + !5", 1 }, { "1 < 2", 1 },
	{ "1 + 1 == 2 && 3 > 2", 1 }, { "1 || 0 && 0", 1 }, { "0 && 1 / 0", 0 }, { "1 || 1 / 0", 1 },
	{ "min(3, 2)", 2 }, { "max( 3 , min(9,7))", 7 }, { "a * a", 100 }, { "min + 1", 4 },
	{ "{a-b}", -4 }, { "a-{a-b}", 14 }, { "value + old", 0 }, { "5 >= 5 != 0", 1 },
	{ "9223372036854775807 + 1", INT64_MIN }, { "(-9223372036854775807 - 1) / -1", INT64_MIN },
	{ "\ta\n+1 ", 11 },
};

static void test_good(void **state)
{
	struct sx_expr e;
	char why[96];
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (sx_expr_parse(&e, good[i].text, attrs, 4, why, sizeof(why)))
			fail_msg("%s: %s", good[i].text, why);
		assert_int_equal(sx_expr_eval(&e, attrs, &v), 0);
		if (v != good[i].value)
			fail_msg("%s: %lld", good[i].text, (long long)v);
	}
	assert_int_equal(sx_expr_parse(&e, "a + {a-b} / zero", attrs, 4, why, sizeof(why)), 0);
	assert_int_equal(e.uses, 1 | 4 | 8);
	assert_int_equal(sx_expr_eval(&e, attrs, &v), -EDOM);
}

static const char *const bad[] = {
	"", " ", "1 +", "* 1", "(1", "1)", "b", "a b", "min(1)", "min(1,2,3)", "max(1;2)", "{a", "{}",
	"{a-c}", "1x", "0x", "99999999999999999999", "a = 1", "a ? 1 : 2", "a % 2", "a & 1", "a[0]",
	"f(1)", "\"a\"", "1; return 0", "a /* */", "value.x", "1.5",
};

static void test_bad(void **state)
{
	struct sx_expr e;
	char why[96];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*why = '\0';
		if (!sx_expr_parse(&e, bad[i], attrs, 4, why, sizeof(why)))
			fail_msg("understood: %s", bad[i]);
		assert_true(*why);
	}
}

static void test_depth(void **state)
{
	struct sx_expr e;
	char text[400], why[96];

	(void)state;
	for (int n = 0; n < 190; n++) {
		memset(text, '(', (size_t)n);
		text[n] = '1';
		memset(text + n + 1, ')', (size_t)n);
		text[2 * n + 1] = '\0';
		assert_int_equal(sx_expr_parse(&e, text, attrs, 4, why, sizeof(why)) == 0, n < 32);
		memset(text, '-', (size_t)n);
		strcpy(text + n, "1");
		assert_int_equal(sx_expr_parse(&e, text, attrs, 4, why, sizeof(why)) == 0, n < 32);
		for (int i = 0; i < n; i++)
			memcpy(text + 2 * i, "1+", 2);
		strcpy(text + 2 * n, "1");
		assert_int_equal(sx_expr_parse(&e, text, attrs, 4, why, sizeof(why)) == 0,
				 2 * n + 1 <= SX_EXPR_NODES);
	}
}

static void test_random(void **state)
{
	static const char pieces[] = "a1 +-*/<>=!&|(),{}minvaluexold0";
	uint64_t *seed = *state;
	struct sx_expr e;
	char text[64], why[96];
	int64_t v;

	for (int i = 0; i < 300000; i++) {
		size_t n = 0;

		while (n < sizeof(text) - 1) {
			*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
			if ((*seed >> 33) % 24 == 0)
				break;
			text[n++] = pieces[(*seed >> 33) % (sizeof(pieces) - 1)];
		}
		text[n] = '\0';
		if (!sx_expr_parse(&e, text, attrs, 4, why, sizeof(why)))
			sx_expr_eval(&e, attrs, &v);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),
		cmocka_unit_test(test_depth), cmocka_unit_test_prestate(test_random, &seed),
	};

	print_message("seed %llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
