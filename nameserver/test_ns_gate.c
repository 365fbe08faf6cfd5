/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to a host's safexd: who goes now, who waits, and who is told to come again. */
#include "ns_safexd_internal.h"
#include "ns_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS

/* Who would wait before the gate for longer than a part of its deadline is told when to come again. */
static void test_busy(void **state)
{
	static struct said s[100];
	static struct wish x[100];
	struct world *w = *state;
	unsigned int busy = 0;
	char name[16];

	world_start(w);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		w->who.uid = 1000 + (uid_t)i;
		wish_make(&x[i], w, MANAGER, 0, strdup(name), NULL);
		wish_send(w, &x[i], &s[i]);
	}
	for (int i = 0; i < 100; i++)
		busy += s[i].done;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(s[i].done, i >= 100 - (int)busy);
		assert_true(!s[i].done || (s[i].status.code == DIO_E_BUSY && s[i].status.retry_ms >= 1000));
	}
	assert_in_range(busy, 10, 100 - NS_SAFEXD_LANE - 1);
	/* Each at another moment. */
	for (int i = 101 - (int)busy; i < 100; i++)
		assert_true(s[i].status.retry_ms > s[i - 1].status.retry_ms + 100);
	for (int i = 0; i < 100; i++) {
		world_wait(w, &s[i].done);
		free(x[i].args.spec.key.name);
	}
	assert_int_equal(rows(w, "manager/"), 100 - busy);
	assert_consistent(w);
}

/* Nobody's timer is left from those who waited before. */
static void assert_timer_within(const struct ns_safexd *h, long ms)
{
	struct timeval at, now, left;

	assert_true(evtimer_pending(h->lane[1].timer, &at));
	evutil_gettimeofday(&now, NULL);
	evutil_timersub(&at, &now, &left);
	assert_true(left.tv_sec * 1000 + left.tv_usec / 1000 <= ms);
}

/* Who waits for longer than was foreseen is told so; what is not compiled passes by. */
static void test_waited_too_long(void **state)
{
	static char names[][3] = { "m0", "m1", "m2" };
	struct world *w = *state;
	struct said s[3], class;
	struct wish x[3], quick;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	ns_host(w->ns, DIO_LOCALHOST)->wait_ms = 300;
	w->host.hang_proc = SX_PREPARE;
	for (int i = 0; i < 3; i++) {
		wish_make(&x[i], w, MANAGER, 0, names[i], NULL);
		wish_send(w, &x[i], &s[i]);
	}
	w->host.hang_proc = 0;
	assert_timer_within(ns_host(w->ns, DIO_LOCALHOST), 1000);
	wish_make(&quick, w, CLASS, cd, "mem", NULL);
	wish_send(w, &quick, &class);
	world_wait(w, &class.done);
	assert_int_equal(class.status.code, DIO_E_NO_MANAGER);
	assert_false(s[2].done);
	world_wait(w, &s[2].done);
	assert_int_equal(s[2].status.code, DIO_E_BUSY);
	assert_in_range(s[2].status.retry_ms, 1000, 60000);
	fake_release(&w->host);
	for (int i = 0; i < 2; i++) {
		world_wait(w, &s[i].done);
		assert_int_equal(s[i].status.code, 0);
	}
	assert_consistent(w);
}

/* What one user asks for does not fill the way to the host. */
static void test_others_pass(void **state)
{
	static char names[][3] = { "m0", "m1", "m2", "m3", "m4" };
	struct world *w = *state;
	struct said s[5];
	struct wish x[5];
	int i;

	world_start(w);
	for (i = 0; i < 5; i++) {
		w->who.uid = i < 4 ? 1000 : 1001;
		wish_make(&x[i], w, MANAGER, 0, names[i], NULL);
		wish_send(w, &x[i], &s[i]);
		assert_int_equal(w->host.calls[SX_PREPARE],
				 i < NS_SAFEXD_INSIDE_UID ? i + 1 : NS_SAFEXD_INSIDE_UID + (i == 4));
	}
	for (i = 0; i < 5; i++) {
		world_wait(w, &s[i].done);
		assert_int_equal(s[i].status.code, 0);
	}
	assert_consistent(w);
}

/* However long others take: for whom there is a place now, nobody is waited for. */
static void test_place_is_free(void **state)
{
	struct world *w = *state;
	static struct said s[NS_OPS_PER_UID];
	static struct wish x[NS_OPS_PER_UID];
	char name[NS_OPS_PER_UID][16];
	struct said other;
	struct wish quick;

	world_start(w);
	ns_host(w->ns, DIO_LOCALHOST)->lane[1].gap_ms = 8000;
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	w->host.hang_proc = SX_PREPARE;
	for (int i = 0; i < NS_OPS_PER_UID; i++) {
		snprintf(name[i], sizeof(name[i]), "m%d", i);
		wish_make(&x[i], w, MANAGER, 0, name[i], NULL);
		wish_send(w, &x[i], &s[i]);
	}
	w->host.hang_proc = 0;
	w->who.uid++;
	wish_make(&quick, w, MANAGER, 0, "mem", NULL);
	wish_send(w, &quick, &other);
	world_wait(w, &other.done);
	assert_int_equal(other.status.code, 0);
	fake_release(&w->host);
	for (int i = 0; i < NS_OPS_PER_UID; i++)
		world_wait(w, &s[i].done);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_busy), TEST(test_waited_too_long), TEST(test_others_pass),
		TEST(test_place_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
