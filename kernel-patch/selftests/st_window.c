// SPDX-License-Identifier: GPL-2.0-only
/*
 * Periods of a process that sleeps now and then.  Its reservation begins a new
 * period at each wake-up, so some of what lies between two looks at its CPU
 * time is no period: nothing of that may be judged by the contract.
 */
#include <time.h>
#include <unistd.h>
#include "st.h"

#define TARGET	(80 * ST_MS)
#define PERIOD	(200 * ST_MS)
#define SECONDS	12

static int st_window_class(const struct safex_manager_create *m, pid_t pid)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	int ret;

	c->pidfd = st_pidfd(pid);
	c->attrs[0].value = TARGET;
	c->attrs[1].value = PERIOD;
	c->attrs[2].value = -1;
	ret = st_class(c);
	close(c->pidfd);
	return ret;
}

/* The hog takes what is left, so that the napper gets its reservation only. */
void st_test_window(void)
{
	pid_t napper = st_napper(130 * ST_MS, 370 * ST_MS), hog = st_hog(0);
	struct safex_manager_create *m = st_manager_args("window");
	struct timespec t = { .tv_sec = SECONDS };
	struct st_program *prog;
	struct safex_stat s;
	int cls;

	st_attr(m->attrs, 0, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", 0, SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	st_ok(st_manager(m) > 0, "window: manager is created");
	st_is(st_attach(&prog, "reserve.bpf.o", "manager_ops", m->id), 0,
	      "window: manager attaches");
	cls = st_window_class(m, napper);
	nanosleep(&t, NULL);
	st_stat(SAFEX_KIND_CLASS, cls, &s);
	st_note("%llu judged, %llu violations", s.windows, s.violations);
	st_ok(s.windows > SECONDS, "window: periods without sleep are judged");
	st_is(s.violations, 0, "window: parts of periods are not");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(napper);
	st_kill(hog);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id), 0,
	      "window: manager goes");
	st_detach(prog);
	st_is(st_count(), 0, "window: nothing is left");
}
