/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "watch.h"

#define MS	INT64_C(1000000)
#define N	101	/* one second */

static struct ex_progress progress;
static struct wt_sample samples[N];
static struct wt_run run;

static int setup(void **state)
{
	(void)state;
	progress.target = 20 * MS;
	progress.period = 100 * MS;
	run.tasks[0].progress = &progress;
	run.n_tasks = 1;
	run.samples = samples;
	return 0;
}

static void fill(int64_t (*used)(int step))
{
	int i;

	for (i = 0; i < N; i++) {
		samples[i].time = i * WT_STEP;
		samples[i].cpu[0] = i ? samples[i - 1].cpu[0] + used(i - 1) : 5 * MS;
	}
}

static int64_t evenly(int step)
{
	(void)step;
	return 2 * MS;
}

static int64_t little_less(int step)
{
	return step % 10 ? 2 * MS : 2 * MS - 1;
}

/* All 20 ms at the beginning of every period. */
static int64_t at_once(int step)
{
	return step % 10 < 2 ? 10 * MS : 0;
}

/* Nothing in the third tenth of a second. */
static int64_t with_a_gap(int step)
{
	return step / 10 == 2 ? 0 : 4 * MS;
}

static void assert_count(int64_t phase, unsigned int permille, unsigned int windows,
			 unsigned int missed)
{
	struct wt_count c = wt_judge(&run, 0, N, phase, permille);

	assert_int_equal(c.windows, windows);
	assert_int_equal(c.missed, missed);
}

static void exactly_the_target_is_enough(void **state)
{
	(void)state;
	fill(evenly);
	assert_count(0, 1000, 10, 0);
	fill(at_once);
	assert_count(0, 1000, 10, 0);
}

static void one_ns_less_is_missed(void **state)
{
	(void)state;
	fill(little_less);
	assert_count(0, 1000, 10, 10);
	assert_count(0, 950, 10, 0);
}

static void a_gap_is_missed_where_it_is(void **state)
{
	(void)state;
	fill(with_a_gap);
	assert_count(0, 1000, 10, 1);
	assert_count(50 * MS, 1000, 9, 0);
	assert_count(80 * MS, 1000, 9, 1);
}

static void only_whole_periods_count(void **state)
{
	(void)state;
	fill(evenly);
	progress.period = 300 * MS;
	progress.target = 60 * MS;
	assert_count(0, 1000, 3, 0);
	assert_int_equal(wt_judge(&run, 0, 30, 0, 1000).windows, 0);
	assert_int_equal(wt_judge(&run, 0, 31, 0, 1000).windows, 1);
}

/* Whoever measures late must not blame the scheduler. */
static void late_samples_end_no_period(void **state)
{
	(void)state;
	fill(with_a_gap);
	samples[20].time += MS;
	assert_count(0, 1000, 10, 1);
	samples[20].time += 1;
	assert_count(0, 1000, 8, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exactly_the_target_is_enough),
		TEST(one_ns_less_is_missed),
		TEST(a_gap_is_missed_where_it_is),
		TEST(only_whole_periods_count),
		TEST(late_samples_end_no_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
