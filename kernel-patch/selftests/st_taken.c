// SPDX-License-Identifier: GPL-2.0-only
/*
 * A monitor of one class takes much time while the process of another has its
 * turn.  Where the kernel charges that to the process, it is not counted as
 * service, and the periods in which the contract was not kept for it are missed;
 * where it does not, nothing changes.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "dio_spin.h"
#include "st_promise.h"

#define PERIOD	(100 * ST_MS)
#define TARGET	(20 * ST_MS)
#define SECONDS	2
#define BUDGET	(900 * ST_US)	/* of the monitor, in 10 ms */

/* What the process has done in a time, and what the kernel says that took. */
struct st_work {
	uint64_t spins, used, windows, violations;
};

static volatile uint64_t *st_spins;

static pid_t st_worker(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		dio_spin();
		++*st_spins;
	}
}

static struct st_work st_now(int cls)
{
	struct st_work w = { .spins = *st_spins };
	struct safex_stat s = { 0 };

	st_stat(SAFEX_KIND_CLASS, cls, &s);
	w.used = s.cpu_used;
	w.windows = s.windows;
	w.violations = s.violations;
	return w;
}

static struct st_work st_observe(int cls)
{
	struct timespec t = { .tv_sec = SECONDS };
	struct st_work begin = st_now(cls), end;

	nanosleep(&t, NULL);
	end = st_now(cls);
	return (struct st_work){
		.spins = end.spins - begin.spins, .used = end.used - begin.used,
		.windows = end.windows - begin.windows,
		.violations = end.violations - begin.violations,
	};
}

static void st_judge(struct st_work alone, struct st_work beside)
{
	double honest = (double)beside.used / beside.spins * alone.spins / alone.used;
	double least = (double)TARGET / PERIOD * SECONDS * ST_S;

	st_ok(!alone.violations && alone.windows > 10, "taken: the contract is kept alone");
	st_ok(honest > 0.99 && honest < 1.01,
	      "taken: what others took is no service: %.3f ns said for 1 ns", honest);
	if (st_features() & SAFEX_FEATURE_IRQ_APART)
		st_ok(!beside.violations, "taken: nothing is taken from it");
	else
		st_ok(beside.used >= least || beside.violations > 10,
		      "taken: %llu of %llu periods are missed",
		      (unsigned long long)beside.violations,
		      (unsigned long long)beside.windows);
}

/* Its time is the manager's who is named so, and none of the process. */
static int st_taker(struct safex_manager_create *m, struct st_program **program, int *cls)
{
	int monitor;

	*m = *st_manager_args("taker");
	m->budget = ST_US;
	st_attr(m->attrs, 0, "a", 0, SAFEX_EXT_READ, 0);
	m->n_attrs = 1;
	st_ok(st_manager(m) > 0, "taken: there is another manager");
	*cls = st_class(st_class_args(m->id, m));
	monitor = st_monitor(*cls, BUDGET, 1, 0);
	st_ok(monitor > 0, "taken: with a monitor (%d)", monitor);
	st_is(st_attach(program, "taken.bpf.o", "monitor_ops", monitor), 0,
	      "taken: which attaches");
	return monitor;
}

static void st_takes(int cls, struct st_work alone)
{
	struct safex_manager_create m;
	struct st_program *program;
	struct safex_stat s = { 0 };
	int other, monitor = st_taker(&m, &program, &other);

	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, monitor);
	st_judge(alone, st_observe(cls));
	st_stat(SAFEX_KIND_MONITOR, monitor, &s);
	st_ok(s.runs > 100 && s.time_sum / s.runs > 200 * ST_US,
	      "taken: the monitor took %llu ns each time",
	      s.runs ? (unsigned long long)(s.time_sum / s.runs) : 0);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, monitor);
	st_detach(program);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, other);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m.id);
}

void st_test_taken(void)
{
	struct st_promise p;
	pid_t pid, hog;
	int cls;

	st_spins = mmap(NULL, sizeof(*st_spins), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!st_ok(st_spins != MAP_FAILED, "taken: there is memory"))
		return;
	pid = st_worker();
	hog = st_hog(0);
	st_promise_begin(&p, "taken", 10 * ST_MS, 50 * ST_US);
	cls = st_promise_class(&p, pid, TARGET, PERIOD);
	st_ok(cls > 0 && st_wait(st_is_deadline, &pid), "taken: a contract is in force");
	st_takes(cls, st_observe(cls));
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_promise_end(&p, "taken");
	st_kill(pid);
	st_kill(hog);
	munmap((void *)st_spins, sizeof(*st_spins));
}
