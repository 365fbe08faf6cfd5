/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Death at every step of a whole life: before and after each transaction and
 * each call to the host.  Afterwards host and store agree, what was
 * acknowledged is there, and sending the same requests again ends as if
 * nothing had happened.
 */
#include "ns_testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INIT = 100, MANAGER, CLASS, MONITOR, HANDLER, CHANNEL, CLASS2, REPLACE, UNCHANNEL, UNHANDLER, END,
       UNMANAGER };

/* What dies besides the nameserver. */
enum death { NAMESERVER, BOTH, BOTH_LOSE_ALL };

struct life {
	struct world *w;
	uint64_t      cd;
	int	      acknowledged;	/* number of steps answered with success */
};

static int create(struct life *l, uint64_t request, enum safex_kind kind, const char *name,
		  const char *second)
{
	struct wish x;

	wish_make(&x, l->w, kind, kind == SAFEX_KIND_MANAGER ? 0 : l->cd, name, second);
	x.args.request = request;
	return do_wish(l->w, &x, NULL);
}

static int replace(struct life *l, uint64_t request, const char *name)
{
	struct wish x;

	wish_make(&x, l->w, SAFEX_KIND_MONITOR, l->cd, name, NULL);
	x.args.request = request;
	return do_replace(l->w, &x, NULL);
}

static int live_step(struct life *l, int step)
{
	switch (step) {
	case 0:
		return do_init(l->w, INIT, &l->cd);
	case 1:
		return create(l, MANAGER, SAFEX_KIND_MANAGER, "cpu", NULL);
	case 2:
		return create(l, CLASS, SAFEX_KIND_CLASS, "cpu", NULL);
	case 3:
		return create(l, MONITOR, SAFEX_KIND_MONITOR, "cpu/usage", NULL);
	case 4:
		return create(l, HANDLER, SAFEX_KIND_HANDLER, "cpu/pid", NULL);
	case 5:
		return create(l, CHANNEL, SAFEX_KIND_CHANNEL, "cpu/usage", "cpu/pid");
	case 6:
		return replace(l, REPLACE, "cpu/usage");
	case 7:
		return do_destroy(l->w, UNCHANNEL, SAFEX_KIND_CHANNEL, l->cd, "cpu/usage", "cpu/pid");
	case 8:
		return do_destroy(l->w, UNHANDLER, SAFEX_KIND_HANDLER, l->cd, "cpu/pid", NULL);
	case 9:
		return do_end(l->w, END, l->cd);
	default:
		return do_destroy(l->w, UNMANAGER, SAFEX_KIND_MANAGER, 0, "cpu", NULL);
	}
}

#define STEPS 11

/* Until the end, or until one is not answered with success. */
static bool live(struct life *l)
{
	int step;

	for (step = 0; step < STEPS; step++) {
		if (live_step(l, step))
			return false;
		if (step + 1 > l->acknowledged)
			l->acknowledged = step + 1;
	}
	return true;
}

/* How many objects there are at least and at most, when so much was acknowledged. */
static void assert_kept(struct life *l)
{
	static const unsigned int objects[STEPS + 1] = { 0, 0, 1, 2, 3, 4, 5, 5, 4, 3, 1, 0 };
	unsigned int now = objects[l->acknowledged], next;

	next = l->acknowledged < STEPS ? objects[l->acknowledged + 1] : now;
	if (l->acknowledged == 9) {	/* an application that is ending, ends */
		assert_true(l->w->host.n >= next && l->w->host.n <= now);
		return;
	}
	assert_true(l->w->host.n == now || l->w->host.n == next);
}

static bool is_settled(void *world)
{
	struct world *w = world;

	return ns_safexd_ready(w->ns->host[0]) && TAILQ_EMPTY(&w->ns->ops);
}

/* A pass that had to leave something comes again. */
static void settle(struct world *w)
{
	world_until(w, is_settled, w);
}

static void die(struct world *w, enum death death)
{
	w->dead = true;
	world_crash(w);
	if (death != NAMESERVER)
		fake_restart(&w->host, death == BOTH_LOSE_ALL);
}

/* A life that ends at step k; false: there is no such step. */
static bool die_at(struct world *w, int k, enum death death)
{
	struct life l = { .w = w };
	bool whole;

	world_start(w);
	w->steps = k;
	whole = live(&l);
	if (w->dead || !whole) {
		assert_true(w->dead);
		die(w, death);
		world_start(w);
		settle(w);
		assert_consistent(w);
		assert_kept(&l);
		assert_true(live(&l));
	}
	w->steps = -1;
	assert_consistent(w);
	assert_int_equal(w->host.n, 0);
	assert_int_equal(rows(w, "app/") + rows(w, "manager/") + rows(w, "object/"), 0);
	ns_free(w->ns);
	w->ns = NULL;
	return !whole;
}

static void every_step(enum death death)
{
	void *state;
	int k;
	bool more = true;

	for (k = 1; more; k++) {
		assert_true(k < 1000);
		world_set_up(&state);
		more = die_at(state, k, death);
		world_tear_down(&state);
	}
	print_message("died at %d steps\n", k - 2);
	assert_true(k > 60);
}

static void test_nameserver_dies(void **state)
{
	(void)state;
	every_step(NAMESERVER);
}

static void test_both_die(void **state)
{
	(void)state;
	every_step(BOTH);
}

static void test_machine_dies(void **state)
{
	(void)state;
	every_step(BOTH_LOSE_ALL);
}

/* The nameserver lives, safexd dies between any two of its calls. */
static bool host_dies_at(struct world *w, unsigned int k, bool all)
{
	struct life l = { .w = w };
	int step;
	bool reached = false;

	world_start(w);
	for (step = 0; step < STEPS; step++) {
		struct said s = { 0 };

		(void)s;
		if (!reached && w->steps_taken >= k) {
			reached = true;
			fake_restart(&w->host, all);
		}
		while (live_step(&l, step) == DIO_E_UNREACHABLE)
			world_turn(w);
	}
	settle(w);
	assert_consistent(w);
	assert_int_equal(w->host.n, 0);
	return reached;
}

static void test_host_restarts(void **state)
{
	unsigned int k;
	bool more = true;
	void *s;

	(void)state;
	for (k = 1; more; k += 3) {
		world_set_up(&s);
		more = host_dies_at(s, k, false);
		world_tear_down(&s);
	}
}

/* Between prepare and commit: the answer is an error, and nothing is left. */
static void test_host_dies_between(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;

	world_start(w);
	w->host.hang_proc = SX_PREPARE;
	wish_make(&x, w, SAFEX_KIND_MANAGER, 0, "cpu", NULL);
	wish_send(w, &x, &s);
	world_turn(w);
	assert_int_equal(w->host.n, 1);
	fake_restart(&w->host, false);
	fake_release(&w->host);
	world_wait(w, &s.done);
	assert_int_equal(s.status.code, DIO_E_NO_CLASS);
	assert_int_equal(rows(w, "manager/"), 0);
	assert_int_equal(rows(w, "request/"), 0);
	settle(w);
	assert_consistent(w);
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_consistent(w);
}

struct pass {
	struct world *w;
	unsigned int before;
};

static bool has_passed(void *pass)
{
	struct pass *p = pass;

	return p->w->host.calls[SX_REPORT] > p->before;
}

static void wait_for_pass(struct world *w)
{
	struct pass p = { w, w->host.calls[SX_REPORT] };
	int i;

	world_until(w, has_passed, &p);
	settle(w);
	for (i = 0; i < 20; i++)
		world_turn(w);
}

/* The host comes back without anything: all is made again, from the stored sources. */
static void test_made_again(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	fake_restart(&w->host, true);
	assert_int_equal(w->host.n, 0);
	wait_for_pass(w);	/* the heartbeat notices */
	assert_consistent(w);
	assert_int_equal(w->host.n, 5);
	assert_int_equal(do_end(w, 0, cd), 0);
}

/* What the host refuses to make again is lost, told so, and can be replaced. */
static void test_lost(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	fake_restart(&w->host, true);
	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_kind = SAFEX_KIND_MONITOR;
	w->host.refuse_code = DIO_E_COMPILE;
	wait_for_pass(w);
	assert_int_equal(state_of(w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), NS_LOST);
	assert_int_equal(state_of(w, SAFEX_KIND_CHANNEL, cd, "cpu/usage", "cpu/pid"), NS_LOST);
	assert_int_equal(state_of(w, SAFEX_KIND_HANDLER, cd, "cpu/pid", NULL), NS_COMMITTED);
	assert_int_equal(do_create(w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), DIO_E_EXISTS);
	assert_int_equal(do_destroy(w, 0, SAFEX_KIND_CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_int_equal(do_destroy(w, 0, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_consistent(w);
}

/* What nobody asked for is removed, whatever it hangs on. */
static void test_orphans(void **state)
{
	struct world *w = *state, *other;
	void *s;
	unsigned int i;

	world_set_up(&s);
	other = s;
	world_start(other);
	do_everything(other);
	for (i = 0; i < other->host.n; i++)
		w->host.object[i] = other->host.object[i];
	w->host.n = other->host.n;
	world_tear_down(&s);
	world_start(w);
	assert_int_equal(w->host.n, 0);
	assert_consistent(w);
}

/* At each transaction in turn: this answer, and nothing half made. */
static void disk_fails(int err, int answer)
{
	uint64_t cd;
	unsigned int k;
	int code = -1;
	void *s;

	for (k = 1; code; k++) {
		struct world *w;

		assert_true(k < 20);
		world_set_up(&s);
		w = s;
		world_start(w);
		assert_int_equal(do_init(w, 0, &cd), 0);
		ns_store_mem_fail(w->disk, k, err);
		code = do_create(w, SAFEX_KIND_MANAGER, 0, "cpu", NULL);
		assert_true(!code || code == answer);
		ns_store_mem_fail(w->disk, 0, 0);
		world_crash(w);
		world_start(w);
		assert_consistent(w);
		world_tear_down(&s);
	}
	assert_true(k > 3);
}

static void test_disk_fails(void **state)
{
	(void)state;
	disk_fails(-ENOSPC, DIO_E_STORE);
}

/* Another program writes: who asks is told to come again. */
static void test_disk_busy(void **state)
{
	(void)state;
	disk_fails(-EBUSY, DIO_E_BUSY);
}

/* Another program has the database just when it is asked what the host should have. */
static void test_rows_not_read(void **state)
{
	struct world *w = *state;

	world_start(w);
	do_everything(w);
	world_crash(w);
	world_begin(w);
	w->list_fails = -EBUSY;
	settle(w);
	assert_int_equal(w->list_fails, 0);
	assert_int_equal(w->host.n, 5);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nameserver_dies),
		cmocka_unit_test(test_both_die),
		cmocka_unit_test(test_machine_dies),
		cmocka_unit_test(test_host_restarts),
		TEST(test_host_dies_between),
		TEST(test_made_again),
		TEST(test_lost),
		TEST(test_orphans),
		cmocka_unit_test(test_disk_fails),
		cmocka_unit_test(test_disk_busy),
		TEST(test_rows_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
