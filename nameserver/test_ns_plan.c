/* SPDX-License-Identifier: GPL-2.0-only */
/* Order and completeness of a pass, for any state of rows and host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "ns_reconcile.h"

#define UNIVERSE 12

static const struct {
	enum safex_kind kind;
	const char *name, *second;
} universe[UNIVERSE] = {
	{ SAFEX_KIND_MANAGER, "a", "" },     { SAFEX_KIND_MANAGER, "b", "" },
	{ SAFEX_KIND_CLASS, "a", "" },	     { SAFEX_KIND_CLASS, "b", "" },
	{ SAFEX_KIND_MONITOR, "a/m", "" },   { SAFEX_KIND_MONITOR, "b/m", "" },
	{ SAFEX_KIND_HANDLER, "a/h", "" },   { SAFEX_KIND_HANDLER, "b/h", "" },
	{ SAFEX_KIND_CHANNEL, "a/m", "a/h" }, { SAFEX_KIND_CHANNEL, "a/m", "b/h" },
	{ SAFEX_KIND_CHANNEL, "b/m", "b/h" }, { SAFEX_KIND_CHANNEL, "b/m", "a/h" },
};

static struct ns_id id_of(int i)
{
	dio_x_key x = {
		universe[i].kind, universe[i].kind == SAFEX_KIND_MANAGER ? 0 : 9,
		(char *)universe[i].name, (char *)universe[i].second,
	};
	struct ns_id id;

	assert_int_equal(ns_id_from_wire(&x, &id), 0);
	return id;
}

struct state {
	int	  row[UNIVERSE];	/* enum ns_state, 0: none */
	bool	  unwanted[UNIVERSE];
	bool	  live[UNIVERSE], active[UNIVERSE], held[UNIVERSE];
	struct ns_object  rows[UNIVERSE];
	bool		  rows_unwanted[UNIVERSE];
	struct ns_live	  lives[UNIVERSE];
};

static bool is_held(void *arg, const struct ns_id *id)
{
	const struct state *s = arg;
	int i;

	for (i = 0; i < UNIVERSE; i++) {
		struct ns_id other = id_of(i);

		if (s->held[i] && ns_id_equal(&other, id))
			return true;
	}
	return false;
}

static int index_of(const struct ns_id *id)
{
	int i;

	for (i = 0; i < UNIVERSE; i++) {
		struct ns_id other = id_of(i);

		if (ns_id_equal(&other, id))
			return i;
	}
	fail();
	return -1;
}

static bool needs(int a, int b)
{
	struct ns_id x = id_of(a), y = id_of(b);

	return ns_id_needs(&x, &y);
}

/* The host refuses what has a leg missing, and the removal of what is a leg. */
static void carry_out(struct state *s, const struct ns_action *a)
{
	int i = index_of(&a->id), k, legs = 0, wanted = 0;

	assert_false(s->held[i]);
	for (k = 0; k < UNIVERSE; k++) {
		wanted += needs(i, k);
		legs += needs(i, k) && s->live[k];
		if (a->act == NS_ACT_REMOVE)
			assert_false(needs(k, i) && s->live[k] && !s->held[k]);
	}
	switch (a->act) {
	case NS_ACT_REMOVE:
		assert_true(s->live[i]);
		s->live[i] = false;
		s->row[i] = 0;
		break;
	case NS_ACT_FORGET:
		assert_false(s->live[i]);
		s->row[i] = 0;
		break;
	case NS_ACT_MAKE:
		assert_false(s->live[i]);
		assert_int_equal(legs, wanted);
		s->live[i] = true;
		/* fall through */
	case NS_ACT_COMMIT:
		assert_true(s->live[i]);
		s->active[i] = true;
		s->row[i] = NS_COMMITTED;
		break;
	case NS_ACT_SETTLE:
		fail_msg("%s", "no version is on probation here");
	}
}

static size_t pass(struct state *s)
{
	struct ns_plan_input in = {
		.row = s->rows, .unwanted = s->rows_unwanted, .live = s->lives, .host = "local",
		.held = is_held, .held_arg = s,
	};
	struct ns_action *action;
	size_t n, i;

	for (i = 0; i < UNIVERSE; i++) {
		if (s->row[i]) {
			s->rows_unwanted[in.n_rows] = s->unwanted[i];
			s->rows[in.n_rows++] = (struct ns_object){ .id = id_of(i), .state = s->row[i] };
		}
		if (s->live[i]) {
			s->lives[in.n_live] = (struct ns_live){ .id = id_of(i), .active = s->active[i] };
			/* What a host calls itself means nothing here. */
			strcpy(s->lives[in.n_live++].id.name.host, "elsewhere");
		}
	}
	assert_int_equal(ns_plan(&in, &action, &n), 0);
	for (i = 0; i < n; i++)
		carry_out(s, &action[i]);
	free(action);
	return n;
}

static unsigned int seed_of(void)
{
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();

	print_message("DIO_TEST_SEED=%u\n", seed);
	return seed;
}

static void scatter(struct state *s, unsigned int *seed)
{
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < UNIVERSE; i++) {
		s->row[i] = rand_r(seed) % 5;
		s->unwanted[i] = rand_r(seed) % 5 == 0;
		s->live[i] = rand_r(seed) % 2;
		s->active[i] = s->live[i] && rand_r(seed) % 3;
	}
}

/* One pass suffices: afterwards rows and host are the same and all is well. */
static void test_one_pass(void **state)
{
	unsigned int seed = seed_of();
	struct state s;
	int round, i, k;

	(void)state;
	for (round = 0; round < 5000; round++) {
		scatter(&s, &seed);
		pass(&s);
		for (i = 0; i < UNIVERSE; i++) {
			assert_int_equal(s.live[i], s.row[i] != 0);
			assert_true(!s.row[i] || (s.row[i] == NS_COMMITTED && s.active[i]));
			for (k = 0; s.live[i] && k < UNIVERSE; k++)
				assert_true(!needs(i, k) || s.live[k]);
		}
		assert_int_equal(pass(&s), 0);
	}
}

/* What is wanted stays, as long as all it needs is wanted. */
static void test_keeps(void **state)
{
	struct state s = { 0 };
	int i;

	(void)state;
	for (i = 0; i < UNIVERSE; i++) {
		s.row[i] = NS_COMMITTED;
		s.live[i] = s.active[i] = true;
	}
	assert_int_equal(pass(&s), 0);
	s.unwanted[2] = true;	/* class a: its extensions and their channels go */
	assert_int_equal(pass(&s), 6);
	for (i = 0; i < UNIVERSE; i++)
		assert_int_equal(s.live[i], i == 0 || i == 1 || i == 3 || i == 5 || i == 7 || i == 10);
}

/* What an operation has in hand is not touched (carry_out asserts it). */
static void test_held(void **state)
{
	unsigned int seed = seed_of();
	struct state s;
	int round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		scatter(&s, &seed);
		/* A channel: nothing hangs on it. */
		s.held[8 + rand_r(&seed) % 4] = true;
		pass(&s);
	}
}

static bool nothing_is_held(void *arg, const struct ns_id *id)
{
	(void)arg;
	(void)id;
	return false;
}

static double seconds_of_thread(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A manager and n classes, all of them there: seconds for a plan, the best of some. */
static double cost_of_plan(size_t n)
{
	struct ns_object *row = calloc(n + 1, sizeof(*row));
	struct ns_live *live = calloc(n + 1, sizeof(*live));
	bool *unwanted = calloc(n + 1, sizeof(*unwanted));
	struct ns_plan_input in = {
		.row = row, .unwanted = unwanted, .n_rows = n + 1, .live = live, .n_live = n + 1,
		.host = "local", .held = nothing_is_held,
	};
	double best = 1e9, begin;
	struct ns_action *action;
	size_t i, actions;

	for (i = 0; i <= n; i++) {
		row[i].id = id_of(i ? 2 : 0);
		row[i].id.cd = i;
		row[i].state = NS_COMMITTED;
		live[n - i].id = row[i].id;
		live[n - i].active = true;
	}
	for (i = 0; i < 3; i++) {
		begin = seconds_of_thread();
		assert_int_equal(ns_plan(&in, &action, &actions), 0);
		begin = seconds_of_thread() - begin;
		best = begin < best ? begin : best;
		assert_int_equal(actions, 0);
		free(action);
	}
	free(row);
	free(live);
	free(unwanted);
	return best;
}

/* Ten times the rows: about ten times the work, not a hundred times. */
static void test_growth(void **state)
{
	double few, many;

	(void)state;
	few = cost_of_plan(300);
	many = cost_of_plan(3000);
	print_message("plan of 3000 objects: %.1f times one of 300\n", many / few);
	assert_true(many < 40 * few);
}

/* Of an application's part: what is unwanted and hangs on that goes, nothing else is done. */
static void test_part(void **state)
{
	static const int rows[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	struct ns_object row[10] = { 0 };
	bool unwanted[10] = { true };	/* class a */
	struct ns_plan_input in = {
		.row = row, .unwanted = unwanted, .n_rows = 10, .part = true, .host = "local",
		.held = nothing_is_held,
	};
	struct ns_action *action;
	size_t n, i;

	(void)state;
	for (i = 0; i < 10; i++) {
		row[i].id = id_of(rows[i]);
		row[i].state = i == 3 ? NS_LOST : NS_COMMITTED;
	}
	assert_int_equal(ns_plan(&in, &action, &n), 0);
	assert_int_equal(n, 6);
	for (i = 0; i < n; i++)
		assert_int_equal(action[i].act, NS_ACT_REMOVE);
	assert_int_equal(action[0].id.kind, SAFEX_KIND_CHANNEL);
	assert_int_equal(action[5].id.kind, SAFEX_KIND_CLASS);
	assert_string_equal(action[5].id.name.manager, "a");
	free(action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_pass),
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
