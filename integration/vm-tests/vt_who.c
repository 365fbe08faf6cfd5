/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose contract it is: of a process in a pid namespace of its own, of a
 * daemon that works for a user, of a set-user-ID program, of a thread.
 */
#include "dio_spin.h"
#include "vt.h"

#include <dio_error.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE	6	/* SCHED_DEADLINE, which no header of libc names */
#define NO_FLAGS	0xff	/* SCHED_RESET_ON_FORK is one */

/* What a process was told about its call, and that it runs on until its end. */
struct told {
	int result, code;
	char text[1000];
};

static struct told told;
static pid_t outer;		/* parent of the process that was started */

static int class_for(pid_t pid)
{
	DOptions_t o = { .size = sizeof(o), .pid = pid };
	DAttr_t attrs[] = { { .name = "target_cpu", .value = 20 * VT_MS },
			    { .name = "period", .value = 100 * VT_MS }, { .name = NULL } };
	DClass_descr_t cd = DinitApp();

	return cd ? DxCreateAttrClass(cd, "cpu", attrs, &o) : -1;
}

static void speak(int fd, int (*call)(void))
{
	struct told t = { .result = call() };

	t.code = t.result ? DError() : 0;
	snprintf(t.text, sizeof(t.text), "%s", t.result ? DErrorText() : "");
	if (write(fd, &t, sizeof(t)) != sizeof(t))
		_exit(1);
	dio_spin_forever();	/* a contract is seen by a task that wants to run */
}

/* As a container's first process, whose number is 1, if inside. */
static pid_t start(bool inside, int (*call)(void))
{
	int p[2], q[2];
	pid_t pid = -1;

	if (pipe(p) || pipe(q))
		return -1;
	outer = fork();
	if (!outer) {
		if (inside && unshare(CLONE_NEWPID))
			_exit(1);
		pid = fork();
		if (!pid)
			speak(p[1], call);
		if (write(q[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		_exit(waitpid(pid, NULL, 0) != pid);
	}
	close(p[1]);
	close(q[1]);
	memset(&told, 0, sizeof(told));
	if (read(q[0], &pid, sizeof(pid)) != sizeof(pid) ||
	    read(p[0], &told, sizeof(told)) != sizeof(told))
		told.result = told.code = -1;
	close(p[0]);
	close(q[0]);
	return pid;
}

static int own(void)		{ return class_for(0); }
static int nice_value;

/* As root, who may. */
static int own_nice(void)
{
	return nice(nice_value) < 0 ? -1 : own();
}

static int second(void)		{ return class_for(2); }

static int policy_of(pid_t pid)
{
	return sched_getscheduler(pid) & NO_FLAGS;
}

static bool is_deadline(void *arg)
{
	return policy_of(*(pid_t *)arg) == DEADLINE;
}

static void end(pid_t pid)
{
	if (pid > 0)
		kill(pid, SIGKILL);
	waitpid(outer, NULL, 0);
}

/* The process itself runs under its contract, and the host's process 1 does not. */
static void judge_own(const char *name, bool inside, int (*call)(void))
{
	pid_t pid = start(inside, call);
	bool reserved = !told.result && vt_wait(is_deadline, &pid);

	vt_result(reserved && policy_of(1) != DEADLINE, name,
		  "error %d: %s; policy of it %d, of process 1 %d", told.code, told.text,
		  policy_of(pid), policy_of(1));
	end(pid);
}

static void judge_refused(const char *name, bool inside, int (*call)(void), int code,
			  const char *part)
{
	pid_t pid = start(inside, call);

	vt_result(told.result && told.code == code && strstr(told.text, part), name,
		  "%d, error %d, not %d: %s", told.result, told.code, code, told.text);
	end(pid);
}

/* A daemon of root that works for alice. */
static int for_alice(void)
{
	return setresuid(0, VT_ALICE, 0) ? -1 : own();
}

/* Alice's set-user-ID program of bob, at a moment when it acts as alice. */
static int set_user_id(void)
{
	return setresuid(VT_ALICE, VT_ALICE, VT_BOB) ? -1 : own();
}

static void *waits(void *arg)
{
	*(volatile pid_t *)arg = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static int thread(void)
{
	volatile pid_t tid = 0;
	pthread_t t;

	if (pthread_create(&t, NULL, waits, (void *)&tid))
		return -1;
	while (!tid)
		sched_yield();
	return class_for(tid);
}

static int alice(void)
{
	if (nice_value && nice(nice_value) < 0)
		return -1;
	return setresuid(VT_ALICE, VT_ALICE, VT_ALICE) ? -1 : own();
}

/* Where /proc hides processes from safexd or shows them to its group; within and beyond limits. */
static int vt_who_where(const char *how)
{
	if (!strcmp(how, "quota")) {
		judge_refused("not-beyond-a-cgroups-quota", false, alice, DIO_E_DENIED, "cpu.max");
		judge_refused("nor-for-root-in-it", true, own, DIO_E_DENIED, "cpu.max");
	} else if (!strcmp(how, "nice")) {
		nice_value = 10;
		judge_refused("not-beyond-a-nice-value", false, alice, DIO_E_DENIED, "nice value 10");
		judge_own("but-for-root", false, own_nice);
	} else if (!strcmp(how, "beyond")) {
		nice_value = 10;
		judge_own("beyond-limits-where-the-operator-allows-it", false, alice);
	} else if (!strcmp(how, "hidden")) {
		judge_refused("root-where-proc-hides-processes", false, own, DIO_E_DENIED, "hidepid");
		judge_refused("a-user-where-proc-hides-processes", false, alice, DIO_E_DENIED, "hidepid");
	} else {
		judge_own("a-user-whom-safexds-group-may-see", false, alice);
	}
	return !vt_all_ok();
}

int vt_who(int argc, char **argv)
{
	if (argc > 0)
		return vt_who_where(argv[0]);
	judge_own("a-containers-process-has-its-own-contract", true, own);
	judge_refused("a-containers-number-is-no-hosts", true, second, DIO_E_INVALID, "pid namespace");
	judge_own("a-process-without-a-container", false, own);
	judge_own("a-daemon-that-works-for-a-user", false, for_alice);
	judge_refused("a-set-user-id-program", false, set_user_id, DIO_E_DENIED, "set-user-ID");
	judge_refused("a-thread-for-a-process", false, thread, DIO_E_INVALID, "thread");
	return !vt_all_ok();
}
