/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "ns_schema.h"

#define MANY 10000

static const char *key_of(unsigned int n)
{
	static char key[NS_KEY_MAX];

	ns_key_request(1000, n + 1, key);
	return key;
}

static void on_done(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

static struct ns_store *store_with(unsigned int rows)
{
	struct ns_store *s = ns_store_mem_new();
	struct ns_txn t;

	assert_non_null(s);
	for (unsigned int i = 0; i < rows; i++) {
		ns_txn_begin(&t);
		ns_txn_put(&t, key_of(i), "x", 1);
		ns_store_commit(s, &t, on_done, NULL);
		ns_txn_end(&t);
	}
	return s;
}

static unsigned int known(const struct ns_requests *r, unsigned int from, unsigned int to,
			  uint64_t now)
{
	unsigned int n = 0;

	for (unsigned int i = from; i < to; i++)
		n += ns_requests_may_have(r, key_of(i), now);
	return n;
}

/* Each that was noted, and hardly any other. */
static void test_noted(void **state)
{
	struct ns_store *s = store_with(0);
	struct ns_requests *r = ns_requests_new(s, 0);

	(void)state;
	for (unsigned int i = 0; i < MANY; i++)
		ns_requests_note(r, key_of(i), 0);
	assert_int_equal(known(r, 0, MANY, 0), MANY);
	assert_in_range(known(r, MANY, 2 * MANY, 0), 0, MANY / 100);
	ns_requests_free(r);
	ns_store_close(s);
}

/* What the database has at a start. */
static void test_read(void **state)
{
	struct ns_store *s = store_with(600);
	struct ns_requests *r = ns_requests_new(s, 0);

	(void)state;
	assert_int_equal(known(r, 0, 600, 0), 600);
	assert_in_range(known(r, 600, 1200, 0), 0, 6);
	ns_requests_free(r);
	ns_store_close(s);
}

/* Of more than it reads none is taken for absent, until they are too old. */
static void test_too_many(void **state)
{
	struct ns_store *s = store_with(NS_REQUESTS_READ + 1);
	struct ns_requests *r = ns_requests_new(s, 7);
	const unsigned int end = NS_REQUESTS_READ + 1;

	(void)state;
	assert_int_equal(known(r, 0, end, 7 + NS_REQUEST_KEEP_NS - 1), end);
	assert_in_range(known(r, end, 2 * end, 7 + NS_REQUEST_KEEP_NS), 0, end / 100);
	ns_requests_free(r);
	ns_store_close(s);
}

/* Known for as long as it may be asked for, and forgotten at last. */
static void test_old(void **state)
{
	const uint64_t keep = NS_REQUEST_KEEP_NS;
	struct ns_store *s = store_with(0);
	struct ns_requests *r = ns_requests_new(s, 0);

	(void)state;
	ns_requests_note(r, key_of(0), keep - 1);
	ns_requests_note(r, key_of(1), keep);
	assert_int_equal(known(r, 0, 2, 2 * keep - 1), 2);
	ns_requests_note(r, key_of(2), 2 * keep);
	assert_false(ns_requests_may_have(r, key_of(0), 2 * keep));
	assert_true(ns_requests_may_have(r, key_of(1), 2 * keep));
	assert_true(ns_requests_may_have(r, key_of(2), 2 * keep));
	ns_requests_free(r);
	ns_store_close(s);
}

/* Bytes of this process that are in memory. */
static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = -1;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Whoever runs it sees at the start what it takes, and not hours later. */
static void test_does_not_grow(void **state)
{
	const uint64_t keep = NS_REQUEST_KEEP_NS;
	struct ns_store *s = store_with(0);
	struct ns_requests *r = ns_requests_new(s, 0);
	long before = resident();

	(void)state;
	for (unsigned int i = 0; i < MANY; i++)
		ns_requests_note(r, key_of(i), i < MANY / 2 ? 0 : keep);
	assert_in_range(resident() - before + 4096, 0, NS_REQUESTS_BITS / 8);
	ns_requests_free(r);
	ns_store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* The first: later the heap has pages of those before. */
		cmocka_unit_test(test_does_not_grow), cmocka_unit_test(test_noted), cmocka_unit_test(test_read),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
