// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
