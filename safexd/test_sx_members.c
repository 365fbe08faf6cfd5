/* SPDX-License-Identifier: GPL-2.0-only */
/* A user database that answers, does not, or dies; and the loop that never waits for it. */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "dio_log.h"
#include "sx_members.h"

#define HANGS	77
#define DIES	78
#define CANNOT	79
#define HANGUP	80
#define SOON_MS	100		/* for an answer that will not come */
#define LONG_MS	100000		/* longer than any test */

struct world {
	struct event_base *base;
	struct sx_members *m;
	unsigned int answers;
};

static atomic_uint *looks;	/* shared with the processes that look */

/* Members have even numbers. */
static int look(uid_t uid, const char *group)
{
	(void)group;
	++*looks;
	while (uid == HANGS)
		pause();
	if (uid == DIES)
		_exit(0);
	if (uid == CANNOT)
		return -EIO;
	if (uid == HANGUP)
		raise(SIGHUP);
	return uid % 2 == 0;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	dio_log_open("test", DIO_LOG_ERROR);
	looks = mmap(NULL, sizeof(*looks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(looks, MAP_FAILED);
	w->base = event_base_new();
	w->m = sx_members_new(w->base, look, LONG_MS);
	*state = w;
	return 0;
}

/* No process is left behind. */
static int tear_down(void **state)
{
	struct world *w = *state;

	sx_members_free(w->m);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	event_base_free(w->base);
	munmap(looks, sizeof(*looks));
	free(w);
	return 0;
}

static void answered(void *arg)
{
	struct world *w = arg;

	w->answers++;
}

static void await(struct world *w, unsigned int answers)
{
	while (w->answers < answers)
		assert_int_equal(event_base_loop(w->base, EVLOOP_ONCE), 0);
	assert_int_equal(w->answers, answers);
}

static int ask(struct world *w, uid_t uid)
{
	unsigned int answers = w->answers;

	sx_members_ask(w->m, uid, "wheel", answered, w);
	await(w, answers + 1);
	return sx_members_has(w->m, uid, "wheel");
}

static void restart(struct world *w, unsigned int wait_ms)
{
	sx_members_free(w->m);
	w->m = sx_members_new(w->base, look, wait_ms);
}

static void test_kept(void **state)
{
	struct world *w = *state;

	assert_int_equal(sx_members_has(w->m, 2, "wheel"), -ETIMEDOUT);
	assert_int_equal(ask(w, 2), 1);
	assert_int_equal(ask(w, 3), 0);
	assert_int_equal(*looks, 2);
	sx_members_ask(w->m, 2, "wheel", answered, w);
	assert_int_equal(w->answers, 3);
	assert_int_equal(*looks, 2);
	assert_int_equal(sx_members_has(w->m, 2, "other"), -ETIMEDOUT);
}

static void test_hangup(void **state)
{
	signal(SIGHUP, SIG_DFL);
	assert_int_equal(ask(*state, HANGUP), 1);
}

/* Two who ask the same are told by one process. */
static void test_together(void **state)
{
	struct world *w = *state;

	sx_members_ask(w->m, 4, "wheel", answered, w);
	sx_members_ask(w->m, 4, "wheel", answered, w);
	assert_int_equal(w->answers, 0);
	await(w, 2);
	assert_int_equal(*looks, 1);
}

/* Who waits for an answer that does not come keeps nobody else waiting. */
static void test_no_answer(void **state)
{
	struct world *w = *state;

	sx_members_ask(w->m, HANGS, "wheel", answered, w);
	assert_int_equal(ask(w, 2), 1);
	assert_int_equal(w->answers, 1);
	assert_int_equal(sx_members_has(w->m, HANGS, "wheel"), -ETIMEDOUT);
	sx_members_free(w->m);
	assert_int_equal(w->answers, 2);
	w->m = sx_members_new(w->base, look, SOON_MS);
	assert_int_equal(ask(w, HANGS), -ETIMEDOUT);
	restart(w, LONG_MS);
	assert_int_equal(ask(w, DIES), -ETIMEDOUT);
	assert_int_equal(ask(w, CANNOT), -ETIMEDOUT);
}

/* What is not known is asked again; more than fit are forgotten, oldest first. */
static void test_many(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, DIES), -ETIMEDOUT);
	assert_int_equal(ask(w, DIES), -ETIMEDOUT);
	assert_int_equal(*looks, 2);
	for (uid_t uid = 1000; uid < 1300; uid++)
		sx_members_ask(w->m, uid, "wheel", answered, w);
	await(w, 302);
	assert_int_equal(sx_members_has(w->m, DIES, "wheel"), -ETIMEDOUT);
	assert_int_equal(ask(w, 1254), 1);
}

static void test_looked_up(void **state)
{
	(void)state;
	assert_int_equal(sx_members_look_up(1, "daemon"), 1);
	assert_int_equal(sx_members_look_up(1, "nogroup"), 0);
	assert_int_equal(sx_members_look_up(1, "no such group"), 0);
	assert_int_equal(sx_members_look_up(4000000000u, "daemon"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept), TEST(test_hangup), TEST(test_together), TEST(test_no_answer), TEST(test_many),
		cmocka_unit_test(test_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
