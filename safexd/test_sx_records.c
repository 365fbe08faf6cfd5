/* SPDX-License-Identifier: GPL-2.0-only */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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
	struct sx_records *r = sx_records_new(NULL, -1);
	struct safex_record out[8];

	(void)state;
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 0);
	add(r, 40, 1);
	add(r, 41, 2);
	add(r, 42, 1);
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 3);
	assert_int_equal(out[0].seq, 1);
	assert_string_equal(out[2].message, "record 42");
	assert_int_equal(sx_records_get(r, 1, 2, out, 8), 1);
	assert_int_equal(out[0].seq, 3);
	assert_int_equal(sx_records_get(r, 0, 0, out, 2), 2);
	assert_int_equal(sx_records_get(r, 0, 4, out, 8), 0);
	sx_records_free(r);
}

/* What the kernel lost is missing here too. */
static void test_gap_stays(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1);
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 1, .name = "cpu/m" };
	struct dio_status st = { DIO_E_COMPILE, 0, "m.c:1: error\nmore" };
	struct safex_record out[8];

	(void)state;
	add(r, 7, 1);
	add(r, 10, 1);
	sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	assert_int_equal(sx_records_get(r, 0, 0, out, 8), 3);
	assert_int_equal(out[0].seq, 1);
	assert_int_equal(out[1].seq, 4);
	assert_int_equal(out[2].seq, 5);
	assert_int_equal(out[2].stage, SX_STAGE_COMPILE);
	assert_int_equal(out[2].code, DIO_E_COMPILE);
	assert_string_equal(out[2].message, "m.c:1: error");
	sx_records_free(r);
}

static void test_bounded(void **state)
{
	struct sx_records *r = sx_records_new(NULL, -1);
	struct safex_record out[4];

	(void)state;
	for (uint64_t i = 1; i <= 3 * SX_RECORDS_KEPT; i++)
		add(r, i, 1);
	assert_int_equal(sx_records_get(r, 0, 0, out, 4), 4);
	assert_int_equal(out[0].seq, 2 * SX_RECORDS_KEPT + 1);
	sx_records_free(r);
}

/* Of what one user had refused, the latest are kept, beside all others. */
static void test_share_of_a_user(void **state)
{
	struct sx_key key = { .kind = SAFEX_KIND_MONITOR, .cd = 7, .name = "cpu/m" };
	struct dio_status st = { DIO_E_COMPILE, 0, "no" };
	struct sx_records *r = sx_records_new(NULL, -1);
	static struct safex_record out[SX_RECORDS_KEPT];

	(void)state;
	add(r, 1, 1);
	sx_records_refused(r, &key, 1001, SX_STAGE_COMPILE, &st);
	key.cd = 8;
	for (int i = 0; i < 2 * SX_RECORDS_KEPT; i++)
		sx_records_refused(r, &key, 1000, SX_STAGE_COMPILE, &st);
	assert_int_equal(sx_records_get(r, 1, 0, out, SX_RECORDS_KEPT), 1);
	assert_int_equal(sx_records_get(r, 7, 0, out, SX_RECORDS_KEPT), 1);
	assert_int_equal(sx_records_get(r, 8, 0, out, SX_RECORDS_KEPT), SX_RECORDS_REFUSED);
	assert_int_equal(out[SX_RECORDS_REFUSED - 1].seq, 2 + 2 * SX_RECORDS_KEPT);
	assert_int_equal(out[0].seq, out[SX_RECORDS_REFUSED - 1].seq - SX_RECORDS_REFUSED + 1);
	sx_records_free(r);
}

static void test_from_the_device(void **state)
{
	struct safex_record in[3] = { record(5, 9), record(6, 9), record(7, 9) }, out[8];
	struct event_base *base = event_base_new();
	struct sx_records *r;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	memset(in[1].message, 'x', sizeof(in[1].message));
	r = sx_records_new(base, fds[0]);
	assert_int_equal(write(fds[1], in, sizeof(in)), sizeof(in));
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(sx_records_get(r, 9, 0, out, 8), 3);
	assert_int_equal(strlen(out[1].message), SAFEX_MESSAGE_MAX - 1);
	sx_records_free(r);
	event_base_free(base);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_choice), cmocka_unit_test(test_gap_stays),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_share_of_a_user),
		cmocka_unit_test(test_from_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
