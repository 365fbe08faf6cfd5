// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the pipeline's checks cost: the same functions with and without them,
 * with few and with many turns of their loops.  In a VM with one instruction
 * per nanosecond the difference is a number of instructions.  Without any check
 * no loop is let in: what the one costs that is there is measured by a second one.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "st.h"
#include "st_gauge.h"

#define FEW	100
#define MANY	1100
#define RUNS	5ull
/* Instructions per turn, at most; the latter where may_goto is the only check. */
#define ADDED		11.0
#define ADDED_TIMED	5.0
/* An interrupt within a run is part of its time: then it is measured again. */
#define TRIES		4

struct st_measured {
	int manager, cls, monitor;
	struct safex_stat stat;
};

static bool st_measured_ran(void *arg)
{
	struct st_measured *t = arg;

	return !st_stat(SAFEX_KIND_MONITOR, t->monitor, &t->stat) &&
	       t->stat.runs >= RUNS;
}

/* Mean time of one activation in ns, less than 0: it does not run. */
static double st_time(const char *object, const char *map, int64_t turns)
{
	struct safex_manager_create *m = st_manager_args("cost");
	struct st_measured t;
	struct st_program *p;
	double ns = -1;

	m->budget = 10 * ST_US;
	st_attr(m->attrs, 0, "input", turns, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, 1, "output", 0, SAFEX_RIGHTS_ALL, 0);
	m->n_attrs = 2;
	t.manager = st_manager(m);
	t.cls = st_class(st_class_args(t.manager, m));
	t.monitor = st_monitor(t.cls, 900 * ST_US, 3, 3);
	if (!st_attach(&p, object, map, t.monitor) &&
	    !st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, t.monitor) &&
	    st_wait(st_measured_ran, &t) && !t.stat.aborts && !t.stat.exceptions)
		ns = (double)t.stat.time_sum / t.stat.runs;
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, t.monitor);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, t.cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, t.manager);
	st_detach(p);
	return ns;
}

/* Times of one program, the least of all tries: few turns, many turns. */
struct st_pair {
	double few, many;
};

static double st_less(double a, double b)
{
	return b <= 0 || (a > 0 && a < b) ? a : b;
}

static void st_pair_measure(struct st_pair *p, const char *object,
			    const char *few, const char *many)
{
	p->few = st_less(st_time(object, few, FEW), p->few);
	p->many = st_less(st_time(object, many, MANY), p->many);
}

static double st_turn(const struct st_pair *p)
{
	return (p->many - p->few) / (MANY - FEW);
}

static double st_most;	/* added to a turn, of all loops */

/*
 * What a look costs: the least so far, for where there are more values than
 * registers a second one costs more than itself.
 */
static double st_look(const struct st_pair *once, const struct st_pair *twice)
{
	static double least;

	least = st_less(st_turn(twice) - st_turn(once), least);
	return least;
}

static void st_cost_of(const char *checked, bool exact)
{
	bool straight = strstr(checked, "straight");
	bool timed = st_features() & SAFEX_FEATURE_MAY_GOTO;
	/* Where values have no register, clang does better beside may_goto: by that much. */
	bool crowded = timed && strstr(checked, "full");
	double added = 0, limit = straight ? 0 : timed && !crowded ? ADDED_TIMED : ADDED;
	int length = (int)(strrchr(checked, '.') - checked), try;
	struct st_pair b = { 0 }, t = { 0 }, c = { 0 };
	char bare[64];

	snprintf(bare, sizeof(bare), "%.*s.%s", length, checked, timed ? "timed" : "bare");
	for (try = 0; try < (exact ? TRIES : 1); try++) {
		st_pair_measure(&b, bare, "bare_100", "bare_1100");
		st_pair_measure(&t, bare, "twice_100", "twice_1100");
		st_pair_measure(&c, checked, "extension", "extension");
		added = straight ? c.few - b.few :
			st_turn(&c) - st_turn(&b) + st_look(&b, &t);
		if (added <= limit)
			break;
	}
	if (!st_ok(b.few > 0 && b.many > 0 && t.few > 0 && t.many > 0 && c.few > 0 &&
		   c.many > 0,
		   "cost: %.*s runs with checks and without", length, checked))
		return;
	st_note("%.*s: %.2f ns more per %s (%.2f with, %.2f without)", length,
		checked, added, straight ? "run" : "turn",
		straight ? c.few : st_turn(&c), (straight ? c.few : st_turn(&c)) - added);
	if (!straight && !crowded && added > st_most)
		st_most = added;
	if (exact)
		st_ok(added <= limit, "cost: %.*s: little", length, checked);
}

void st_test_cost(bool exact)
{
	glob_t found;
	size_t i;

	if (!st_ok(!glob("cost/*.checked", 0, NULL, &found),
		   "cost: programs are there"))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		st_cost_of(found.gl_pathv[i], exact);
	globfree(&found);
	if (exact)
		st_figure(st_features() & SAFEX_FEATURE_MAY_GOTO ?
			  "abort_check_insns" : "abort_check_insns_stock",
			  st_most, "instructions",
			  "added to a turn of a loop, the most of all loops");
	st_is(st_count(), 0, "cost: nothing is left");
}
