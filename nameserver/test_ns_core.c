/* SPDX-License-Identifier: GPL-2.0-only */
/* The decisions: what is made, what is refused and how, and by whom. */
#include "ns_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR
#define HANDLER SAFEX_KIND_HANDLER
#define CHANNEL SAFEX_KIND_CHANNEL

static void test_everything(void **state)
{
	struct world *w = *state;
	uint64_t cd, other;

	world_start(w);
	cd = do_everything(w);
	assert_consistent(w);
	assert_int_equal(w->host.n, 5);
	assert_non_null(fake_find(&w->host, HANDLER, "cpu/pid"));
	assert_int_equal(do_init(w, 0, &other), 0);
	assert_true(other != cd);
	assert_int_equal(other >> 32, cd >> 32);

	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/pid", NULL), 0);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(w->host.n, 0);
	assert_int_equal(rows(w, "object/") + rows(w, "manager/"), 0);
}

/* An engine that answers later must not change the outcome. */
static void test_everything_later(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	w->asynchronous = true;
	world_start(w);
	cd = do_everything(w);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(w->host.n, 0);
	w->asynchronous = false;
}

static void test_layout(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_int_equal(s.layout.n, 3);
	assert_string_equal(s.layout.attr[0].name, "actual_cpu");
	assert_string_equal(s.layout.attr[2].name, "frames");
	/* Again, with the same number: the same answer, and nothing happens. */
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_int_equal(s.layout.n, 3);
	assert_int_equal(w->host.calls[SX_PREPARE], 2);
	assert_consistent(w);
}

static void test_missing(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_create(w, HANDLER, cd, "cpu/pid", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_NO_MONITOR);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_NO_HANDLER);
	/* A monitor is no handler. */
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/usage"), DIO_E_NO_HANDLER);
	assert_int_equal(do_create(w, CLASS, cd, "mars/cpu", NULL), DIO_E_NO_HOST);
	assert_int_equal(do_create(w, CLASS, cd + 77, "cpu", NULL), DIO_E_INVALID);

	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "mem", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "mem", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/x", NULL), DIO_E_NO_MONITOR);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/usage", NULL), DIO_E_NO_HANDLER);
	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/a", "cpu/b"), DIO_E_GONE);
	assert_int_equal(do_end(w, 0, cd + 77), DIO_E_INVALID);
	assert_consistent(w);
}

static void test_duplicates(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(do_create(w, MANAGER, 0, "local/cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, HANDLER, cd, "cpu/usage", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, CHANNEL, cd, "local/cpu/usage", "cpu/pid"), DIO_E_EXISTS);
	assert_int_equal(w->host.calls[SX_PREPARE], 5);
	assert_consistent(w);
}

static void test_in_use(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "cpu", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/usage", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/pid", NULL), DIO_E_IN_USE);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(w->host.n, 1);
	assert_int_equal(rows(w, "app/"), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_INVALID);
	assert_consistent(w);
}

/* The host says no: its words go on unchanged, and nothing is left. */
static void refuse(struct world *w, uint32_t proc, enum safex_kind kind, enum dio_error code)
{
	w->host.refuse_proc = proc;
	w->host.refuse_kind = kind;
	w->host.refuse_code = code;
}

static void test_refused_by_host(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	refuse(w, SX_PREPARE, MANAGER, DIO_E_COMPILE);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_COMPILE);
	assert_string_equal(s.status.message, "monitor.c:3: the host says 14");
	assert_int_equal(rows(w, "manager/"), 0);
	refuse(w, SX_COMMIT, MANAGER, DIO_E_ADMISSION);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_ADMISSION);
	assert_int_equal(rows(w, "manager/"), 0);
	assert_int_equal(w->host.n, 0);
	/* The number of a request that failed is not used up. */
	assert_int_equal(do_wish(w, &x, &s), 0);
	refuse(w, SX_DESTROY, MANAGER, DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_IN_USE);
	assert_consistent(w);
	assert_int_equal(w->host.n, 1);
	refuse(w, SX_PREPARE, CLASS, 999);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_PROTOCOL);
	assert_consistent(w);
}

static void test_unreachable(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;

	w->host.down = true;
	world_begin(w);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_UNREACHABLE);
	assert_non_null(strstr(s.status.message, "unix:/fake"));
	assert_int_equal(rows(w, "manager/"), 0);
	/* Back: the next request asks at once. */
	w->host.down = false;
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_consistent(w);
	w->host.down = true;
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_UNREACHABLE);
	w->host.down = false;
	world_crash(w);
	world_start(w);
	assert_consistent(w);
	assert_int_equal(w->host.n, 0);
}

/* The request is sent again while the first is under way: one effect, two answers. */
static void test_repeated(void **state)
{
	struct world *w = *state;
	struct said first, second;
	struct wish x;
	uint64_t cd, again;

	world_start(w);
	assert_int_equal(do_init(w, 7777, &cd), 0);
	assert_int_equal(do_init(w, 7777, &again), 0);
	assert_int_equal(cd, again);
	w->host.hang_proc = SX_PREPARE;
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	wish_send(w, &x, &first);
	wish_send(w, &x, &second);
	world_turn(w);
	world_turn(w);
	assert_false(first.done || second.done);
	assert_int_equal(do_destroy(w, x.args.request, MANAGER, 0, "cpu", NULL), DIO_E_INVALID);
	fake_release(&w->host);
	world_wait(w, &first.done);
	world_wait(w, &second.done);
	assert_int_equal(first.status.code, 0);
	assert_int_equal(second.status.code, 0);
	assert_int_equal(w->host.calls[SX_PREPARE], 1);
	assert_int_equal(do_destroy(w, 8888, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 8888, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 8889, MANAGER, 0, "cpu", NULL), DIO_E_NO_MANAGER);
	/* A number belongs to what it was used for, and to one user. */
	assert_int_equal(do_destroy(w, 7777, MANAGER, 0, "cpu", NULL), DIO_E_INVALID);
	w->who.uid = 1001;
	assert_int_equal(do_init(w, 7777, &again), 0);
	assert_true(again != cd);
	w->who.uid = 1000;
	assert_int_equal(do_end(w, 9999, cd), 0);
	assert_int_equal(do_end(w, 9999, cd), 0);
	x.args.request = 0;
	assert_int_equal(do_wish(w, &x, &first), DIO_E_INVALID);
}

/* A removal that did not reach the host is driven on by its repetition. */
static void test_repeated_removal(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	w->host.down = true;
	assert_int_equal(do_destroy(w, 500, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_UNREACHABLE);
	assert_int_equal(w->host.n, 5);
	assert_int_equal(state_of(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), NS_DESTROYING);
	assert_int_equal(do_end(w, 501, cd), DIO_E_UNREACHABLE);
	w->host.down = false;
	assert_int_equal(do_destroy(w, 500, CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_null(fake_find(&w->host, CHANNEL, "cpu/usage"));
	assert_int_equal(do_end(w, 501, cd), 0);
	assert_int_equal(w->host.n, 1);
	assert_consistent(w);
}

/* The application ends while one of its requests waits for the host. */
static void test_ends_meanwhile(void **state)
{
	struct world *w = *state;
	struct said made, ended = { 0 };
	ns_destroy_args a = { .request = 77, .key = { .name = "", .second = "" } };
	struct wish x;
	uint64_t cd;

	world_begin(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	wish_send(w, &x, &made);
	a.key.cd = cd;
	ns_end_app(w->ns, &w->who, &a, said_answer, &ended);
	world_wait(w, &made.done);
	world_wait(w, &ended.done);
	assert_int_equal(made.status.code, DIO_E_INVALID);
	assert_int_equal(ended.status.code, 0);
	assert_int_equal(rows(w, "app/"), 0);
}

/* While something is being made, others cannot use or remove it. */
static void test_in_hand(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	w->host.hang_proc = SX_PREPARE;
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	wish_send(w, &x, &s);
	world_turn(w);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_BUSY);
	/* Nor does a pass over the host take it away. */
	ns_safexd_tidy(w->ns->host[0], 0, NULL, NULL);
	world_turn(w);
	world_turn(w);
	fake_release(&w->host);
	world_wait(w, &s.done);
	assert_int_equal(s.status.code, 0);
	assert_consistent(w);
	assert_int_equal(w->host.n, 1);
}

/* Each verb, on what one user owns, by another, by root, and by a stranger. */
static void test_owners(void **state)
{
	struct world *w = *state;
	uint64_t cd, own;

	world_start(w);
	cd = do_everything(w);
	w->who.uid = 1001;
	assert_int_equal(do_init(w, 0, &own), 0);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/spy", NULL), DIO_E_DENIED);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_end(w, 0, cd), DIO_E_DENIED);
	assert_int_equal(do_create(w, CLASS, own, "cpu", NULL), 0);
	w->who.local = false;
	assert_int_equal(do_init(w, 0, &own), DIO_E_DENIED);
	assert_int_equal(do_create(w, MANAGER, 0, "mem", NULL), DIO_E_DENIED);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/spy", NULL), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_end(w, 0, cd), DIO_E_DENIED);
	w->who.local = true;
	w->who.uid = 0;
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/root", NULL), 0);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_consistent(w);
}

/* One more application costs the same, however many there are; and they are counted. */
static void test_many_apps(void **state)
{
	struct world *w = *state;
	unsigned int lists;
	uint64_t cd;
	int i;

	world_start(w);
	lists = w->lists;
	for (i = 0; i < NS_APPS_PER_UID; i++)
		assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(w->lists, lists);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_init(w, 0, &cd), DIO_E_TOO_BIG);
	w->who.uid++;
	assert_int_equal(do_init(w, 0, &cd), 0);
	w->who.uid--;
	world_crash(w);
	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), DIO_E_TOO_BIG);
}

static void on_copied(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

/* As a backup keeps it: all rows, whatever they are. */
static struct ns_store *copy_of(struct ns_store *from)
{
	struct ns_store *to = ns_store_mem_new();
	char prefix[2] = "a";
	struct ns_items rows;
	struct ns_txn t;

	for (; *prefix <= 'z'; ++*prefix) {
		assert_int_equal(ns_store_list(from, prefix, NULL, SIZE_MAX, &rows), 0);
		for (size_t i = 0; i < rows.n; i++) {
			ns_txn_begin(&t);
			ns_txn_put(&t, rows.item[i].key, rows.item[i].value.data, rows.item[i].value.size);
			ns_store_commit(to, &t, on_copied, NULL);
			ns_txn_end(&t);
		}
		ns_items_free(&rows);
	}
	return to;
}

/* What a restored backup does not know has been given all the same. */
static void test_backup_restored(void **state)
{
	struct world *w = *state;
	struct ns_store *backup;
	uint64_t before, after, again;

	world_start(w);
	assert_int_equal(do_init(w, 0, &before), 0);
	backup = copy_of(w->disk);
	assert_int_equal(do_init(w, 0, &after), 0);
	assert_int_equal(after, before + 1);
	world_crash(w);
	ns_store_close(w->disk);
	w->disk = backup;
	world_start(w);
	assert_int_equal(do_init(w, 0, &again), 0);
	assert_int_not_equal(again, after);
	assert_int_equal(do_end(w, 0, before), 0);
	assert_int_equal(do_end(w, 0, after), DIO_E_INVALID);
}

/* One that could not be stored is none. */
static void test_app_not_stored(void **state)
{
	struct world *w = *state;
	uint64_t cd;
	int i;

	world_start(w);
	for (i = 0; i < NS_APPS_PER_UID; i++) {
		ns_store_mem_fail(w->disk, 1, -28);
		assert_int_equal(do_init(w, 0, &cd), DIO_E_STORE);
	}
	ns_store_mem_fail(w->disk, 0, 0);
	assert_int_equal(do_init(w, 0, &cd), 0);
}

static void test_too_many(void **state)
{
	struct world *w = *state;
	struct said s[NS_OPS_PER_UID + 1];
	static struct wish x[NS_OPS_PER_UID + 1];
	char name[16];
	uint64_t cd;
	int i;

	world_start(w);
	for (i = 0; i < NS_APPS_PER_UID; i++)
		assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_init(w, 0, &cd), DIO_E_TOO_BIG);
	w->host.down = false;
	for (i = 0; i <= NS_OPS_PER_UID; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		w->host.hang_proc = i ? 0 : SX_PREPARE;
		wish_make(&x[i], w, MANAGER, 0, strdup(name), NULL);
		wish_send(w, &x[i], &s[i]);
	}
	assert_true(s[NS_OPS_PER_UID].done);
	assert_int_equal(s[NS_OPS_PER_UID].status.code, DIO_E_BUSY);
	fake_release(&w->host);
	for (i = 0; i <= NS_OPS_PER_UID; i++) {
		world_wait(w, &s[i].done);
		free(x[i].args.spec.key.name);
	}
	assert_int_equal(rows(w, "manager/"), NS_OPS_PER_UID);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything), TEST(test_everything_later), TEST(test_layout), TEST(test_missing),
		TEST(test_duplicates), TEST(test_in_use), TEST(test_refused_by_host), TEST(test_unreachable),
		TEST(test_repeated), TEST(test_repeated_removal), TEST(test_ends_meanwhile), TEST(test_in_hand),
		TEST(test_owners), TEST(test_many_apps), TEST(test_backup_restored),
		TEST(test_app_not_stored), TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
