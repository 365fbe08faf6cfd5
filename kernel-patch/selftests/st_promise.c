// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <unistd.h>
#include "st_promise.h"

void st_promise_begin(struct st_promise *p, const char *name, uint64_t period,
		      uint64_t budget)
{

	struct safex_manager_create *m = st_manager_args(name);

	m->period = period;
	m->budget = budget;
	st_attr(m->attrs, 0, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	st_ok(st_manager(m) > 0, "%s: manager is created", name);
	p->args = *m;
	st_ok(!st_attach(&p->program, "reserve.bpf.o", "manager_ops", m->id),
	      "%s: manager attaches", name);
}

void st_promise_end(struct st_promise *p, const char *name)
{
	st_ok(!st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, p->args.id),
	      "%s: manager goes with its program attached", name);
	st_detach(p->program);
	st_ok(!st_count(), "%s: nothing is left", name);
}

int st_promise_class(const struct st_promise *p, pid_t pid, int64_t target,
		     int64_t period)
{
	struct safex_class_create *c = st_class_args(p->args.id, &p->args);
	int id;

	c->pidfd = st_pidfd(pid);
	c->attrs[0].value = target;
	c->attrs[1].value = period;
	c->attrs[2].value = -1;
	id = st_class(c);
	close(c->pidfd);
	return id;
}

bool st_is_deadline(void *pid)
{
	int policy = sched_getscheduler(*(pid_t *)pid);

	return policy >= 0 && (policy & ~SCHED_RESET_ON_FORK) == ST_POLICY_DEADLINE;
}

bool st_is_lost(void *cls)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_CLASS, *(int *)cls, &s) && !s.active &&
	       s.contract == SAFEX_CONTRACT_LOST;
}
