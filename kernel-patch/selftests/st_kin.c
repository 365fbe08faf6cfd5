// SPDX-License-Identifier: GPL-2.0-only
/*
 * What belongs to a process with a contract: the contract is its main thread's
 * alone.  Children and threads are ordinary, and while it is in force no thread
 * may be bound to a CPU.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "st_promise.h"

#define TARGET	(20 * ST_MS)
#define PERIOD	(100 * ST_MS)

/* As the process itself sees it. */
struct st_kin {
	int itself, child, thread, after_exec;	/* policies, -1: it could not be asked */
	int bound;				/* what binding to a CPU says, -errno */
	int rr;					/* what giving itself SCHED_RR says, -errno */
};

static int st_child_policy(bool executes)
{
	int status;
	pid_t pid = fork();

	if (!pid && executes)
		execl("/proc/self/exe", "safex-selftest", "policy", NULL);
	if (!pid)
		_exit(sched_getscheduler(0));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : -1;
}

static void *st_thread_tells(void *policy)
{
	*(int *)policy = sched_getscheduler((pid_t)syscall(SYS_gettid));
	return NULL;
}

static int st_thread_policy(void)
{
	pthread_t thread;
	int policy = -1;

	if (!pthread_create(&thread, NULL, st_thread_tells, &policy))
		pthread_join(thread, NULL);
	return policy;
}

static int st_bind(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

static int st_becomes_rr(void)
{
	struct sched_param first = { .sched_priority = 1 };

	return sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first) ? -errno : 0;
}

/* Looks around when it is told to, says what it has seen, and lives on. */
static _Noreturn void st_look(int go, int seen)
{
	struct st_kin k;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &c, 1) != 1)
		_exit(1);
	k.itself = sched_getscheduler(0);
	k.child = st_child_policy(false);
	k.after_exec = st_child_policy(true);
	k.thread = st_thread_policy();
	k.bound = st_bind();
	k.rr = st_becomes_rr();
	if (write(seen, &k, sizeof(k)) != sizeof(k))
		_exit(1);
	for (;;)
		pause();
}

/* Its contract, for another policy. */
static bool st_is_lost_to_policy(void *cls)
{
	struct safex_stat s = { 0 };

	st_stat(SAFEX_KIND_CLASS, *(int *)cls, &s);
	return s.contract == SAFEX_CONTRACT_LOST && s.reason == -ECANCELED;
}

static void st_kin_judge(const struct st_kin *k)
{
	bool several = sysconf(_SC_NPROCESSORS_ONLN) > 1;

	st_is(k->itself & ~SCHED_RESET_ON_FORK, ST_POLICY_DEADLINE,
	      "kin: the main thread has the reservation");
	st_is(k->child, SCHED_OTHER, "kin: a child has none");
	st_is(k->after_exec, SCHED_OTHER, "kin: nor has a program that it starts");
	st_is(k->thread, SCHED_OTHER, "kin: nor has a thread");
	st_is(k->bound, several ? -EBUSY : 0, "kin: it can't be bound to one of several CPUs");
	st_is(k->rr, 0, "kin: it may give itself another policy");
}

void st_test_kin(void)
{
	struct st_promise p;
	struct st_kin k = { .itself = -1 };
	int go[2], seen[2], cls;
	pid_t pid;

	if (pipe(go) || pipe(seen))
		return;
	pid = fork();
	if (!pid)
		st_look(go[0], seen[1]);
	st_promise_begin(&p, "kin", 10 * ST_MS, 50 * ST_US);
	cls = st_promise_class(&p, pid, TARGET, PERIOD);
	st_ok(cls > 0 && st_wait(st_is_deadline, &pid), "kin: a contract is in force");
	st_ok(write(go[1], "", 1) == 1 && read(seen[0], &k, sizeof(k)) == sizeof(k),
	      "kin: the process looks around");
	st_kin_judge(&k);
	st_ok(st_wait(st_is_lost_to_policy, &cls), "kin: then its contract is lost, and says so");
	st_is(sched_getscheduler(pid), SCHED_RR | SCHED_RESET_ON_FORK, "kin: the policy stays its own");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_is(sched_getscheduler(pid), SCHED_RR | SCHED_RESET_ON_FORK, "kin: also afterwards");
	st_promise_end(&p, "kin");
	st_kill(pid);
	close(go[0]);
	close(go[1]);
	close(seen[0]);
	close(seen[1]);
}
