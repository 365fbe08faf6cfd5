// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs of a manager's program between its ticks: when it asked for them, no
 * more of them than its budget has room for.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define PERIOD	(10 * ST_MS)
#define TICKS	20

enum { AT_TICKS, BETWEEN, ASKED, GAP };

struct st_early {
	int manager, cls;
	struct st_program *program;
	const struct safex_page *page;
	struct safex_stat stat;
	int64_t between;
};

static bool st_ticked(void *arg)
{
	struct st_early *e = arg;

	return __atomic_load_n(&e->page->value[AT_TICKS], __ATOMIC_RELAXED) >= TICKS;
}

static void st_early_attrs(struct safex_manager_create *m, int64_t ask)
{
	st_attr(m->attrs, AT_TICKS, "ticks", 0, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, BETWEEN, "between", 0, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, ASKED, "asked", ask, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, GAP, "gap", 0, SAFEX_RIGHTS_ALL, 0);
	m->n_attrs = 4;
}

static void st_early_create(struct st_early *e, const char *program, int64_t ask)
{
	struct safex_manager_create *m = st_manager_args("early");
	int fd;

	m->period = PERIOD;
	m->budget = 50 * ST_US;
	st_early_attrs(m, ask);
	e->manager = st_manager(m);
	e->cls = st_class(st_class_args(e->manager, m));
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, e->cls);
	e->page = mmap(NULL, sizeof(*e->page), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	st_is(st_attach(&e->program, "early.bpf.o", program, e->manager), 0, program);
}

/* With a run due between two ticks. */
static void st_early_destroy(struct st_early *e)
{
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, e->cls), 0,
	      "early: class goes");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, e->manager), 0,
	      "early: manager goes");
	st_detach(e->program);
	munmap((void *)e->page, sizeof(*e->page));
}

/* Beside one at the tick, if each takes as long as the shortest ones. */
static int st_room(const struct safex_stat *s)
{
	int bucket = 0;

	while (bucket < SAFEX_HISTOGRAM - 1 && !s->histogram[bucket])
		bucket++;
	return (int)(s->budget >> bucket) - 1;
}

/*
 * Runs between two ticks, in the mean, the last gap before one, and how many would
 * have had room beside the one at the tick.
 */
static double st_early_between(const char *program, int64_t ask, int64_t *gap, int *room)
{
	struct st_early e = { 0 };
	double mean;

	st_early_create(&e, program, ask);
	st_ok(st_wait(st_ticked, &e), "early: it ticks");
	mean = (double)e.page->value[BETWEEN] / e.page->value[AT_TICKS];
	*gap = e.page->value[GAP];
	st_stat(SAFEX_KIND_MANAGER, e.manager, &e.stat);
	st_note("%s, %lld ns asked: %.2f runs between ticks, %lld ns apart, longest %llu ns",
		program, (long long)ask, mean, (long long)*gap, e.stat.time_max);
	st_is(e.stat.aborts, 0, "early: none is stopped");
	*room = st_room(&e.stat);
	st_early_destroy(&e);
	return mean;
}

static bool st_near(double value, double wanted)
{
	return value <= wanted + 0.1 && (!st_figures() || value > wanted * 0.9 - 0.05);
}

/* When there was none, there is no gap. */
static bool st_apart(int64_t gap, int64_t least)
{
	return st_figures() ? gap >= least && gap < least + 100 * ST_US : !gap || gap >= least;
}

static bool st_aborted(void *arg)
{
	struct st_early *e = arg;

	return !st_stat(SAFEX_KIND_MANAGER, e->manager, &e->stat) && e->stat.aborts;
}

static bool st_between_again(void *arg)
{
	struct st_early *e = arg;

	return __atomic_load_n(&e->page->value[BETWEEN], __ATOMIC_RELAXED) > e->between;
}

/* One run that took too long, of another class, is no reason for ever. */
static void st_early_heals(void)
{
	struct safex_manager_create *m = st_manager_args("early");
	struct st_early e = { 0 };
	struct safex_class_create *c;
	int other;

	st_early_create(&e, "outlier_ops", PERIOD / 4);
	st_ok(st_wait(st_between_again, &e), "early: one between two ticks");
	st_early_attrs(m, -1);
	c = st_class_args(e.manager, m);
	other = st_class(c);
	st_ok(st_wait(st_aborted, &e), "early: another takes too long");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, other);
	e.between = e.page->value[BETWEEN];
	st_ok(st_wait(st_between_again, &e), "early: which is forgotten after a while");
	st_early_destroy(&e);
}

void st_test_early(void)
{
	int64_t gap;
	double busy;
	int room;

	st_ok(st_near(st_early_between("early_ops", PERIOD / 4, &gap, &room), 3),
	      "early: at each quarter of a tick");
	st_ok(st_apart(gap, PERIOD / 4), "early: when it asked for it");
	st_ok(st_near(st_early_between("early_ops", 0, &gap, &room), 15),
	      "early: fifteen times at most");
	st_ok(st_apart(gap, PERIOD / 16), "early: a sixteenth of a tick apart");
	st_ok(st_near(st_early_between("early_ops", PERIOD, &gap, &room), 0),
	      "early: not with the next tick");
	st_ok(st_near(st_early_between("early_ops", -1, &gap, &room), 0),
	      "early: nor behind it");
	busy = st_early_between("busy_ops", PERIOD / 16, &gap, &room);
	if (st_figures())
		room = 1;
	st_ok(room < 15 && st_near(busy, room), "early: no more than its budget has room for");
	/* In real time the emulator makes outliers of its own. */
	if (st_figures())
		st_early_heals();
	st_is(st_count(), 0, "early: nothing is left");
}
