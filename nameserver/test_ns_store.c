/* SPDX-License-Identifier: GPL-2.0-only */
/* What every engine must do; then what only the durable one can show. */
#include "ns_testing_store.h"

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
	bool	       durable;
	struct ns_disk d;
};

static int set_up(void **state, bool durable)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->durable = durable;
	ns_disk_make(&f->d, "test_ns_store");
	if (durable)
		ns_disk_reopen(&f->d);
	else
		f->d.s = ns_store_mem_new();
	*state = f;
	return 0;
}

static int set_up_memory(void **state)
{
	return set_up(state, false);
}

static int set_up_sqlite(void **state)
{
	return set_up(state, true);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ns_disk_remove(&f->d);
	free(f);
	return 0;
}

static void assert_text(struct fixture *f, const char *key, const char *text, uint64_t revision)
{
	struct ns_value v;

	assert_int_equal(ns_store_get(f->d.s, key, &v), 0);
	assert_int_equal(v.size, strlen(text));
	assert_memory_equal(v.data, text, v.size);
	assert_int_equal(v.revision, revision);
	ns_value_free(&v);
}

static void assert_absent(struct fixture *f, const char *key)
{
	struct ns_value v;

	assert_int_equal(ns_store_get(f->d.s, key, &v), -ENOENT);
}

static void test_put_get_delete(void **state)
{
	struct fixture *f = *state;
	struct ns_txn t;
	uint64_t first = ns_disk_put(&f->d, "a/1", "one"), second = ns_disk_put(&f->d, "a/2", "");

	assert_true(first > 0);
	assert_true(second > first);
	assert_text(f, "a/1", "one", first);
	assert_text(f, "a/2", "", second);
	assert_text(f, "a/1", "one", first);
	second = ns_disk_put(&f->d, "a/1", "other");
	assert_text(f, "a/1", "other", second);
	assert_int_equal(ns_store_revision(f->d.s), second);
	ns_txn_begin(&t);
	ns_txn_del(&t, "a/1");
	ns_txn_del(&t, "never/there");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, 0);
	assert_absent(f, "a/1");
	assert_true(ns_store_revision(f->d.s) > second);
}

static void test_binary_value(void **state)
{
	struct fixture *f = *state;
	unsigned char data[256];
	struct ns_value v;
	struct ns_txn t;
	int i;

	for (i = 0; i < 256; i++)
		data[i] = i;
	ns_txn_begin(&t);
	ns_txn_put(&t, "bin", data, sizeof(data));
	memset(data, 0, 16);	/* the builder copied it */
	assert_int_equal(ns_disk_commit(&f->d, &t).err, 0);
	assert_int_equal(ns_store_get(f->d.s, "bin", &v), 0);
	assert_int_equal(v.size, 256);
	for (i = 0; i < 256; i++)
		assert_int_equal(((unsigned char *)v.data)[i], i);
	ns_value_free(&v);
}

static void test_compare(void **state)
{
	struct fixture *f = *state;
	uint64_t r = ns_disk_put(&f->d, "k", "v");
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_txn_compare(&t, "k", r + 1);
	ns_txn_put(&t, "k", "w", 1);
	ns_txn_put(&t, "l", "w", 1);
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -EAGAIN);
	assert_text(f, "k", "v", r);
	assert_absent(f, "l");
	assert_int_equal(ns_store_revision(f->d.s), r);

	ns_txn_begin(&t);
	ns_txn_compare(&t, "k", r);
	ns_txn_compare(&t, "l", 0);
	ns_txn_put(&t, "l", "w", 1);
	ns_txn_del(&t, "k");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, 0);
	assert_absent(f, "k");

	ns_txn_begin(&t);
	ns_txn_compare(&t, "l", 0);
	ns_txn_del(&t, "l");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -EAGAIN);
	ns_txn_begin(&t);
	ns_txn_compare(&t, "k", r);
	ns_txn_del(&t, "l");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -EAGAIN);
}

static void test_list(void **state)
{
	static const char *const keys[] = { "p/b", "p/a", "q/a", "p", "p/a/x", "p0", "o/z", "p/B" };
	static const char *const want[] = { "p/B", "p/a", "p/a/x", "p/b" };
	struct fixture *f = *state;
	struct ns_items items;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ns_disk_put(&f->d, keys[i], keys[i]);
	assert_int_equal(ns_store_list(f->d.s, "p/", NULL, SIZE_MAX, &items), 0);
	assert_int_equal(items.n, 4);
	for (i = 0; i < items.n; i++) {
		assert_string_equal(items.item[i].key, want[i]);
		assert_int_equal(items.item[i].value.size, strlen(want[i]));
		assert_memory_equal(items.item[i].value.data, want[i], strlen(want[i]));
	}
	ns_items_free(&items);
	assert_int_equal(ns_store_list(f->d.s, "p/", "p/a", 2, &items), 0);
	assert_int_equal(items.n, 2);
	assert_string_equal(items.item[0].key, "p/a/x");
	assert_string_equal(items.item[1].key, "p/b");
	ns_items_free(&items);
	assert_int_equal(ns_store_list(f->d.s, "none/", NULL, 9, &items), 0);
	assert_int_equal(items.n, 0);
	ns_items_free(&items);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char key[NS_KEY_MAX + 1];
	struct ns_value v;
	struct ns_txn t;
	int i;

	memset(key, 'k', sizeof(key));
	key[NS_KEY_MAX] = '\0';
	assert_int_equal(ns_store_get(f->d.s, key, &v), -EINVAL);
	assert_int_equal(ns_store_get(f->d.s, "", &v), -EINVAL);
	assert_int_equal(ns_store_get(f->d.s, "a b", &v), -EINVAL);
	key[NS_KEY_MAX - 1] = '\0';
	ns_disk_put(&f->d, key, "longest");

	ns_txn_begin(&t);
	ns_txn_put(&t, "a\x80", "", 0);
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -EINVAL);
	ns_txn_begin(&t);
	ns_txn_put(&t, "a", NULL, 1);
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -ENOMEM);
	ns_txn_begin(&t);
	ns_txn_put(&t, "a", &t, (size_t)NS_VALUE_MAX + 1);
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -E2BIG);
	ns_txn_begin(&t);
	for (i = 0; i <= NS_TXN_MAX; i++)
		ns_txn_del(&t, "a");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -E2BIG);
	ns_txn_begin(&t);
	ns_txn_put(&t, "a", "1", 1);
	ns_txn_del(&t, "a");
	assert_int_equal(ns_disk_commit(&f->d, &t).err, -EINVAL);
	assert_absent(f, "a");
}

/* Against a plain array: any sequence of transactions. */
#define KEYS 12

static void model_step(struct fixture *f, uint64_t model[KEYS], unsigned int *seed)
{
	struct ns_txn t;
	struct ns_outcome o;
	bool holds = true;
	char key[8];
	int i, a = rand_r(seed) % KEYS, b = rand_r(seed) % KEYS, c = rand_r(seed) % KEYS;
	uint64_t expect = rand_r(seed) % 3 ? model[a] : model[a] + 1;

	ns_txn_begin(&t);
	snprintf(key, sizeof(key), "m/%d", a);
	ns_txn_compare(&t, key, expect);
	holds = expect == model[a];
	snprintf(key, sizeof(key), "m/%d", b);
	ns_txn_put(&t, key, key, strlen(key));
	snprintf(key, sizeof(key), "m/%d", c);
	if (c != b)
		ns_txn_del(&t, key);
	o = ns_disk_commit(&f->d, &t);
	assert_int_equal(o.err, holds ? 0 : -EAGAIN);
	if (holds) {
		model[b] = o.revision;
		if (c != b)
			model[c] = 0;
	}
	for (i = 0; i < KEYS; i++) {
		snprintf(key, sizeof(key), "m/%d", i);
		if (model[i])
			assert_text(f, key, key, model[i]);
		else
			assert_absent(f, key);
	}
}

static void test_model(void **state)
{
	struct fixture *f = *state;
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();
	uint64_t model[KEYS] = { 0 };
	int i;

	print_message("DIO_TEST_SEED=%u\n", seed);
	for (i = 0; i < 300; i++) {
		model_step(f, model, &seed);
		if (f->durable && i % 50 == 49)
			ns_disk_reopen(&f->d);
	}
}

static void test_lasts(void **state)
{
	struct fixture *f = *state;
	uint64_t r = ns_disk_put(&f->d, "a", "one");

	ns_disk_reopen(&f->d);
	assert_text(f, "a", "one", r);
	assert_int_equal(ns_store_revision(f->d.s), r);
	assert_true(ns_disk_put(&f->d, "a", "two") > r);
}

static void test_one_owner(void **state)
{
	struct fixture *f = *state;
	struct ns_store *other;

	assert_int_equal(ns_store_sqlite_open(f->d.file, f->d.base, &other), -EBUSY);
}

/* A number in the header of the file, big-endian: 60 is the schema's, 68 whose file it is. */
static void patch(struct fixture *f, long at, unsigned char low)
{
	unsigned char number[4] = { 0, 0, 0, low };
	FILE *file = fopen(f->d.file, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(number, 1, 4, file), 4);
	assert_int_equal(fclose(file), 0);
}

static void test_other_versions(void **state)
{
	struct fixture *f = *state;
	struct ns_store *other;
	FILE *file;

	ns_disk_put(&f->d, "a", "1");
	ns_disk_close(&f->d);
	patch(f, 60, 2);
	assert_int_equal(ns_store_sqlite_open(f->d.file, f->d.base, &other), -EPROTONOSUPPORT);
	patch(f, 60, 1);
	patch(f, 68, 7);
	assert_int_equal(ns_store_sqlite_open(f->d.file, f->d.base, &other), -EBADMSG);
	file = fopen(f->d.file, "w");
	fputs("this is no database, but a text that is long enough to be one of a kind\n", file);
	fclose(file);
	assert_int_equal(ns_store_sqlite_open(f->d.file, f->d.base, &other), -EBADMSG);
	assert_int_equal(ns_store_sqlite_open("/nowhere/at/all", f->d.base, &other), -ENOENT);
}

/* The whole file is checked: a damaged one is not written to, and ends who serves it. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;
	struct ns_outcome o;
	struct ns_txn t;
	char key[16], text[600];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "k/%d", i);
		ns_disk_put(&f->d, key, text);
	}
	ns_disk_close(&f->d);
	for (i = 0; i < 64; i++)
		patch(f, 4096 * 6 + 4 * i, 0xff);
	assert_int_equal(ns_disk_open(&f->d), 0);
	ns_txn_begin(&t);
	ns_txn_put(&t, "new", "", 0);
	o = ns_disk_commit(&f->d, &t);
	assert_int_equal(o.err, -EBADMSG);
	assert_int_equal(ns_store_broken(f->d.s), -EBADMSG);
	/* It broke the loop, which would wait for ever. */
	ns_disk_close(&f->d);
	assert_int_equal(ns_disk_open(&f->d), 0);
	assert_int_equal(event_base_dispatch(f->d.base), 0);
	assert_int_equal(ns_store_broken(f->d.s), -EBADMSG);
}

/* Child: counts up, telling each acknowledged number through the pipe, until killed. */
static void count_for_ever(struct fixture *f, int out)
{
	char text[16];
	int i;

	for (i = 1;; i++) {
		struct ns_outcome o;
		struct ns_txn t;

		snprintf(text, sizeof(text), "%d", i);
		ns_txn_begin(&t);
		ns_txn_put(&t, "x", text, strlen(text));
		ns_txn_put(&t, "y", text, strlen(text));
		o = ns_disk_commit(&f->d, &t);
		if (o.err || write(out, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static int number_at(struct fixture *f, const char *key)
{
	struct ns_value v;
	char text[16] = "";

	if (ns_store_get(f->d.s, key, &v))
		return 0;
	memcpy(text, v.data, v.size < 15 ? v.size : 15);
	ns_value_free(&v);
	return atoi(text);
}

static void kill_once(struct fixture *f, int acknowledged)
{
	int p[2], i, last = 0;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	ns_disk_close(&f->d);
	pid = fork();
	if (!pid) {
		if (ns_disk_open(&f->d))
			_exit(2);
		count_for_ever(f, p[1]);
	}
	close(p[1]);
	for (i = 0; i < acknowledged; i++)
		assert_int_equal(read(p[0], &last, sizeof(last)), sizeof(last));
	kill(pid, SIGKILL);
	while (read(p[0], &i, sizeof(i)) == sizeof(i))
		last = i;
	close(p[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ns_disk_reopen(&f->d);
	assert_int_equal(number_at(f, "x"), number_at(f, "y"));
	assert_true(number_at(f, "x") >= last);
	assert_true(number_at(f, "x") <= last + 1);
}

static void test_killed(void **state)
{
	struct fixture *f = *state;
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();
	int i;

	print_message("DIO_TEST_SEED=%u\n", seed);
	for (i = 0; i < 20; i++)
		kill_once(f, 1 + rand_r(&seed) % 60);
}

#define CONFORMS(setup)                                                                            \
	cmocka_unit_test_setup_teardown(test_put_get_delete, setup, tear_down),                    \
	cmocka_unit_test_setup_teardown(test_binary_value, setup, tear_down),                      \
	cmocka_unit_test_setup_teardown(test_compare, setup, tear_down),                           \
	cmocka_unit_test_setup_teardown(test_list, setup, tear_down),                              \
	cmocka_unit_test_setup_teardown(test_refused, setup, tear_down),                           \
	cmocka_unit_test_setup_teardown(test_model, setup, tear_down)

int main(void)
{
	const struct CMUnitTest memory[] = { CONFORMS(set_up_memory) };
	const struct CMUnitTest sqlite[] = { CONFORMS(set_up_sqlite) };
	const struct CMUnitTest durable[] = {
		cmocka_unit_test_setup_teardown(test_lasts, set_up_sqlite, tear_down),
		cmocka_unit_test_setup_teardown(test_one_owner, set_up_sqlite, tear_down),
		cmocka_unit_test_setup_teardown(test_other_versions, set_up_sqlite, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up_sqlite, tear_down),
		cmocka_unit_test_setup_teardown(test_killed, set_up_sqlite, tear_down),
	};
	int failed = cmocka_run_group_tests_name("conformance: memory", memory, NULL, NULL);

	failed += cmocka_run_group_tests_name("conformance: sqlite", sqlite, NULL, NULL);
	failed += cmocka_run_group_tests_name("durability: sqlite", durable, NULL, NULL);
	return failed;
}
