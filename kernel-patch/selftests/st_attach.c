// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program is attached while that of the same manager is removed for its
 * aborts: on another CPU, if there is one, in the middle of the pass.  Either
 * the attach succeeds or nothing was bound: what was refused is freed.
 */
#include <errno.h>
#include <sched.h>
#include <unistd.h>
#include "st.h"

#define ROUNDS	20
#define TRIES	2000	/* without a pause, for one of them must meet the pass */
#define LOOK	20	/* tries between two looks */

struct st_raced {
	int manager, cls;
	struct st_program *count;
	int attached;		/* what the last try has returned */
	bool unasked;		/* it runs though it was refused */
};

/* Nobody but the two of them: one that was aborted is gone, one that runs counts. */
static bool st_raced_over(void *arg)
{
	struct st_raced *r = arg;
	struct safex_stat s;
	int i;

	for (i = 0; i < TRIES && !r->unasked; i++) {
		r->attached = st_link(r->count);
		if (r->attached != -EBUSY)
			return true;
		r->unasked = i % LOOK == 0 &&
			     !st_stat(SAFEX_KIND_MANAGER, r->manager, &s) &&
			     s.runs > s.aborts;
	}
	return r->unasked;
}

/* A manager's passes are where it was made. */
static void st_raced_go(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Returns whether the second program was attached, and with success. */
static bool st_raced_round(struct st_raced *r)
{
	struct safex_manager_create *m = st_manager_args("raced");
	struct st_program *spin;
	bool over;

	m->period = 20 * ST_MS;
	m->budget = ST_MS;
	st_attr(m->attrs, 0, "runs", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	m->n_attrs = 1;
	st_raced_go(0);
	r->manager = st_manager(m);
	st_raced_go(1);
	r->cls = st_class(st_class_args(r->manager, m));
	over = !st_prepare(&r->count, "attach.bpf.o", "count_ops", r->manager) &&
	       !st_attach(&spin, "attach.bpf.o", "spin_ops", r->manager) &&
	       st_wait(st_raced_over, r);
	/* It goes with its manager: what was refused must not be freed before. */
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, r->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, r->manager);
	st_detach(spin);
	st_detach(r->count);
	return over;
}

void st_test_attach(void)
{
	cpu_set_t all;
	int limit = st_parameter("abort_limit", 1), attached = 0, unasked = 0, i;

	sched_getaffinity(0, sizeof(all), &all);
	for (i = 0; i < ROUNDS; i++) {
		struct st_raced r = { 0 };

		attached += st_raced_round(&r) && !r.attached;
		unasked += r.unasked;
	}
	sched_setaffinity(0, sizeof(all), &all);
	st_parameter("abort_limit", limit);
	st_is(unasked, 0, "attach: what was refused does not run");
	st_is(attached, ROUNDS, "attach: where one was removed, the next is attached");
	st_is(st_count(), 0, "attach: nothing is left");
}
