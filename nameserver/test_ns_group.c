/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commits that wait for the disk. This program's own fdatasync() is the one that
 * SQLite calls: it counts, and it can be slow or broken.
 */
#include "ns_testing_store.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#define MANY 64
#define ANY UINT64_MAX

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int syncs;	/* begun */
static bool held;		/* they wait */
static int failure;		/* errno of each, or 0 */
static bool fails_once;

int fdatasync(int fd)
{
	int err;

	pthread_mutex_lock(&mutex);
	syncs++;
	pthread_cond_broadcast(&changed);
	while (held)
		pthread_cond_wait(&changed, &mutex);
	err = failure;
	if (fails_once)
		failure = fails_once = 0;
	pthread_mutex_unlock(&mutex);
	if (!err)
		return (int)syscall(SYS_fdatasync, fd);
	errno = err;
	return -1;
}

static void disk(bool hold, int fails)
{
	pthread_mutex_lock(&mutex);
	held = hold;
	failure = fails;
	syncs = 0;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

/* Those that are held fail; later ones do not. */
static void fail_next(int err)
{
	pthread_mutex_lock(&mutex);
	failure = err;
	fails_once = true;
	held = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void await_sync(void)
{
	pthread_mutex_lock(&mutex);
	while (!syncs)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static int set_up(void **state)
{
	struct ns_disk *d = calloc(1, sizeof(*d));

	disk(false, 0);
	ns_disk_make(d, "test_ns_group");
	ns_disk_reopen(d);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	disk(false, 0);
	ns_disk_remove(*state);
	free(*state);
	return 0;
}

/* Begins to set key, which must have that revision. */
static void begin_put(struct ns_disk *d, const char *key, uint64_t revision, struct ns_outcome *o)
{
	struct ns_txn t;

	*o = (struct ns_outcome){ 0 };
	ns_txn_begin(&t);
	if (revision != ANY)
		ns_txn_compare(&t, key, revision);
	ns_txn_put(&t, key, "x", 1);
	ns_store_commit(d->s, &t, ns_disk_done, o);
	ns_txn_end(&t);
}

/* One that the disk holds, and n behind it. */
static void begin_many(struct ns_disk *d, struct ns_outcome *first, struct ns_outcome *o, int n)
{
	char key[16];

	disk(true, 0);
	begin_put(d, "first", ANY, first);
	await_sync();
	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "k/%d", i);
		begin_put(d, key, 0, &o[i]);
	}
}

static bool has_key(struct ns_store *s, const char *key)
{
	struct ns_value v;

	if (ns_store_get(s, key, &v))
		return false;
	ns_value_free(&v);
	return true;
}

static bool has(struct ns_disk *d, const char *key)
{
	return has_key(d->s, key);
}

/* All that come while one waits for the disk wait once more, together. */
static void test_together(void **state)
{
	struct ns_outcome first, o[MANY];
	struct ns_disk *d = *state;

	begin_many(d, &first, o, MANY);
	disk(false, 0);
	ns_store_drain(d->s);
	assert_int_equal(first.err, 0);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].err, 0);
		assert_int_equal(o[i].revision, first.revision + 1 + (uint64_t)i);
	}
	print_message("%u waits for the disk for %d transactions\n", syncs, MANY);
	assert_in_range(syncs, 1, 2);
	assert_int_equal(ns_store_revision(d->s), o[MANY - 1].revision);
}

/* What is not durable is not answered; reads see it, and do not wait. */
static void test_not_before(void **state)
{
	struct ns_disk *d = *state;
	struct ns_outcome o;

	ns_disk_put(d, "old", "x");
	disk(true, 0);
	begin_put(d, "new", ANY, &o);
	await_sync();
	event_base_loop(d->base, EVLOOP_NONBLOCK);
	assert_int_equal(o.calls, 0);
	assert_true(has(d, "old"));
	assert_true(has(d, "new"));
	disk(false, 0);
	while (!o.calls)
		event_base_loop(d->base, EVLOOP_ONCE);
	assert_true(has(d, "new"));
}

/* Each sees those before it: of two that want the same key new, one gets it, at once. */
static void test_compared_in_order(void **state)
{
	struct ns_outcome first, other, o[3];
	struct ns_disk *d = *state;

	begin_many(d, &first, o, 3);
	begin_put(d, "k/1", 0, &other);
	assert_int_equal(other.err, -EAGAIN);
	disk(false, 0);
	ns_store_drain(d->s);
	for (int i = 0; i < 3; i++)
		assert_int_equal(o[i].err, 0);
	assert_int_equal(other.err, -EAGAIN);
}

/* A disk that fails fails all that it should have kept, and no others. */
static void test_disk_fails(void **state)
{
	struct ns_outcome first, o[3];
	struct ns_disk *d = *state;

	begin_many(d, &first, o, 3);
	assert_true(has(d, "first"));
	disk(false, EIO);
	ns_store_drain(d->s);
	assert_false(has(d, "first"));
	assert_int_equal(first.err, -EIO);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].err, -EIO);
		assert_int_equal(o[i].revision, 0);
	}
	disk(false, 0);
	ns_disk_put(d, "after", "x");
	ns_disk_reopen(d);
	assert_true(has(d, "after"));
	assert_false(has(d, "first"));
	assert_false(has(d, "k/0"));
}

/* One that fails takes with it what builds on it, and no others. */
static void test_builds_on_failed(void **state)
{
	struct ns_outcome first, on, beside;
	struct ns_disk *d = *state;
	struct ns_value v;

	disk(true, 0);
	begin_put(d, "a", 0, &first);
	await_sync();
	assert_int_equal(ns_store_get(d->s, "a", &v), 0);
	begin_put(d, "a", v.revision, &on);
	begin_put(d, "b", 0, &beside);
	ns_value_free(&v);
	fail_next(EIO);
	ns_store_drain(d->s);
	assert_int_equal(first.err, -EIO);
	assert_int_equal(on.err, -EAGAIN);
	assert_int_equal(beside.err, 0);
	assert_false(has(d, "a"));
	assert_true(has(d, "b"));
	begin_put(d, "a", 0, &first);
	ns_store_drain(d->s);
	assert_int_equal(first.err, 0);
}

static void assert_same_list(struct ns_store *a, struct ns_store *b, const char *after, size_t limit)
{
	struct ns_items x, y;

	assert_int_equal(ns_store_list(a, "r/", after, limit, &x), 0);
	assert_int_equal(ns_store_list(b, "r/", after, limit, &y), 0);
	assert_int_equal(x.n, y.n);
	for (size_t i = 0; i < x.n; i++) {
		assert_string_equal(x.item[i].key, y.item[i].key);
		assert_int_equal(x.item[i].value.size, y.item[i].value.size);
		assert_memory_equal(x.item[i].value.data, y.item[i].value.data,
				    x.item[i].value.size);
	}
	ns_items_free(&x);
	ns_items_free(&y);
}

static void random_key(char key[16])
{
	snprintf(key, 16, "r/%ld", random() % 40);
}

/* The same for both: their revisions differ. */
static int commit_random(struct ns_store *s, const char *put, const char *del, const char *compare,
			 bool there, struct ns_outcome *o)
{
	struct ns_value v = { 0 };
	struct ns_txn t;

	ns_txn_begin(&t);
	if (!ns_store_get(s, compare, &v) || !there)
		ns_txn_compare(&t, compare, there ? v.revision : 0);
	ns_txn_put(&t, put, put, strlen(put) - (size_t)(random() % 2));
	if (strcmp(put, del))
		ns_txn_del(&t, del);
	*o = (struct ns_outcome){ 0 };
	ns_store_commit(s, &t, ns_disk_done, o);
	ns_txn_end(&t);
	ns_value_free(&v);
	return o->calls ? o->err : 0;
}

static void random_step(struct ns_disk *d, struct ns_store *mem, struct ns_outcome *o)
{
	char put[16], del[16], compare[16], after[16];
	bool there = random() % 2;
	size_t limit = 1 + (size_t)(random() % 50);
	unsigned int seed = (unsigned int)random();
	struct ns_outcome of_mem;
	int err;

	random_key(put);
	random_key(del);
	random_key(compare);
	random_key(after);
	srandom(seed);
	err = commit_random(d->s, put, del, compare, there, o);
	srandom(seed);
	assert_int_equal(commit_random(mem, put, del, compare, there, &of_mem), err);
	assert_int_equal(has_key(d->s, put), has_key(mem, put));
	assert_int_equal(has_key(d->s, del), has_key(mem, del));
	assert_same_list(d->s, mem, seed % 2 ? after : NULL, limit);
	assert_same_list(d->s, mem, NULL, SIZE_MAX);
}

#define STEPS 400

/* Whatever is on its way: what is read is as if each commit were written at once. */
static void test_as_if_written(void **state)
{
	unsigned int seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) : (unsigned int)getpid();
	struct ns_store *mem = ns_store_mem_new();
	struct ns_outcome o[STEPS];
	struct ns_disk *d = *state;

	print_message("SEED=%u\n", seed);
	srandom(seed);
	for (int i = 0; i < STEPS; i++) {
		if (i % 40 == 0)
			disk(i / 40 % 2, 0);
		if (i % 7 == 0)
			event_base_loop(d->base, EVLOOP_NONBLOCK);
		random_step(d, mem, &o[i]);
	}
	disk(false, 0);
	ns_store_drain(d->s);
	for (int i = 0; i < STEPS; i++)
		assert_int_equal(o[i].calls, 1);
	assert_same_list(d->s, mem, NULL, 100);
	ns_disk_reopen(d);
	assert_same_list(d->s, mem, NULL, 100);
	ns_store_close(mem);
}

/* Closing keeps what was asked for, and answers. */
static void test_close(void **state)
{
	struct ns_outcome first, o[3];
	struct ns_disk *d = *state;

	begin_many(d, &first, o, 3);
	disk(false, 0);
	ns_disk_close(d);
	assert_int_equal(o[2].calls, 1);
	assert_int_equal(o[2].err, 0);
	ns_disk_reopen(d);
	assert_true(has(d, "k/2"));
}

/* Another program holds the database: the loop goes on, and the commit waits. */
static void test_other_writer(void **state)
{
	struct ns_disk *d = *state;
	struct ns_outcome o;
	sqlite3 *other;

	ns_disk_put(d, "old", "x");
	assert_int_equal(sqlite3_open(d->file, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	begin_put(d, "new", ANY, &o);
	for (int i = 0; i < 100; i++) {
		assert_true(has(d, "old"));
		event_base_loop(d->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(o.calls, 0);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	ns_store_drain(d->s);
	assert_int_equal(o.err, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_together), TEST(test_not_before), TEST(test_compared_in_order),
		TEST(test_disk_fails), TEST(test_builds_on_failed), TEST(test_as_if_written),
		TEST(test_close), TEST(test_other_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
