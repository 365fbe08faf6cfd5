/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dio_record.h"
#include "dio_rpc.h"

static unsigned seed;

/* A fragment's header by hand: last or not, any length. */
static size_t put_mark(uint8_t *at, int last, uint32_t len)
{
	uint32_t word = htonl((last ? 0x80000000u : 0) | len);

	memcpy(at, &word, 4);
	return 4;
}

static void one_fragment(void **state)
{
	uint8_t bytes[8 + 3] = "....abcdXYZ";
	struct dio_record r = { 0 };
	size_t used;

	(void)state;
	dio_record_mark(bytes, 4);
	assert_int_equal(dio_record_feed(&r, bytes, sizeof(bytes), &used), 1);
	assert_int_equal(used, 8);
	assert_int_equal(r.len, 4);
	assert_memory_equal(r.data, "abcd", 4);
	dio_record_next(&r);
	assert_false(dio_record_partial(&r));
	dio_record_free(&r);
}

static void byte_at_a_time(void **state)
{
	uint8_t bytes[64];
	size_t n = 0, used, i;
	struct dio_record r = { 0 };

	(void)state;
	n += put_mark(bytes + n, 0, 2);
	memcpy(bytes + n, "ab", 2), n += 2;
	n += put_mark(bytes + n, 0, 0);
	n += put_mark(bytes + n, 1, 3);
	memcpy(bytes + n, "cde", 3), n += 3;
	for (i = 0; i < n; i++) {
		assert_int_equal(dio_record_partial(&r), i > 0);
		assert_int_equal(dio_record_feed(&r, bytes + i, 1, &used), i == n - 1);
		assert_int_equal(used, 1);
	}
	assert_int_equal(r.len, 5);
	assert_memory_equal(r.data, "abcde", 5);
	dio_record_free(&r);
}

static void empty_record(void **state)
{
	struct dio_record r = { 0 };
	uint8_t bytes[4];
	size_t used;

	(void)state;
	dio_record_mark(bytes, 0);
	assert_int_equal(dio_record_feed(&r, bytes, 4, &used), 1);
	assert_int_equal(r.len, 0);
	dio_record_free(&r);
}

/* A promise of 2 GiB is refused by its header alone, and costs no memory. */
static void huge_fragment(void **state)
{
	struct dio_record r = { 0 };
	uint8_t bytes[4];
	size_t used;

	(void)state;
	put_mark(bytes, 1, 0x7fffffff);
	assert_int_equal(dio_record_feed(&r, bytes, 4, &used), -EMSGSIZE);
	assert_int_equal(r.size, 0);
	dio_record_free(&r);
	put_mark(bytes, 0, DIO_RPC_RECORD_MAX + 1);
	assert_int_equal(dio_record_feed(&r, bytes, 4, &used), -EMSGSIZE);
	dio_record_free(&r);
}

/* What is promised is not allocated before it has come. */
static void promise_costs_nothing(void **state)
{
	struct dio_record r = { 0 };
	uint8_t bytes[5] = { 0 };
	size_t used;

	(void)state;
	put_mark(bytes, 1, DIO_RPC_RECORD_MAX);
	assert_int_equal(dio_record_feed(&r, bytes, 5, &used), 0);
	assert_in_range(r.size, 1, 4096);
	dio_record_free(&r);
}

static void sum_of_fragments(void **state)
{
	uint8_t *bytes = calloc(1, DIO_RPC_RECORD_MAX + 16);
	struct dio_record r = { 0 };
	size_t used;

	(void)state;
	put_mark(bytes, 0, DIO_RPC_RECORD_MAX - 1);
	assert_int_equal(dio_record_feed(&r, bytes, 4 + DIO_RPC_RECORD_MAX - 1, &used), 0);
	put_mark(bytes, 1, 1);
	assert_int_equal(dio_record_feed(&r, bytes, 5, &used), 1);
	assert_int_equal(r.len, DIO_RPC_RECORD_MAX);
	dio_record_next(&r);
	assert_int_equal(r.size, 0);
	put_mark(bytes, 0, DIO_RPC_RECORD_MAX - 1);
	assert_int_equal(dio_record_feed(&r, bytes, 4 + DIO_RPC_RECORD_MAX - 1, &used), 0);
	put_mark(bytes, 1, 2);
	assert_int_equal(dio_record_feed(&r, bytes, 4, &used), -EMSGSIZE);
	dio_record_free(&r);
	free(bytes);
}

/* Without its limit a flood of empty fragments would keep a record open for ever. */
static void fragment_flood(void **state)
{
	struct dio_record r = { 0 };
	uint8_t bytes[4];
	size_t used;
	int i;

	(void)state;
	put_mark(bytes, 0, 0);
	for (i = 0; i < DIO_RPC_FRAGMENTS_MAX; i++)
		assert_int_equal(dio_record_feed(&r, bytes, 4, &used), 0);
	assert_int_equal(dio_record_feed(&r, bytes, 4, &used), -EPROTO);
	dio_record_free(&r);
}

/* Builds a record of random fragments into out; its length on the wire. */
static size_t random_record(uint8_t *out, const uint8_t *body, size_t len)
{
	size_t n = 0, done = 0, part;
	int i;

	for (i = 0; i < DIO_RPC_FRAGMENTS_MAX - 1 && rand() % 4; i++) {
		part = len - done ? rand() % (len - done + 1) : 0;
		n += put_mark(out + n, 0, part);
		memcpy(out + n, body + done, part);
		n += part;
		done += part;
	}
	n += put_mark(out + n, 1, len - done);
	memcpy(out + n, body + done, len - done);
	return n + len - done;
}

static void random_stretches(void **state)
{
	static uint8_t body[5000], wire[6000];
	struct dio_record r = { 0 };
	size_t len, n, at, part, used;
	int round, rc, i;

	(void)state;
	srand(seed);
	for (round = 0; round < 2000; round++) {
		len = rand() % sizeof(body);
		for (i = 0; i < 16 && len; i++)
			body[rand() % len] = rand();
		n = random_record(wire, body, len);
		for (at = 0, rc = 0; rc == 0; at += used) {
			part = 1 + rand() % (n - at);
			rc = dio_record_feed(&r, wire + at, part, &used);
		}
		assert_int_equal(rc, 1);
		assert_int_equal(at, n);
		assert_int_equal(r.len, len);
		assert_memory_equal(r.data, body, len);
		dio_record_next(&r);
	}
	dio_record_free(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fragment),	  cmocka_unit_test(byte_at_a_time),
		cmocka_unit_test(empty_record),	  cmocka_unit_test(huge_fragment),
		cmocka_unit_test(promise_costs_nothing), cmocka_unit_test(sum_of_fragments),
		cmocka_unit_test(fragment_flood), cmocka_unit_test(random_stretches),
	};

	seed = argc > 1 ? strtoul(argv[1], NULL, 0) : (unsigned)time(NULL);
	printf("seed %u\n", seed);
	return cmocka_run_group_tests_name("dio_record", tests, NULL, NULL);
}
