// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "st.h"

/* A process that takes all the CPU it gets. */
pid_t st_hog(int priority)
{
	struct sched_param param = { .sched_priority = priority };
	pid_t pid = fork();

	if (pid)
		return pid;
	if (sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		asm volatile("");
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

void st_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int st_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}
