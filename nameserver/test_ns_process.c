/* SPDX-License-Identifier: GPL-2.0-only */
/* What belongs to a process goes with it. */
#include "ns_safexd_internal.h"
#include "ns_testing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR
#define CHANNEL SAFEX_KIND_CHANNEL

/* Killed, it cannot end its application: the nameserver does, and only it. */
static void test_process_ends(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	uint64_t stays;

	world_start(w);
	stays = do_everything(w);
	w->who.pid = pid;
	assert_int_equal(do_destroy(w, 0, CHANNEL, stays, "cpu/usage", "cpu/pid"), 0);
	{
		uint64_t cd;

		assert_int_equal(do_init(w, 0, &cd), 0);
		assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
		assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), 0);
	}
	assert_int_equal(rows(w, "app/"), 2);
	assert_int_equal(w->host.n, 6);
	kill(pid, SIGKILL);
	wait_rows(w, "app/", 1);
	waitpid(pid, NULL, 0);
	assert_int_equal(w->host.n, 4);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, stays), 0);
}

/* Nothing of it is at the host: that this is away does not keep it. */
static void test_process_ends_without_host(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	uint64_t cd;

	w->host.down = true;
	world_begin(w);
	w->who.pid = pid;
	assert_int_equal(do_init(w, 0, &cd), 0);
	kill(pid, SIGKILL);
	wait_rows(w, "app/", 0);
	waitpid(pid, NULL, 0);
}

/* What began the application ends; it takes along a contract of another process. */
static void test_starter_ends(void **state)
{
	struct world *w = *state;
	pid_t starter = start_process();
	struct wish x;
	uint64_t cd;

	world_start(w);
	w->who.pid = starter;
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	x.args.spec.pid = getpid();
	assert_int_equal(do_wish(w, &x, NULL), 0);
	assert_int_equal(w->host.n, 2);
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	wait_rows(w, "app/", 0);
	assert_int_equal(w->host.n, 1);
	assert_consistent(w);
}

struct known {
	struct world *w;
	uint64_t      cd;
};

static bool is_over(void *arg)
{
	struct known *k = arg;

	return ns_index_app(k->w->ns, k->cd)->over;
}

static bool has_passed(void *arg)
{
	struct known *k = arg;

	return is_over(k) && !k->w->ns->host[0]->reconcile;
}

/* It ends while a class is made, which the pass after its end leaves alone. */
static void test_starter_ends_meanwhile(void **state)
{
	struct world *w = *state;
	pid_t starter = start_process();
	struct said said = { 0 };
	struct known k = { .w = w };
	struct wish x;
	int i;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	w->who.pid = starter;
	assert_int_equal(do_init(w, 0, &k.cd), 0);
	wish_make(&x, w, CLASS, k.cd, "cpu", NULL);
	x.args.spec.pid = getpid();
	w->host.hang_proc = SX_PREPARE;
	wish_send(w, &x, &said);
	for (i = 0; i < 10000 && !w->host.hanging; i++)
		world_turn(w);
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	world_until(w, has_passed, &k);
	fake_release(&w->host);
	world_wait(w, &said.done);
	assert_int_equal(said.status.code, 0);
	wait_rows(w, "app/", 0);
	assert_int_equal(w->host.n, 1);
}

static bool is_making(void *arg)
{
	return ((struct world *)arg)->host.hanging != NULL;
}

/*
 * It ends while a monitor is replaced, which the pass leaves alone; what is at the
 * host goes with the process, and the new version is refused.
 */
static void test_ends_while_replaced(void **state)
{
	struct world *w = *state;
	pid_t starter = start_process();
	struct said said = { 0 };
	struct known k = { .w = w };
	struct wish x;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	w->who.pid = starter;
	assert_int_equal(do_init(w, 0, &k.cd), 0);
	wish_make(&x, w, CLASS, k.cd, "cpu", NULL);
	x.args.spec.pid = starter;
	assert_int_equal(do_wish(w, &x, NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_MONITOR, k.cd, "cpu/usage", NULL), 0);
	wish_make(&x, w, SAFEX_KIND_MONITOR, k.cd, "cpu/usage", NULL);
	w->host.hang_proc = SX_PREPARE;
	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_code = DIO_E_GONE;
	wish_replace(w, &x, &said);
	world_until(w, is_making, w);
	w->host.n = 1;
	end_process(starter);
	world_until(w, has_passed, &k);
	fake_release(&w->host);
	world_wait(w, &said.done);
	assert_int_equal(said.status.code, DIO_E_GONE);
	wait_rows(w, "app/", 0);
	assert_consistent(w);
}

/* The host is just being given all of it again: what has ended goes after that. */
static void test_process_ends_while_host_is_driven(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	struct known k = { .w = w };

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	w->who.pid = pid;
	assert_int_equal(do_init(w, 0, &k.cd), 0);
	assert_int_equal(do_create(w, CLASS, k.cd, "cpu", NULL), 0);
	world_crash(w);
	fake_restart(&w->host, true);
	w->host.hang_proc = SX_PREPARE;
	world_begin(w);
	world_until(w, is_making, w);
	end_process(pid);
	world_until(w, is_over, &k);
	fake_release(&w->host);
	wait_rows(w, "app/", 0);
	assert_int_equal(w->host.n, 1);
	assert_consistent(w);
}

static const struct fake_object *class_at_host(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->host.n && w->host.object[i].id.kind != CLASS; i++)
		;
	assert_true(i < w->host.n);
	return &w->host.object[i];
}

/* safexd is told which process a number means, and whether it is the application's own. */
static void test_what_the_host_is_told(void **state)
{
	struct world *w = *state;
	pid_t other = start_process();
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(class_at_host(w)->pid, getpid());
	assert_true(class_at_host(w)->own && class_at_host(w)->process);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	x.args.spec.pid = other;
	assert_int_equal(do_wish(w, &x, NULL), 0);
	assert_int_equal(class_at_host(w)->pid, other);
	assert_true(!class_at_host(w)->own && class_at_host(w)->process);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

/* The peer's number is another's by now: its child goes on with the connection. */
static void test_caller_is_not_who_has_its_number(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_init(w, 0, &cd), 0);
	w->who.process = (1ull << 63) | 1;
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_GONE);
	w->who.pid = 0;		/* as the connection's pidfd says */
	assert_int_equal(do_init(w, 0, &cd), DIO_E_GONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_process_ends), TEST(test_process_ends_without_host), TEST(test_starter_ends),
		TEST(test_starter_ends_meanwhile),
		TEST(test_ends_while_replaced),
		TEST(test_process_ends_while_host_is_driven), TEST(test_what_the_host_is_told),
		TEST(test_caller_is_not_who_has_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
