/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test that links this lives in virtual time: the clock stands still while
 * code runs, and jumps to the next timer when there is nothing else to do.  A
 * test of timeouts takes no time then, and ends the same on a busy machine.
 *
 * The program's own symbols come before libc's, for libevent too. It is for
 * tests of one thread that wait for nothing outside of themselves: what another
 * process or thread sends would always come too late.
 */
#include "dio_virtual_time.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL

static long long now_ns = NS_PER_S;
long long dio_wall_step_ns;

int clock_gettime(clockid_t clock, struct timespec *out)
{
	long long ns = now_ns + (clock == CLOCK_REALTIME ? dio_wall_step_ns : 0);

	*out = (struct timespec){ ns / NS_PER_S, ns % NS_PER_S };
	return 0;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	long n = syscall(SYS_epoll_wait, fd, events, max, timeout < 0 ? -1 : 0);

	if (!n && timeout > 0)
		now_ns += timeout * NS_PER_MS;
	return (int)n;
}
