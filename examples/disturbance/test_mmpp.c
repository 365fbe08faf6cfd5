/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "mmpp.h"

#define S	INT64_C(1000000000)
#define MANY	20000

static void test_same_seed_same_bursts(void **state)
{
	struct mmpp_burst x, y;
	struct mmpp a, b;
	int i;

	(void)state;
	mmpp_init(&a, 42, 10 * S, 3 * S);
	mmpp_init(&b, 42, 10 * S, 3 * S);
	for (i = 0; i < 100; i++) {
		x = mmpp_next(&a);
		y = mmpp_next(&b);
		assert_true(x.start == y.start && x.end == y.end);
	}
}

static void test_seeds_differ(void **state)
{
	struct mmpp a, b;

	(void)state;
	mmpp_init(&a, 1, 10 * S, 3 * S);
	mmpp_init(&b, 2, 10 * S, 3 * S);
	assert_true(mmpp_next(&a).start != mmpp_next(&b).start);
}

static void assert_near(int64_t sum, int64_t mean)
{
	int64_t got = sum / MANY;

	assert_true(got > mean * 97 / 100);
	assert_true(got < mean * 103 / 100);
}

static void test_means(void **state)
{
	int64_t gaps = 0, lengths = 0, last = 0;
	struct mmpp_burst b;
	struct mmpp m;
	int i;

	(void)state;
	mmpp_init(&m, 7, 10 * S, 3 * S);
	for (i = 0; i < MANY; i++) {
		b = mmpp_next(&m);
		assert_true(b.start >= last);
		assert_true(b.end >= b.start + MMPP_STEP);
		assert_int_equal((b.end - b.start) % MMPP_STEP, 0);
		gaps += b.start - last;
		lengths += b.end - b.start;
		last = b.end;
	}
	assert_near(gaps, 10 * S);
	assert_near(lengths, 3 * S);
}

/* An exponential gap is longer than its mean with probability 1/e. */
static void test_gaps_are_exponential(void **state)
{
	int64_t last = 0, longer = 0;
	struct mmpp_burst b;
	struct mmpp m;
	int i;

	(void)state;
	mmpp_init(&m, 11, 10 * S, 3 * S);
	for (i = 0; i < MANY; i++) {
		b = mmpp_next(&m);
		longer += b.start - last > 10 * S;
		last = b.end;
	}
	assert_true(longer > MANY * 358 / 1000 && longer < MANY * 378 / 1000);
}

static void test_schedule_is_cut(void **state)
{
	struct mmpp_burst bursts[64];
	struct mmpp m;
	size_t n, i;

	(void)state;
	mmpp_init(&m, 3, S, S);
	n = mmpp_schedule(&m, 30 * S, bursts, 64);
	assert_true(n > 0 && n < 64);
	for (i = 0; i < n; i++)
		assert_true(bursts[i].start < 30 * S && bursts[i].end <= 30 * S);
	mmpp_init(&m, 3, S, S);
	assert_int_equal(mmpp_schedule(&m, 30 * S, bursts, 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed_same_bursts),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_means),
		cmocka_unit_test(test_gaps_are_exponential),
		cmocka_unit_test(test_schedule_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
