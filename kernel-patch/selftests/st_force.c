// SPDX-License-Identifier: GPL-2.0-only
/*
 * A class exists when its contract is in force, and not at all when the
 * scheduler says no; and no manager reserves more than was admitted.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "st_bandwidth.h"
#include "st_promise.h"

#define TARGET		(10 * ST_MS)
#define PERIOD		(100 * ST_MS)
#define INTERRUPTS_APART	(200 * ST_US)	/* at least, on the average */

/* ns that the scheduler has reserved for the process, 0: nothing. */
static uint64_t st_reserved(pid_t pid)
{
	struct st_sched_attr attr = { 0 };

	if (syscall(SYS_sched_getattr, pid, &attr, sizeof(attr), 0) ||
	    attr.policy != ST_POLICY_DEADLINE)
		return 0;
	return attr.runtime;
}

/* A refusal leaves neither a class nor a reservation. */
static void st_refused(const struct st_promise *p, pid_t pid, int64_t target,
		       int64_t period, int why, const char *name)
{
	uint64_t had = st_reserved(pid);
	uint32_t before = st_count();
	struct safex_info info;
	int cls = st_promise_class(p, pid, target, period);

	st_is(cls, why, name);
	st_is(st_count(), before, "force: which leaves no class");
	st_is(st_reserved(pid), had, "force: and no reservation");
	if (cls > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_info(&info);
	st_is(info.cpu_used_ppm, 0, "force: and nothing admitted");
}

static void st_taken(const struct st_promise *p, pid_t pid)
{
	int cls = st_promise_class(p, pid, TARGET, PERIOD);
	struct safex_class_create *c = st_class_args(p->args.id, &p->args);

	st_is(st_reserved(pid), TARGET + TARGET / 100,
	      "force: the first reservation is there when the class is");
	c->pidfd = st_pidfd(pid);
	c->attrs[0].value = TARGET;
	c->attrs[1].value = PERIOD;
	st_is(st_class(c), -EEXIST, "force: a second contract for the process");
	close(c->pidfd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_is(st_reserved(pid), 0, "force: given back with the class");
}

/* One that does not sleep: what is taken from a sleeper the scheduler counts for ever. */
static void st_already(const struct st_promise *p)
{
	pid_t pid = st_hog(0);

	st_is(st_deadline(pid, 5 * ST_MS, PERIOD), 0,
	      "force: the process has a reservation of its own");
	st_refused(p, pid, TARGET, PERIOD, -EEXIST, "force: no second one");
	st_is(sched_setscheduler(pid, SCHED_OTHER, &(struct sched_param){ 0 }), 0,
	      "force: it ends its own");
	st_kill(pid);
}

static void st_bound(const struct st_promise *p, pid_t pid)
{
	cpu_set_t all, one;

	sched_getaffinity(pid, sizeof(all), &all);
	if (CPU_COUNT(&all) < 2)
		return;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(pid, sizeof(one), &one);
	st_refused(p, pid, TARGET, PERIOD, -EPERM,
		   "force: a process that is bound to one of the CPUs");
	sched_setaffinity(pid, sizeof(all), &all);
}

/* The scheduler's longest period, us. */
static bool st_period_max(unsigned int us)
{
	FILE *f = fopen("/proc/sys/kernel/sched_deadline_period_max_us", "we");

	return f && fprintf(f, "%u", us) > 0 && !fclose(f);
}

/* An administrator has lowered what the scheduler takes. */
static void st_too_long(const struct st_promise *p, pid_t pid)
{
	st_ok(st_period_max(PERIOD / ST_US / 2), "force: it takes half of the period");
	st_refused(p, pid, TARGET, PERIOD, -EINVAL, "force: and not the whole");
	st_ok(st_period_max(1 << 22), "force: it takes the whole again");
}

/* All CPUs together have less than this contract. */
static void st_too_little(const struct st_promise *p, pid_t pid)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), was = 0;

	st_ok(st_wait(st_is_given_back, NULL), "force: it has nothing");
	st_is(st_rt_runtime(700000 / cpus, &was), 0, "force: it has less");
	st_refused(p, pid, 80 * ST_MS, PERIOD, -EBUSY,
		   "force: more than the scheduler has left");
	st_is(st_rt_runtime(was, NULL), 0, "force: it has more again");
}

/* Of all CPUs' own timers, so far. */
static unsigned long long st_timer_interrupts(void)
{
	FILE *f = fopen("/proc/interrupts", "re");
	unsigned long long sum = 0, n;
	char *line = NULL, *at;
	size_t size = 0;
	int used;

	while (f && getline(&line, &size, f) > 0)
		for (at = strstr(line, "LOC:"); at && sscanf(at + 4, "%llu%n", &n, &used) == 1;
		     at += used)
			sum += n;
	free(line);
	if (f)
		fclose(f);
	return sum;
}

/* Rather than a reservation that nothing bounds, and windows of no length. */
static void st_no_contract(void)
{
	unsigned long long interrupts, took;
	int64_t begin;
	pid_t pid = st_napper(50 * ST_MS, 1 * ST_MS);
	struct safex_manager_create *m = st_manager_args("freehand");
	struct safex_class_create *c;
	struct st_program *prog;
	struct safex_stat s;
	int cls;

	st_attr(m->attrs, 0, "target", TARGET, SAFEX_APP_READ, 0);
	st_attr(m->attrs, 1, "period", PERIOD, SAFEX_APP_READ, 0);
	st_attr(m->attrs, 2, "seen", -1, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	st_manager(m);
	st_is(st_attach(&prog, "reserve.bpf.o", "manager_ops", m->id), 0,
	      "force: a manager without a contract attaches");
	c = st_class_args(m->id, m);
	c->pidfd = st_pidfd(pid);
	cls = st_class(c);
	close(c->pidfd);
	st_ok(cls > 0, "force: a class without a contract");
	interrupts = st_timer_interrupts();
	begin = st_ns();
	do
		usleep(20000);
	while (!st_stat(SAFEX_KIND_MANAGER, m->id, &s) && s.runs < 20);
	interrupts = st_timer_interrupts() - interrupts;
	took = st_ns() - begin;
	st_ok(interrupts && interrupts / sysconf(_SC_NPROCESSORS_ONLN) <= took / INTERRUPTS_APART,
	      "force: nor is there an interrupt after the other: %llu in %llu ns",
	      interrupts, took);
	st_is(st_reserved(pid), 0, "force: nothing is reserved for it");
	st_kill(pid);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_detach(prog);
}

static bool st_is_answered(void *arg)
{
	return ((const struct safex_page *)arg)->value[2] != -1;
}

/* Its manager wants three times the target, also as its share, slot 3. */
static struct safex_manager_create *st_greedy_manager(struct st_program **prog, int64_t maximum)
{
	struct safex_manager_create *m = st_manager_args("greedy");

	st_attr(m->attrs, 0, "target", TARGET, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", PERIOD, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "told", -1, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "share", TARGET, SAFEX_APP_READ | SAFEX_MGR_WRITE, SAFEX_ROLE_SHARE);
	st_attr(m->attrs, 4, "maximum", maximum, SAFEX_APP_READ, SAFEX_ROLE_MAXIMUM);
	m->n_attrs = 5;
	st_manager(m);
	st_is(st_attach(prog, "reserve.bpf.o", "greedy_ops", m->id), 0,
	      "force: a greedy manager attaches");
	return m;
}

static void st_greedy(pid_t pid)
{
	struct st_program *prog;
	struct safex_manager_create *m = st_greedy_manager(&prog, 2 * TARGET);
	struct safex_page *page;
	struct safex_class_create *c;
	struct safex_record r;
	int cls, fd;

	c = st_class_args(m->id, m);
	c->pidfd = st_pidfd(pid);
	c->attrs[3].value = TARGET + 1;
	st_is(st_class(c), -ERANGE, "force: a share above the target to begin with");
	c->attrs[3].value = TARGET;
	cls = st_class(c);
	close(c->pidfd);
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	if (!st_ok(page != MAP_FAILED, "force: it has a class with a page (%d)", cls))
		return;
	st_ok(st_wait(st_is_answered, page), "force: it asks");
	st_is(page->value[2], -EDQUOT, "force: and is told that it is too much");
	st_ok(st_record(m->id, SAFEX_END_GUARD, &r) && r.code == SAFEX_GUARD_CONTRACT,
	      "force: its share ends at the ceiling: %s", r.message);
	st_is(page->value[3], TARGET, "force: and is what it was");
	st_is(st_reserved(pid), TARGET + TARGET / 100,
	      "force: what was admitted is what is reserved");
	munmap(page, sizeof(*page));
	close(fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_detach(prog);
	st_is(st_count(), 0, "force: nothing is left");
}

static bool st_has_three(void *pid)
{
	return st_reserved(*(pid_t *)pid) == TARGET * 3;
}

/* One that has more than it was promised gives it back to a promise to another. */
static void st_above(const struct st_promise *p, pid_t pid)
{
	pid_t other = st_napper(50 * ST_MS, 1 * ST_MS);
	struct st_program *prog;
	struct safex_manager_create *m = st_greedy_manager(&prog, 4 * TARGET);
	struct safex_class_create *c = st_class_args(m->id, m);
	struct safex_stat s = { 0 };
	int above, cls, was = 0;

	st_ok(st_wait(st_is_given_back, NULL), "force: nothing is reserved");
	st_is(st_rt_runtime(950000 / sysconf(_SC_NPROCESSORS_ONLN), &was), 0,
	      "force: all CPUs have as much as one");
	c->pidfd = st_pidfd(pid);
	above = st_class(c);
	close(c->pidfd);
	st_ok(st_wait(st_has_three, &pid), "force: one has three times its target");
	cls = st_promise_class(p, other, PERIOD * 7 / 10, PERIOD);
	st_ok(cls > 0, "force: another is promised what that has above it (%d)", cls);
	st_is(st_reserved(other), PERIOD * 7 / 10 * 101 / 100, "force: and has it");
	st_is(st_reserved(pid), TARGET + TARGET / 100, "force: the first has its target");
	st_stat(SAFEX_KIND_CLASS, above, &s);
	st_ok(s.contract == SAFEX_CONTRACT_IN_FORCE && !s.reason, "force: and is in force");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_ok(st_wait(st_has_three, &pid), "force: and later has three times that again");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, above);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_detach(prog);
	st_kill(other);
	st_ok(st_wait(st_is_given_back, NULL), "force: all is given back");
	st_is(st_rt_runtime(was, NULL), 0, "force: they have what they had");
}

void st_test_force(void)
{
	pid_t pid = st_napper(50 * ST_MS, 1 * ST_MS);
	struct safex_manager_create *m = st_manager_args("force");
	struct st_promise p = { 0 };

	st_attr(m->attrs, 0, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	m->n_attrs = 3;
	st_ok(st_manager(m) > 0, "force: a manager without a program");
	p.args = *m;
	st_taken(&p, pid);
	st_already(&p);
	st_bound(&p, pid);
	st_too_little(&p, pid);
	st_too_long(&p, pid);
	st_above(&p, pid);
	st_refused(&p, pid, TARGET, 4194304001, -ERANGE,
		   "force: a period that the scheduler does not take");
	st_refused(&p, pid, 9999, PERIOD, -ERANGE,
		   "force: a target that the scheduler does not take");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, p.args.id), 0,
	      "force: that manager goes");
	st_no_contract();
	st_greedy(pid);
	st_kill(pid);
}
