// SPDX-License-Identifier: GPL-2.0-only
/*
 * The paper's three contracts (20 of 100, 30 of 100, 80 of 200 ms) for
 * processes that take all the CPU they get, under a manager that changes each
 * reservation every period, with or without a SCHED_FIFO 96 disturbance that
 * takes every cycle.
 */
#include <sched.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

#define HOGS	3
#define FIFO	96

static const struct { int64_t target, period; } st_contract[HOGS] = {
	{ 20 * ST_MS, 100 * ST_MS },
	{ 30 * ST_MS, 100 * ST_MS },
	{ 80 * ST_MS, 200 * ST_MS },
};

static int st_reserve_manager(struct safex_manager_create *m)
{
	st_attr(m->attrs, 0, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", 0, SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	return st_manager(m);
}

static int st_reserve_class(const struct safex_manager_create *m, int i,
			    pid_t pid)
{
	struct safex_class_create *c = st_class_args(m->id, m);

	c->pidfd = st_pidfd(pid);
	c->cd = i + 1;
	c->attrs[0].value = st_contract[i].target;
	c->attrs[1].value = st_contract[i].period;
	c->attrs[2].value = -1;
	c->attrs[3].value = INT64_MAX;
	st_class(c);
	close(c->pidfd);
	return c->id;
}

static int64_t st_least(int cls)
{
	int fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, cls);
	struct safex_page *page = mmap(NULL, sizeof(*page), PROT_READ,
				       MAP_SHARED, fd, 0);
	int64_t least = page == MAP_FAILED ? -1 : page->value[3];

	close(fd);
	munmap(page, sizeof(*page));
	return least;
}

static void st_reserve_report(int i, int cls, pid_t pid)
{
	struct safex_record r;
	struct safex_stat s;

	st_stat(SAFEX_KIND_CLASS, cls, &s);
	st_note("%lld/%lld ms: %llu windows, %llu violations, least %.3f ms, cpu %.3f s",
		(long long)(st_contract[i].target / ST_MS),
		(long long)(st_contract[i].period / ST_MS), s.windows,
		s.violations, st_least(cls) / 1e6, s.cpu_used / 1e9);
	if (!s.windows && st_record(s.manager, SAFEX_END_FAULT, &r))
		st_note("record: %s", r.message);
	st_ok(s.windows > 20, "reserve: contract %d has its periods judged", i);
	if (st_features() & SAFEX_FEATURE_DL_DIRECT)
		st_ok(!s.violations, "reserve: contract %d is kept in all", i);
	else
		st_ok(s.violations * 100 <= s.windows,
		      "reserve: contract %d is kept in 99 %% of them", i);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_is(sched_getscheduler(pid), SCHED_OTHER,
	      "reserve: the process has its policy back");
}

/* Once per period it changes a reservation: the longest runs do. */
static void st_reserve_cost(int manager)
{
	struct safex_stat s;

	if (!st_stat(SAFEX_KIND_MANAGER, manager, &s) && s.runs)
		st_note("manager: %llu runs, mean %llu ns, most %llu ns", s.runs,
			s.time_sum / s.runs, s.time_max);
}

static pid_t st_disturb(enum st_disturbance disturbance)
{
	if (disturbance == ST_BURSTS)
		return st_bursts(FIFO);
	return disturbance == ST_ALWAYS ? st_hog(FIFO) : 0;
}

/* By now each process has its first reservation; the rest are changes. */
static void st_reserve_run(int seconds)
{
	struct timespec first = { .tv_sec = 1 }, rest = { .tv_sec = seconds - 1 };
	int switches;

	nanosleep(&first, NULL);
	switches = st_thread_switches();
	st_ok(switches > 0, "reserve: the thread made the first ones");
	nanosleep(&rest, NULL);
	switches = st_thread_switches() - switches;
	st_note("the thread ran %d times in %d s", switches, seconds - 1);
	if (st_features() & SAFEX_FEATURE_DL_DIRECT)
		st_is(switches, 0, "reserve: changes need no thread");
	else
		st_ok(switches > 0, "reserve: the thread makes the changes");
}

void st_test_reserve(int seconds, enum st_disturbance disturbance)
{
	struct sched_param above = { .sched_priority = FIFO + 1 };
	struct safex_manager_create *m = st_manager_args("reserve");
	struct st_program *prog;
	int i, cls[HOGS];
	pid_t pid[HOGS], fifo;

	sched_setscheduler(0, SCHED_FIFO, &above);
	st_ok(st_reserve_manager(m) > 0, "reserve: manager is created");
	st_is(st_attach(&prog, "reserve.bpf.o", "manager_ops", m->id), 0,
	      "reserve: manager attaches");
	for (i = 0; i < HOGS; i++) {
		pid[i] = st_hog(0);
		cls[i] = st_reserve_class(m, i, pid[i]);
		st_ok(cls[i] > 0, "reserve: class %d is admitted", i);
	}
	fifo = st_disturb(disturbance);
	st_reserve_run(seconds);
	st_reserve_cost(m->id);
	for (i = 0; i < HOGS; i++)
		st_reserve_report(i, cls[i], pid[i]);
	if (fifo)
		st_kill(fifo);
	for (i = 0; i < HOGS; i++)
		st_kill(pid[i]);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id), 0,
	      "reserve: manager goes");
	st_detach(prog);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
}
