/* SPDX-License-Identifier: GPL-2.0-only */
/* The database as a file: what pages cost, beside readers, and without the right to write. */
#include "dio_dir.h"
#include "ns_store.h"

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

struct fixture {
	char		 dir[DIO_DIR_MAX], file[96];
	struct ns_store *s;
};

static void reopen(struct fixture *f)
{
	assert_int_equal(ns_store_sqlite_open(f->file, &f->s), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(dio_dir_make(f->dir, "test_ns_sqlite"), 0);
	snprintf(f->file, sizeof(f->file), "%s/db", f->dir);
	reopen(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	struct fixture *f = *state;
	char path[128];
	size_t i;

	ns_store_close(f->s);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", f->file, suffixes[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void on_done(void *arg, int err, uint64_t revision)
{
	(void)revision;
	*(int *)arg = err;
}

static void commit(struct fixture *f, struct ns_txn *t)
{
	int err = -1;

	ns_store_commit(f->s, t, on_done, &err);
	ns_txn_end(t);
	assert_int_equal(err, 0);
}

static void put(struct fixture *f, const char *key, const char *text)
{
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_txn_put(&t, key, text, strlen(text));
	commit(f, &t);
}

/* Many keys, of so many that each is a page away from the first. */
static void put_many(struct fixture *f, unsigned int n)
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
		commit(f, &t);
	}
}

/* us of CPU for a page after this row, the least of some tries. */
static long page_cost(struct fixture *f, unsigned int after)
{
	struct timespec a, b;
	struct ns_items items;
	char key[32];
	long us, least = LONG_MAX;
	int i;

	snprintf(key, sizeof(key), "many/%08u", after);
	for (i = 0; i < 20; i++) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		assert_int_equal(ns_store_list(f->s, "many/", key, 16, &items), 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		assert_int_equal(items.n, 16);
		ns_items_free(&items);
		us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
		least = us < least ? us : least;
	}
	return least;
}

/* A page costs what it holds, wherever it is. */
static void test_pages(void **state)
{
	struct fixture *f = *state;
	long first, last;

	put_many(f, 20000);
	first = page_cost(f, 10);
	last = page_cost(f, 19900);
	print_message("a page: %ld us at the beginning, %ld us at the end\n", first, last);
	assert_true(last <= 5 * (first + 5));
}

static off_t log_size(struct fixture *f)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s-wal", f->file);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void put_much(struct fixture *f, int n)
{
	static char text[8000];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < n; i++)
		put(f, "much", text);
}

/* While somebody reads, the log grows; when he has gone it is short again. */
static void test_reader(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	put_much(f, 10);
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM kv", NULL, NULL, NULL), SQLITE_OK);
	put_much(f, 1500);
	assert_true(log_size(f) > 8 << 20);
	sqlite3_close(db);
	put_much(f, 600);
	print_message("the log has %ld bytes\n", (long)log_size(f));
	assert_true(log_size(f) < 8 << 20);
}

/* In a process that may not: 0 or -errno of opening. */
static int open_as_nobody(const char *file)
{
	struct ns_store *s = NULL;
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (!getuid() && setuid(65534))
			_exit(255);
		_exit(-ns_store_sqlite_open(file, &s));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return -WEXITSTATUS(status);
}

/* One who could only read would refuse everything, later. */
static void test_read_only(void **state)
{
	struct fixture *f = *state;
	struct ns_value v;
	char lock[128];

	put(f, "a", "b");
	ns_store_close(f->s);
	f->s = NULL;
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_int_equal(chmod(f->file, 0444), 0);
	/* It would be refused first. */
	snprintf(lock, sizeof(lock), "%s.lock", f->file);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(open_as_nobody(f->file), -EACCES);
	(void)unlink(lock);
	assert_int_equal(chmod(f->file, 0644), 0);
	reopen(f);
	assert_int_equal(ns_store_get(f->s, "a", &v), 0);
	assert_memory_equal(v.data, "b", v.size);
	ns_value_free(&v);
}

/* By another name it is the same file. */
static void test_other_name(void **state)
{
	struct fixture *f = *state;
	struct ns_store *s = NULL;
	char other[128], lock[136];

	snprintf(other, sizeof(other), "%s-other", f->file);
	snprintf(lock, sizeof(lock), "%s.lock", other);
	assert_int_equal(link(f->file, other), 0);
	assert_int_equal(ns_store_sqlite_open(other, &s), -EBUSY);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(unlink(lock), 0);
	put(f, "a", "b");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_pages), TEST(test_reader), TEST(test_read_only),
					    TEST(test_other_name) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
