// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: dl_bw_leak [ROUNDS]
 *
 * A process that sleeps gets a deadline reservation, and its old policy back
 * when its 0-lag time has passed.  Then the root domain must promise as much as
 * before; exit code 1 if it does not, 2 if it could not be tried.
 */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif
#define NS_PER_MS	1000000ull
#define DEBUG		"/sys/kernel/debug/sched/debug"

/* As sched_setattr(2) takes it; not every libc has it. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t	 nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set(pid_t pid, uint32_t policy, uint64_t runtime, uint64_t period)
{
	struct attr a = { .size = sizeof(a), .policy = policy, .runtime = runtime,
			  .deadline = period, .period = period };

	return syscall(SYS_sched_setattr, pid, &a, 0);
}

/* Of the first root domain, as the scheduler counts: 1 << 20 is a CPU. */
static long long total_bw(void)
{
	FILE *f = fopen(DEBUG, "r");
	long long value = -1;
	char line[256], *at;

	while (f && value < 0 && fgets(line, sizeof(line), f)) {
		at = strstr(line, "dl_bw->total_bw");
		if (at)
			sscanf(at, "%*s : %lld", &value);
	}
	if (f)
		fclose(f);
	return value;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int try_once(void)
{
	/* Ten periods: the inactive timer has fired after one. */
	const struct timespec t = { .tv_sec = 1 };
	pid_t pid = sleeper();
	int failed;

	nanosleep(&t, NULL);
	failed = set(pid, SCHED_DEADLINE, 30 * NS_PER_MS, 100 * NS_PER_MS);
	nanosleep(&t, NULL);
	failed = failed ? failed : set(pid, SCHED_OTHER, 0, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	nanosleep(&t, NULL);
	if (failed)
		perror("sched_setattr");
	return failed;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	long long before = total_bw(), after;

	if (before < 0) {
		fprintf(stderr, "no total_bw in %s: run as root, with debugfs and SCHED_DEBUG\n",
			DEBUG);
		return 2;
	}
	while (rounds-- > 0)
		if (try_once())
			return 2;
	after = total_bw();
	printf("total_bw %lld before, %lld after: %s\n", before, after,
	       before == after ? "all given back" : "LOST");
	return before != after;
}
