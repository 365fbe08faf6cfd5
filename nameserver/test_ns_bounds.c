/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked for is checked at the border, and nothing comes of what is not well. */
#include "ns_testing.h"

#include <stdio.h>
#include <string.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR
#define CHANNEL SAFEX_KIND_CHANNEL

static void expect_wish(struct world *w, struct wish *x, int code)
{
	struct said s;

	x->args.request = w->next_request++;
	assert_int_equal(do_wish(w, x, &s), code);
}

static void test_bounds(void **state)
{
	struct world *w = *state;
	char long_part[40] = "cpu/", file[] = "a\"b.c";
	struct wish x;
	uint64_t cd;
	int i;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	x.args.spec.period = 0;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.period = 999999;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.period = (uint64_t)-5;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.period = 10000000;
	x.args.spec.budget = 10000001;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.budget = 0;
	x.args.spec.source.source_len = 0;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.source.source_len = 4;
	x.args.spec.file = file;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.file = "";
	x.args.spec.pid = 3;
	expect_wish(w, &x, DIO_E_INVALID);
	memset(long_part + 4, 'x', sizeof(long_part) - 5);
	assert_int_equal(do_create(w, MONITOR, cd, long_part, NULL), DIO_E_TOO_BIG);
	assert_int_equal(do_create(w, MANAGER, 0, "a/b/c", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "-rf", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "c p", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 5, "cpu", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MONITOR, 0, "cpu/usage", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MONITOR, cd, "usage", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", NULL), DIO_E_INVALID);
	for (i = -1; i < 9; i++)
		if (i < 1 || i > 6 || i == SAFEX_KIND_GUARD)
			assert_int_equal(do_create(w, i, cd, "cpu", NULL), DIO_E_INVALID);
	assert_int_equal(rows(w, "manager/") + rows(w, "object/"), 0);
	assert_int_equal(w->host.calls[SX_PREPARE], 0);
}

static void test_class_bounds(void **state)
{
	struct world *w = *state;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	x.attr[1].name = "target_cpu";
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].name = "a/b";
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].name = "b";
	x.attr[1].rights = SAFEX_MGR_WRITE;
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].rights = 0;
	x.attr[1].role = SAFEX_ROLE_SHARE;
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].role = 0;
	x.args.spec.pid = -1;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.pid = 0x7ffffff0;
	expect_wish(w, &x, DIO_E_GONE);
	x.args.spec.pid = 0;
	x.args.spec.period = 5;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.period = 0;
	x.args.spec.file = "x.c";
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.file = "";
	expect_wish(w, &x, 0);
	assert_consistent(w);
}

static void be_refused(struct world *w, int times)
{
	while (times--)
		assert_int_equal(do_create(w, MANAGER, 0, "c p", NULL), DIO_E_INVALID);
}

/* Waits until the log has more than n entries: how many. */
static size_t log_beyond(struct world *w, size_t n)
{
	for (int i = 0; i < 10000 && rows(w, "audit/") == n; i++)
		world_turn(w);
	return rows(w, "audit/");
}

/* A flood of refusals leaves a few of them in the audit log, of each user. */
static void test_refusals_are_few(void **state)
{
	struct world *w = *state;
	size_t before;

	world_start(w);
	before = rows(w, "audit/");
	be_refused(w, 100);
	w->who.uid++;
	be_refused(w, 1);
	assert_int_equal(log_beyond(w, before), before + NS_AUDIT_SHARE + 1);
	before += NS_AUDIT_SHARE + 1;
	be_refused(w, 1);
	assert_int_equal(log_beyond(w, before), before + 1);
	for (int i = 0; i < 100; i++) {
		w->who.uid++;
		be_refused(w, 1);
	}
	assert_int_equal(log_beyond(w, before + 1), before + 1 + NS_AUDIT_LATER);
}

static void stored(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

static void audit(struct world *w, uint64_t time)
{
	struct ns_audit_entry e = { .verb = NS_VERB_RECOVER, .time = time };
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_audit_put(w->ns, &t, &e);
	ns_store_commit(w->ns->store, &t, stored, NULL);
	ns_txn_end(&t);
}

/* Who sets the clock back, or starts the nameserver, does not make the last entry the oldest. */
static void test_audit_in_order(void **state)
{
	struct world *w = *state;
	struct ns_items items;
	ns_x_audit x = { 0 };

	world_start(w);
	for (uint64_t time = 40; time >= 10; time -= 10) {
		audit(w, time);
		if (time == 20) {
			world_crash(w);
			world_start(w);
		}
	}
	assert_int_equal(ns_store_list(w->disk, NS_PREFIX_AUDIT, NULL, 100, &items), 0);
	assert_true(items.n >= 4);
	assert_int_equal(ns_row_decode(&items.item[items.n - 1].value, (xdrproc_t)xdr_ns_x_audit, &x), 0);
	assert_int_equal(x.time, 10);
	xdr_free((xdrproc_t)xdr_ns_x_audit, (char *)&x);
	ns_items_free(&items);
}

/* n more rows of this user, of which the host has heard nothing. */
static void fill(struct world *w, uid_t uid, unsigned int n)
{
	static unsigned int number;
	char name[DIO_NAME_MAX];

	while (n--) {
		struct ns_object o = { .state = NS_COMMITTED, .uid = uid, .period = 10000000 };
		struct ns_txn t;

		snprintf(name, sizeof(name), "filler%u", number++);
		dio_x_key key = { MANAGER, 0, name, "" };
		assert_int_equal(ns_id_from_wire(&key, &o.id), 0);
		ns_txn_begin(&t);
		ns_object_put(&t, &o);
		ns_store_commit(w->disk, &t, stored, NULL);
		ns_txn_end(&t);
		assert_int_equal(ns_index_object_made(w->ns, &o), 0);
	}
}

/* A manager of this user's; said: NULL where it is to succeed, else words of the refusal. */
static void make(struct world *w, uid_t uid, const char *said)
{
	static unsigned int number;
	char name[DIO_NAME_MAX];
	struct said s;
	struct wish x;

	snprintf(name, sizeof(name), "m%u", number++);
	w->who.uid = uid;
	wish_make(&x, w, MANAGER, 0, name, NULL);
	assert_int_equal(do_wish(w, &x, &s), said ? DIO_E_TOO_BIG : 0);
	if (said && !strstr(s.status.message, said))
		assert_string_equal(s.status.message, said);
}

static void test_a_user_has_a_part(void **state)
{
	struct world *w = *state;

	world_start(w);
	fill(w, 2000, NS_OBJECTS_PER_UID - 1);
	make(w, 2000, NULL);
	make(w, 2000, "uid 2000 has 256 objects at host local, the most it may have");
	make(w, 2001, NULL);
}

/* Users who have many leave places for those who have few, and all of them for root. */
static void test_places_are_kept(void **state)
{
	const unsigned int kept = NS_OBJECTS_FOR_ROOT + NS_OBJECTS_FOR_FIRST;
	const unsigned int of_two = NS_OBJECTS_PER_HOST - kept;
	struct world *w = *state;
	uid_t uid = 3000;

	world_start(w);
	fill(w, 2000, of_two / 2);
	fill(w, 2001, of_two - of_two / 2 - 1);
	make(w, 2001, NULL);
	make(w, 2000, "the last 96 places are kept for root, and for users who have fewer than 8");
	for (int i = 0; i < NS_OBJECTS_FIRST; i++)
		make(w, uid, NULL);
	make(w, uid, "for users who have fewer than 8");
	while (uid++ < 3000 + NS_OBJECTS_FOR_FIRST / NS_OBJECTS_FIRST - 1)
		fill(w, uid, NS_OBJECTS_FIRST);
	make(w, uid, "the last 32 places are kept for root");
	make(w, 0, NULL);
	fill(w, 0, NS_OBJECTS_FOR_ROOT - 2);
	make(w, 0, NULL);
	make(w, 0, "host local has 512 objects, and no room for more");
}

/* A member of the group makes managers, another user does not. */
static void test_group(void **state)
{
	struct world *w = *state;

	w->policy.managers = NS_MANAGERS_GROUP;
	strcpy(w->policy.group, "media");
	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	w->who.makes_managers = true;
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bounds), TEST(test_class_bounds), TEST(test_refusals_are_few),
		TEST(test_audit_in_order),
		TEST(test_group), TEST(test_a_user_has_a_part), TEST(test_places_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
