/* SPDX-License-Identifier: GPL-2.0-only */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_records.h"

static struct safex_record record(uint64_t seq, uint64_t cd)
{
	struct safex_record r = { .seq = seq, .cd = cd, .stage = SAFEX_STAGE_KERNEL, .count = 1 };

	snprintf(r.message, sizeof(r.message), "record %llu", (unsigned long long)seq);
	return r;
}

static void add(struct sx_records *r, uint64_t seq, uint64_t cd)
{
	struct safex_record one = record(seq, cd);

	sx_records_add(r, &one);
}

static void test_order_and_choice(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	struct sx_told out[8];

	(void)state;
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 0);
	add(r, 40, 1);
	add(r, 41, 2);
	add(r, 42, 1);
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 3);
	assert_int_equal(out[0].record.seq, 1);
	assert_string_equal(out[2].record.message, "record 42");
	assert_int_equal(sx_records_get(r, 1, 2, out, 8), 1);
	assert_int_equal(out[0].record.seq, 3);
	assert_int_equal(sx_records_get(r, 0, 0, out, 2), 2);
	assert_int_equal(sx_records_get(r, 0, 4, out, 8), 0);
	sx_records_free(r);
}

/* What the kernel lost is missing here too. */
static void test_gap_stays(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 1, .name = "cpu/m" };
	struct dio_status st = { DIO_E_COMPILE, 0, "m.c:1: error\nmore" };
	struct sx_told out[8];

	(void)state;
	add(r, 7, 1);
	add(r, 10, 1);
	sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 3);
	assert_int_equal(out[0].record.seq, 1);
	assert_int_equal(out[1].record.seq, 4);
	assert_int_equal(out[2].record.seq, 5);
	assert_int_equal(out[2].record.stage, SX_STAGE_COMPILE);
	assert_int_equal(out[2].record.code, DIO_E_COMPILE);
	assert_string_equal(out[2].record.message, "m.c:1: error");
	sx_records_free(r);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/* The kernel's clock began with the machine; people ask what time it was. */
static void test_dates(void **state)
{
	const uint64_t ago = UINT64_C(3000000000), slack = UINT64_C(100000000);
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 1, .name = "cpu/m" };
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	struct dio_status st = { DIO_E_COMPILE, 0, "no" };
	struct safex_record one = record(1, 1);
	uint64_t before = clock_ns(CLOCK_REALTIME), end, off;
	struct sx_told out[2];

	(void)state;
	one.time = clock_ns(CLOCK_MONOTONIC) - ago;
	sx_records_add(r, &one);
	sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	assert_int_equal(sx_records_get(r, 0, 0, out, 2), 2);
	end = clock_ns(CLOCK_REALTIME);
	off = end - before + slack;	/* who reads two clocks may have to wait between them */
	assert_in_range(out[0].date, before - ago - off, end - ago + slack);
	assert_in_range(out[1].date, before - off, end + slack);
	sx_records_free(r);
}

static void test_bounded(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	struct sx_told out[4];

	(void)state;
	for (uint64_t i = 1; i <= 3 * SX_RECORDS_KEPT; i++)
		add(r, i, 1);
	assert_int_equal(sx_records_get(r, 0, 0, out, 4), 4);
	assert_int_equal(out[0].record.seq, 2 * SX_RECORDS_KEPT + 1);
	sx_records_free(r);
}

/* An application that says much loses its own, not those of others. */
static void test_share_of_an_application(void **state)
{
	static struct sx_told out[SX_RECORDS_KEPT];
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	uint64_t seq = 0;

	(void)state;
	add(r, ++seq, 1);
	for (unsigned int i = 0; i < 2 * SX_RECORDS_KEPT; i++)
		add(r, ++seq, 2);
	assert_int_equal(sx_records_get(r, 1, 0, out, SX_RECORDS_KEPT), 1);
	assert_int_equal(sx_records_get(r, 2, 0, out, SX_RECORDS_KEPT), SX_RECORDS_KEPT - 1);
	sx_records_free(r);
}

/* Of what one user had refused, the latest are kept, beside all others. */
static void test_share_of_a_user(void **state)
{
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 7, .name = "cpu/m" };
	struct dio_status st = { DIO_E_COMPILE, 0, "no" };
	struct sx_records *r = sx_records_new(NULL, -1, NULL);
	static struct sx_told out[SX_RECORDS_KEPT];

	(void)state;
	add(r, 1, 1);
	sx_records_refused(r, &key, 1001, SX_STAGE_COMPILE, &st);
	key.cd = 8;
	for (int i = 0; i < 2 * SX_RECORDS_KEPT; i++)
		sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	assert_int_equal(sx_records_get(r, 1, 0, out, SX_RECORDS_KEPT), 1);
	assert_int_equal(sx_records_get(r, 7, 0, out, SX_RECORDS_KEPT), 1);
	assert_int_equal(sx_records_get(r, 8, 0, out, SX_RECORDS_KEPT), SX_RECORDS_REFUSED);
	assert_int_equal(out[SX_RECORDS_REFUSED - 1].record.seq, 2 + 2 * SX_RECORDS_KEPT);
	assert_int_equal(out[0].record.seq, out[SX_RECORDS_REFUSED - 1].record.seq - SX_RECORDS_REFUSED + 1);
	sx_records_free(r);
}

static void test_from_the_device(void **state)
{
	struct safex_record in[3] = { record(5, 9), record(6, 9), record(7, 9) };
	struct sx_told out[8];
	struct event_base *base = event_base_new();
	struct sx_records *r;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	memset(in[1].message, 'x', sizeof(in[1].message));
	r = sx_records_new(base, fds[0], NULL);
	assert_int_equal(write(fds[1], in, sizeof(in)), sizeof(in));
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(sx_records_get(r, 9, 0, out, 8), 3);
	assert_int_equal(strlen(out[1].record.message), SAFEX_MESSAGE_MAX - 1);
	sx_records_free(r);
	event_base_free(base);
	close(fds[0]);
	close(fds[1]);
}

/* Adds the kernel's next; its number. */
static uint64_t number_of_next(struct sx_records *r)
{
	static struct sx_told out[SX_RECORDS_KEPT];
	static uint64_t seq;
	unsigned int n;

	add(r, ++seq, 1);
	n = sx_records_get(r, 0, 0, out, SX_RECORDS_KEPT);
	assert_true(n > 0);
	return out[n - 1].record.seq;
}

/* Who follows the records asks for those behind the last that it has seen. */
static void test_numbers_go_on(void **state)
{
	char dir[] = "/tmp/test_sx_records.XXXXXX", path[64], killed[64];
	struct sx_records *r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/records", dir);
	snprintf(killed, sizeof(killed), "%s/killed", dir);
	r = sx_records_new(NULL, -1, path);
	for (uint64_t i = 1; i <= 100; i++)
		assert_int_equal(number_of_next(r), i);
	assert_int_equal(rename(path, killed), 0);
	sx_records_free(r);
	assert_int_equal(access(path, F_OK), -1);
	r = sx_records_new(NULL, -1, killed);
	assert_int_equal(number_of_next(r), 101);
	sx_records_free(r);
	unlink(killed);
	rmdir(dir);
}

/* Adds one of the kernel that was made at time; its number. */
static uint64_t number_of(struct sx_records *r, uint64_t seq, uint64_t time, bool is_new)
{
	static struct sx_told out[SX_RECORDS_KEPT];
	struct safex_record one = record(seq, 1);
	unsigned int n;

	one.time = time;
	assert_int_equal(sx_records_add(r, &one), is_new);
	n = sx_records_get(r, 0, 0, out, SX_RECORDS_KEPT);
	return n ? out[n - 1].record.seq : 0;
}

/* The kernel gives each reader all that it has; a module loaded anew begins with 1. */
static void test_told_once(void **state)
{
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 1, .name = "cpu/m" };
	struct dio_status st = { DIO_E_COMPILE, 0, "no" };
	char path[] = "/tmp/test_sx_records.XXXXXX";
	struct sx_records *r;

	(void)state;
	close(mkstemp(path));
	r = sx_records_new(NULL, -1, path);
	assert_int_equal(number_of(r, 40, 100, true), 1);
	assert_int_equal(number_of(r, 41, 200, true), 2);
	assert_int_equal(number_of(r, 42, 150, true), 3);	/* two CPUs: the later one was first */
	sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	sx_records_free(r);

	r = sx_records_new(NULL, -1, path);
	assert_int_equal(number_of(r, 38, 90, false), 0);	/* never had a number */
	assert_int_equal(number_of(r, 41, 200, false), 3);
	assert_int_equal(number_of(r, 42, 150, false), 4);
	assert_int_equal(number_of(r, 45, 300, true), 7);	/* two were lost */
	sx_records_free(r);

	r = sx_records_new(NULL, -1, path);
	assert_int_equal(number_of(r, 1, 400, true), 8);
	assert_int_equal(number_of(r, 2, 500, true), 9);
	sx_records_free(r);
	unlink(path);
}

/* Records are told all the same. */
static void test_numbers_are_not_kept(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1, "/dev/full");

	(void)state;
	assert_int_equal(number_of_next(r), 1);
	assert_int_equal(number_of_next(r), 2);
	sx_records_free(r);
	r = sx_records_new(NULL, -1, "/nowhere/records");
	assert_int_equal(number_of_next(r), 1);
	sx_records_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_choice), cmocka_unit_test(test_gap_stays),
		cmocka_unit_test(test_dates), cmocka_unit_test(test_bounded), cmocka_unit_test(test_share_of_a_user),
		cmocka_unit_test(test_share_of_an_application),
		cmocka_unit_test(test_from_the_device), cmocka_unit_test(test_numbers_go_on), cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_numbers_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
