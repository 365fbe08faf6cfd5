/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A safexd that is there and does not answer: nobody waits for it beyond his
 * deadline, and what it may have done is put right when it answers again.
 * Virtual time: each wait is as long as it says, and takes none.
 */
#include "ns_safexd_internal.h"
#include "ns_testing.h"

#include <stdlib.h>
#include <string.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS

#define FOUND_MS	(NS_HEARTBEAT_MS + NS_ASK_MS + 10)	/* by the heartbeat */
#define DEADLINE_MS	30000					/* the library's, unless told otherwise */
#define FOR_EVER_MS	300000

/* ms until it is answered. */
static int64_t wait_for(struct world *w, struct said *s)
{
	int64_t begin = dio_now_ms();

	while (!s->done && dio_now_ms() - begin < FOR_EVER_MS)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_true(s->done);
	return dio_now_ms() - begin;
}

static bool is_settled(void *world)
{
	struct world *w = world;

	return ns_safexd_ready(w->ns->host[0]) && TAILQ_EMPTY(&w->ns->ops) && !w->ns->host[0]->reconcile;
}

static void wakes_up(struct world *w, unsigned int objects)
{
	w->host.hung = false;
	w->host.hang_proc = 0;
	world_until(w, is_settled, w);
	assert_consistent(w);
	assert_int_equal(w->host.n, objects);
}

static uint64_t begin(struct world *w)
{
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	return cd;
}

/* The host stops in the middle of proc, which it has carried out. */
static void hangs_in(struct world *w, uint32_t proc, enum safex_kind kind, uint64_t cd,
		     const char *name)
{
	struct said s;
	struct wish x;
	int64_t ms;

	wish_make(&x, w, kind, cd, name, NULL);
	w->host.hang_proc = proc;
	wish_send(w, &x, &s);
	world_turn(w);
	w->host.hung = true;
	ms = wait_for(w, &s);
	assert_int_equal(s.status.code, DIO_E_UNREACHABLE);
	assert_non_null(strstr(s.status.message, "did not answer within"));
	assert_in_range(ms, 1, FOUND_MS);
}

static void test_create_fails_at_once(void **state)
{
	struct world *w = *state;
	uint64_t cd = begin(w);

	hangs_in(w, SX_PREPARE, CLASS, cd, "cpu");
	wakes_up(w, 1);
	hangs_in(w, SX_COMMIT, CLASS, cd, "cpu");
	wakes_up(w, 1);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	wakes_up(w, 2);
}

/* A compile may take longer, but not of who does not answer. */
static void test_compile_fails_at_once(void **state)
{
	struct world *w = *state;

	begin(w);
	hangs_in(w, SX_PREPARE, MANAGER, 0, "mem");
	wakes_up(w, 1);
	assert_int_equal(do_create(w, MANAGER, 0, "mem", NULL), 0);
	wakes_up(w, 2);
}

/* Who comes when it is known is not let wait for it again. */
static void test_who_comes_later(void **state)
{
	struct world *w = *state;
	uint64_t cd = begin(w);
	struct said s;
	struct wish x;

	hangs_in(w, SX_PREPARE, CLASS, cd, "cpu");
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	wish_send(w, &x, &s);
	assert_in_range(wait_for(w, &s), 0, NS_ASK_MS);
	assert_int_equal(s.status.code, DIO_E_UNREACHABLE);
	wakes_up(w, 1);
}

/* It answers, but does not get on with what is not compiled. */
static void test_deadline(void **state)
{
	static const uint32_t procs[] = { SX_PREPARE, SX_COMMIT };
	struct world *w = *state;
	uint64_t cd = begin(w);
	struct said s;
	struct wish x;

	for (unsigned int i = 0; i < sizeof(procs) / sizeof(procs[0]); i++) {
		w->host.hang_proc = procs[i];
		wish_make(&x, w, CLASS, cd, "cpu", NULL);
		wish_send(w, &x, &s);
		assert_in_range(wait_for(w, &s), 1, DEADLINE_MS);
		assert_int_equal(s.status.code, DIO_E_TIMEOUT);
		wakes_up(w, 1);
	}
}

/* The gate, a slow prepare and a slow commit one after the other are within it, too. */
static void test_deadline_of_the_whole(void **state)
{
	struct world *w = *state;
	uint64_t cd = begin(w);
	int64_t begun = dio_now_ms();
	struct said s;
	struct wish x;

	w->host.hang_proc = SX_PREPARE;
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	wish_send(w, &x, &s);
	while (dio_now_ms() - begun < NS_STEP_MS - 1000)
		world_turn(w);
	fake_release(&w->host);
	w->host.hang_proc = SX_COMMIT;
	wait_for(w, &s);
	assert_in_range(dio_now_ms() - begun, NS_STEP_MS, DEADLINE_MS);
	assert_int_equal(s.status.code, DIO_E_TIMEOUT);
	wakes_up(w, 1);
}

/* A pass that makes an object again ends, and says nothing of the object. */
static void test_pass_fails_at_once(void **state)
{
	struct world *w = *state;
	int64_t begun;

	begin(w);
	fake_restart(&w->host, true);
	w->host.hang_proc = SX_PREPARE;
	ns_safexd_tidy(w->ns->host[0], 0, NULL, NULL);
	while (!w->host.hanging)
		world_turn(w);
	w->host.hung = true;
	begun = dio_now_ms();
	while (w->ns->host[0]->reconcile && dio_now_ms() - begun < FOR_EVER_MS)
		world_turn(w);
	assert_in_range(dio_now_ms() - begun, 1, FOUND_MS);
	wakes_up(w, 1);
}

/* A commit that took too long may have come to pass: the object is not lost. */
static void test_late_commit(void **state)
{
	struct world *w = *state;

	begin(w);
	fake_restart(&w->host, true);
	w->host.hang_proc = SX_COMMIT;
	ns_safexd_tidy(w->ns->host[0], 0, NULL, NULL);
	while (w->host.calls[SX_COMMIT] < 2 || w->host.hanging)
		world_turn(w);
	assert_int_equal(state_of(w, MANAGER, 0, "cpu", NULL), NS_COMMITTED);
	wakes_up(w, 1);
}

static bool has_host(void *world)
{
	struct world *w = world;

	return w->ns->host[0]->state == NS_SAFEXD_READY;
}

static bool has_all(void *world)
{
	return ((struct world *)world)->host.n == 6 && is_settled(world);
}

/* One object that a new host cannot take yet keeps none of the others waiting, but for what needs it. */
static void test_one_is_deferred(void **state)
{
	struct world *w = *state;

	world_start(w);
	do_everything(w);
	assert_int_equal(do_create(w, MANAGER, 0, "mem", NULL), 0);
	world_crash(w);
	fake_restart(&w->host, true);
	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_kind = MANAGER;
	w->host.refuse_code = DIO_E_BUSY;
	world_begin(w);
	world_until(w, has_host, w);
	assert_int_equal(w->host.n, 1);
	assert_non_null(fake_find(&w->host, MANAGER, "mem"));
	world_until(w, has_all, w);
	assert_consistent(w);
}

static bool is_past(void *ms)
{
	return dio_now_ms() >= *(int64_t *)ms;
}

static void pass_ms(struct world *w, int64_t ms)
{
	int64_t then = dio_now_ms() + ms;

	world_until(w, is_past, &then);
}

/* However often somebody is refused, the host is asked who it is. */
static void test_refusals_keep_no_hello(void **state)
{
	struct world *w = *state;
	uint64_t cd = begin(w);
	unsigned int before;

	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	before = w->host.calls[SX_HELLO];
	for (int i = 0; i < 20; i++) {
		w->host.refuse_proc = SX_PREPARE;
		w->host.refuse_kind = SAFEX_KIND_MONITOR;
		w->host.refuse_code = DIO_E_COMPILE;
		assert_int_equal(do_create(w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), DIO_E_COMPILE);
		pass_ms(w, 1000);
	}
	assert_true(w->host.calls[SX_HELLO] >= before + 3);
}

/* A host that has lost everything in silence: who notices is told to wait, and then served. */
static void test_lost_in_silence(void **state)
{
	struct world *w = *state;
	uint64_t cd = begin(w);
	struct said s = { 0 };
	struct wish x;

	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	fake_restart(&w->host, true);
	wish_make(&x, w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_BUSY);
	assert_true(s.status.retry_ms > 0);
	pass_ms(w, s.status.retry_ms);
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_is_deferred), TEST(test_refusals_keep_no_hello),
		TEST(test_lost_in_silence),
		TEST(test_create_fails_at_once), TEST(test_compile_fails_at_once),
		TEST(test_who_comes_later), TEST(test_deadline), TEST(test_deadline_of_the_whole),
		TEST(test_pass_fails_at_once), TEST(test_late_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
