// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: hrtick_lost [SECONDS]
 *
 * A deadline task of 20 ms in 100 ms that never sleeps looks at the clock all
 * the time: where the clock jumps it was throttled, and what it has run since
 * the jump before is what it was given.  With HRTICK and HRTICK_DL that is its
 * runtime; exit code 1 if it was ever 0.5 ms more, 2 if it could not be tried.
 * On one CPU, with nudge.ko loaded and without.
 */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif
#define NS_PER_S	1000000000ll
#define NS_PER_MS	1000000ll
#define RUNTIME		(20 * NS_PER_MS)
#define PERIOD		(100 * NS_PER_MS)
#define JUMP		(10 * NS_PER_MS)	/* far more than any interrupt takes */
#define SLACK		(NS_PER_MS / 2)

/* As sched_setattr(2) takes it; not every libc has it. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t	 nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t until_throttled(void)
{
	int64_t begin = now(CLOCK_THREAD_CPUTIME_ID), last = now(CLOCK_MONOTONIC), at;

	for (;;) {
		at = now(CLOCK_MONOTONIC);
		if (at - last > JUMP)
			return now(CLOCK_THREAD_CPUTIME_ID) - begin;
		last = at;
	}
}

int main(int argc, char **argv)
{
	struct attr a = { .size = sizeof(a), .policy = SCHED_DEADLINE, .runtime = RUNTIME,
			  .deadline = PERIOD, .period = PERIOD };
	int periods = (argc > 1 ? atoi(argv[1]) : 10) * (int)(NS_PER_S / PERIOD), more = 0;
	int64_t ran, most = 0;

	if (syscall(SYS_sched_setattr, 0, &a, 0)) {
		perror("sched_setattr");
		return 2;
	}
	until_throttled();
	for (int i = 0; i < periods; i++) {
		ran = until_throttled();
		most = ran > most ? ran : most;
		more += ran > RUNTIME + SLACK;
	}
	printf("%d periods of 20 ms: %d had more, at most %.3f ms\n", periods, more,
	       (double)most / NS_PER_MS);
	return more > 0;
}
