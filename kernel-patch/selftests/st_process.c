// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "dio_spin.h"
#include "st.h"

/*
 * A child with this priority, in which 0 is returned.  In the parent only when
 * the child has its policy: one that was given it later would undo what safex
 * does, and what safex remembers would be ours.
 */
static pid_t st_fork(int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid) {
		close(ready[1]);
		if (read(ready[0], &c, 1) != 1)
			pid = -1;
		close(ready[0]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param) ||
	    write(ready[1], "", 1) != 1)
		_exit(1);
	close(ready[0]);
	close(ready[1]);
	return 0;
}

/* A process that takes all the CPU it gets. */
pid_t st_hog(int priority)
{
	pid_t pid = st_fork(priority);

	if (pid)
		return pid;
	dio_spin_forever();
}

static void st_nap(int64_t ns)
{
	struct timespec t = { .tv_nsec = ns };

	nanosleep(&t, NULL);
}

/* Sleeps, wants the CPU for a while, sleeps: no phase stays as it is. */
pid_t st_napper(int64_t sleep, int64_t cpu)
{
	struct timespec from, now;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		st_nap(sleep);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
		while ((now.tv_sec - from.tv_sec) * ST_S +
		       now.tv_nsec - from.tv_nsec < cpu);
	}
}

static void st_sleep_until(int seconds)
{
	struct timespec t = { .tv_sec = seconds };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void st_burn_until(int seconds)
{
	struct timespec t;

	do {
		dio_spin();
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (t.tv_sec < seconds);
}

pid_t st_bursts(int priority)
{
	pid_t pid = st_fork(priority);
	struct timespec now;

	if (pid)
		return pid;
	clock_gettime(CLOCK_MONOTONIC, &now);
	st_sleep_until(now.tv_sec + 2);
	st_burn_until(now.tv_sec + 5);
	st_sleep_until(now.tv_sec + 15);
	st_burn_until(now.tv_sec + 18);
	for (;;)
		pause();
}

void st_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int st_deadline(pid_t pid, int64_t runtime, int64_t period)
{
	struct st_sched_attr a = { .size = sizeof(a), .policy = ST_POLICY_DEADLINE, .runtime = runtime,
				   .deadline = period, .period = period };

	return syscall(SYS_sched_setattr, pid, &a, 0) ? -errno : 0;
}

int st_rt_runtime(int us, int *was)
{
	FILE *f = fopen("/proc/sys/kernel/sched_rt_runtime_us", "r+e");

	if (!f)
		return -errno;
	if (was && fscanf(f, "%d", was) != 1) {
		fclose(f);
		return -EIO;
	}
	rewind(f);
	fprintf(f, "%d", us);
	return fclose(f) ? -errno : 0;
}

int st_usual(pid_t pid, int nice, int64_t slice)
{
	struct st_sched_attr a = { .size = sizeof(a), .nice = nice, .runtime = slice };

	return syscall(SYS_sched_setattr, pid, &a, 0) ? -errno : 0;
}

int64_t st_slice(pid_t pid)
{
	struct st_sched_attr a = { 0 };

	return syscall(SYS_sched_getattr, pid, &a, sizeof(a), 0) ? -errno : (int64_t)a.runtime;
}

int st_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}
