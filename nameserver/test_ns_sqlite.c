/* SPDX-License-Identifier: GPL-2.0-only */
/* The database as a file: what pages cost, beside readers, and without the right to write. */
#include "ns_cache.h"
#include "dio_log.h"
#include "ns_sql.h"
#include "ns_testing_store.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static int set_up(void **state)
{
	struct ns_disk *d = calloc(1, sizeof(*d));

	ns_disk_make(d, "test_ns_sqlite");
	ns_disk_reopen(d);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	ns_disk_remove(*state);
	free(*state);
	return 0;
}

/* Many keys, of so many that each is a page away from the first. */
static void put_many(struct ns_disk *d, unsigned int n)
{
	char key[32];
	unsigned int i, done = 0;
	struct ns_txn t;

	while (done < n) {
		ns_txn_begin(&t);
		for (i = 0; i < NS_TXN_MAX && done < n; i++) {
			snprintf(key, sizeof(key), "many/%08u", done++);
			ns_txn_put(&t, key, "value", 5);
		}
		assert_int_equal(ns_disk_commit(d, &t).err, 0);
	}
}

/* ns of this thread. */
static long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

/* us of CPU for a page after this row, the least of some tries. */
static long page_cost(struct ns_disk *d, unsigned int after)
{
	long begin, us, least = LONG_MAX;
	struct ns_items items;
	char key[32];
	int i;

	snprintf(key, sizeof(key), "many/%08u", after);
	for (i = 0; i < 20; i++) {
		begin = cpu_ns();
		assert_int_equal(ns_store_list(d->s, "many/", key, 16, &items), 0);
		us = (cpu_ns() - begin) / 1000;
		assert_int_equal(items.n, 16);
		ns_items_free(&items);
		least = us < least ? us : least;
	}
	return least;
}

/* A page costs what it holds, wherever it is. */
static void test_pages(void **state)
{
	struct ns_disk *d = *state;
	long first, last;

	put_many(d, 20000);
	first = page_cost(d, 10);
	last = page_cost(d, 19900);
	print_message("a page: %ld us at the beginning, %ld us at the end\n", first, last);
	assert_true(last <= 5 * (first + 5));
}

/* More than are kept in memory; each is what it was set to last. */
static void test_cached(void **state)
{
	const int keys = 2 * NS_CACHE_SLOTS;
	struct ns_disk *d = *state;
	char key[32];

	put_many(d, (unsigned int)keys);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < keys; i++) {
			struct ns_value v;

			snprintf(key, sizeof(key), "many/%08d", i);
			assert_int_equal(ns_store_get(d->s, key, &v), 0);
			assert_memory_equal(v.data, "value", v.size);
			ns_value_free(&v);
		}
	for (int i = 0; i < 100; i++) {
		struct ns_value v;
		char text[32];

		snprintf(key, sizeof(key), "many/%08d", i);
		snprintf(text, sizeof(text), "new %d", i);
		ns_disk_put(d, key, text);
		assert_int_equal(ns_store_get(d->s, key, &v), 0);
		assert_int_equal(v.size, strlen(text));
		assert_memory_equal(v.data, text, v.size);
		ns_value_free(&v);
	}
}

/* ns of CPU for a get of this key, the least of some tries. */
static long get_cost(struct ns_disk *d, const char *key, int expected)
{
	long begin, ns, least = LONG_MAX;
	struct ns_value v;

	for (int i = 0; i < 200; i++) {
		begin = cpu_ns();
		assert_int_equal(ns_store_get(d->s, key, &v), expected);
		ns = cpu_ns() - begin;
		if (!expected)
			ns_value_free(&v);
		least = ns < least ? ns : least;
	}
	return least;
}

/* A second lookup does not ask the database, as one of what there is not does. */
static void test_lookup(void **state)
{
	struct ns_disk *d = *state;
	long known, asked;

	put_many(d, 1000);
	asked = get_cost(d, "many/absent", -ENOENT);
	known = get_cost(d, "many/00000500", 0);
	print_message("a lookup: %ld ns, %ld ns when the database is asked\n", known, asked);
	assert_true(2 * known < asked);
}

static off_t log_size(struct ns_disk *d)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s-wal", d->file);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void put_much(struct ns_disk *d, int n)
{
	static char text[8000];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < n; i++)
		ns_disk_put(d, "much", text);
}

/* While somebody reads, the log grows; when he has gone it is short again. */
static void test_reader(void **state)
{
	struct ns_disk *d = *state;
	sqlite3 *db;

	put_much(d, 10);
	assert_int_equal(sqlite3_open(d->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM kv", NULL, NULL, NULL), SQLITE_OK);
	put_much(d, 1500);
	assert_true(log_size(d) > 8 << 20);
	sqlite3_close(db);
	put_much(d, 600);
	print_message("the log has %ld bytes\n", (long)log_size(d));
	assert_true(log_size(d) < 8 << 20);
}

/* In a process that may not: 0 or -errno of opening. */
static int open_as_nobody(struct ns_disk *d)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (!getuid() && setuid(65534))
			_exit(255);
		_exit(-ns_disk_open(d));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return -WEXITSTATUS(status);
}

/* One who could only read would refuse everything, later. */
static void test_read_only(void **state)
{
	struct ns_disk *d = *state;
	struct ns_value v;
	char lock[128];

	ns_disk_put(d, "a", "b");
	ns_disk_close(d);
	assert_int_equal(chmod(d->dir, 0777), 0);
	assert_int_equal(chmod(d->file, 0444), 0);
	/* It would be refused first. */
	snprintf(lock, sizeof(lock), "%s.lock", d->file);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(open_as_nobody(d), -EACCES);
	(void)unlink(lock);
	assert_int_equal(chmod(d->file, 0644), 0);
	ns_disk_reopen(d);
	assert_int_equal(ns_store_get(d->s, "a", &v), 0);
	assert_memory_equal(v.data, "b", v.size);
	ns_value_free(&v);
}

/* By another name it is the same file. */
static void test_other_name(void **state)
{
	struct ns_disk *d = *state;
	struct ns_store *s = NULL;
	char other[128], lock[136];

	snprintf(other, sizeof(other), "%s-other", d->file);
	snprintf(lock, sizeof(lock), "%s.lock", other);
	assert_int_equal(link(d->file, other), 0);
	assert_int_equal(ns_store_sqlite_open(other, d->base, &s), -EBUSY);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(unlink(lock), 0);
	ns_disk_put(d, "a", "b");
}

/* Ended in the middle of its check, the whole database is in the one file all the same. */
static void test_ended_early(void **state)
{
	struct ns_disk *d = *state;
	struct ns_sql *q;
	char log[128];

	ns_disk_put(d, "a", "1");
	ns_disk_close(d);
	assert_int_equal(ns_sql_open(d->file, true, &q), 0);
	assert_int_equal(ns_sql_begin(q), 0);
	assert_int_equal(ns_sql_commit(q, 9), 0);
	ns_sql_interrupt(q);
	ns_sql_close(q);
	snprintf(log, sizeof(log), "%s-wal", d->file);
	assert_int_equal(access(log, F_OK), -1);
}

/* What opening the file says to the log. */
static void open_logged(struct ns_disk *d, char said[512])
{
	int p[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	ns_disk_reopen(d);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(p[1]);
	n = read(p[0], said, 511);
	said[n > 0 ? n : 0] = '\0';
	close(p[0]);
}

/* A file that has lost everything is not taken for a new one in silence. */
static void test_emptied(void **state)
{
	struct ns_disk *d = *state;
	char said[512];

	dio_log_open("test", DIO_LOG_WARN);
	ns_disk_put(d, "a", "1");
	open_logged(d, said);
	assert_string_equal(said, "");
	ns_disk_close(d);
	assert_int_equal(truncate(d->file, 0), 0);
	open_logged(d, said);
	assert_non_null(strstr(said, "warning: "));
	assert_non_null(strstr(said, d->file));
	assert_non_null(strstr(said, "was empty"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_pages), TEST(test_cached), TEST(test_lookup),
					    TEST(test_reader), TEST(test_read_only),
					    TEST(test_other_name), TEST(test_ended_early), TEST(test_emptied) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
