// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contracts beside a scheduler of others, which has all ordinary tasks: they are
 * kept, and a process of SCHED_EXT is one again when its contract has ended.  No
 * scheduler comes or goes meanwhile: that calls check_class_changed() for each
 * task, and leaves a balance callback behind where one of SCHED_DEADLINE is
 * queued, which kernels with CONFIG_SCHED_DEBUG warn of (6.12; without safex, too).
 * safex's thread is such a task, also while it is throttled.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "st_promise.h"

#define POLICY_EXT	7	/* SCHED_EXT, of the kernel's headers */
#define SCX_DIR		"/sys/kernel/sched_ext"
#define SCX_TIMEOUT_MS	30000	/* it is thrown out when a task waited so long */
#define PERIOD		(100 * ST_MS)
#define TARGET		(20 * ST_MS)
#define WINDOWS		10

static bool st_scx_is(const char *state)
{
	FILE *f = fopen(SCX_DIR "/state", "re");
	char line[32] = "";

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, state);
}

static bool st_scx_is_off(void *unused)
{
	(void)unused;
	return st_scx_is("disabled");
}

static bool st_is_ext(void *pid)
{
	return sched_getscheduler(*(pid_t *)pid) == POLICY_EXT;
}

static bool st_has_windows(void *cls)
{
	struct safex_stat s = { 0 };

	st_stat(SAFEX_KIND_CLASS, *(int *)cls, &s);
	return s.windows >= WINDOWS;
}

static int st_scx_contract(const struct st_promise *p, pid_t pid)
{
	int cls = st_promise_class(p, pid, TARGET, PERIOD);

	st_ok(cls > 0 && st_wait(st_is_deadline, &pid), "scx: a contract is in force (%d)", cls);
	return cls;
}

static void st_scx_end(int cls, pid_t pid)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_ok(st_wait(st_is_ext, &pid), "scx: afterwards the policy is %d",
	      sched_getscheduler(pid));
}

/* Where CPUs take turns, or with checkers, only that periods are counted. */
static void st_scx_kept(int cls)
{
	struct safex_stat s = { 0 };

	st_ok(st_wait(st_has_windows, &cls), "scx: periods are counted");
	st_stat(SAFEX_KIND_CLASS, cls, &s);
	if (st_figures())
		st_ok(!s.violations, "scx: %llu of %llu periods are missed",
		      (unsigned long long)s.violations, (unsigned long long)s.windows);
}

static void st_scx_beside(const struct st_promise *p)
{
	struct sched_param none = { 0 };
	pid_t pid = st_hog(0), hog = st_hog(0);
	int cls;

	st_is(sched_setscheduler(pid, POLICY_EXT, &none), 0, "scx: a process is SCHED_EXT");
	cls = st_scx_contract(p, pid);
	st_scx_kept(cls);
	st_ok(st_scx_is("enabled"), "scx: the scheduler stays");
	st_scx_end(cls, pid);
	st_kill(pid);
	st_kill(hog);
}

void st_test_scx(void)
{
	struct st_program *scheduler;
	struct st_promise p;

	if (access(SCX_DIR, F_OK)) {
		st_note("scx: this kernel has no schedulers of others");
		return;
	}
	st_promise_begin(&p, "scx", 10 * ST_MS, 50 * ST_US);
	st_ok(st_wait(st_thread_sleeps, NULL), "scx: safex's thread sleeps");
	if (st_is(st_attach(&scheduler, "scx.bpf.o", "scx_ops", SCX_TIMEOUT_MS), 0,
		  "scx: a scheduler is there"))
		st_scx_beside(&p);
	st_ok(st_wait(st_thread_sleeps, NULL), "scx: safex's thread sleeps again");
	st_detach(scheduler);
	st_ok(st_wait(st_scx_is_off, NULL), "scx: the scheduler goes");
	st_promise_end(&p, "scx");
}
