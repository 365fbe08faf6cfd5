// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contracts of processes that sleep: the periods in which they were refused what
 * they wanted are missed, and those in which they wanted no more are kept.  What
 * a process gives away itself was not refused.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "dio_spin.h"
#include "st_bandwidth.h"
#include "st_promise.h"

#define PERIOD		(100 * ST_MS)
#define TARGET		(20 * ST_MS)
#define JOB		(15 * ST_MS)	/* of CPU, in each period */
#define JOBS		12

/* What the process itself has seen. */
struct st_jobs {
	volatile int done, late;
};

static int64_t st_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * ST_S + t.tv_nsec;
}

/* A job is late when it ends after the next one should have begun. */
static void st_job(struct st_jobs *jobs, int64_t begin)
{
	int64_t until = st_now(CLOCK_PROCESS_CPUTIME_ID) + JOB;

	while (st_now(CLOCK_PROCESS_CPUTIME_ID) < until)
		dio_spin();
	jobs->late += st_now(CLOCK_MONOTONIC) > begin + PERIOD;
	jobs->done++;
}

/* A job that is late is followed by the next one in time. */
static pid_t st_periodic(struct st_jobs *jobs)
{
	int64_t begin = st_now(CLOCK_MONOTONIC);
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct timespec t;

		while (begin < st_now(CLOCK_MONOTONIC))
			begin += PERIOD;
		t.tv_sec = begin / ST_S;
		t.tv_nsec = begin % ST_S;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		st_job(jobs, begin);
	}
}

static pid_t st_yielder(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		dio_spin();
		sched_yield();
	}
}

/* Nearly all of the CPU, and always before others: nothing bounds it. */
static pid_t st_greedy(void)
{
	pid_t pid = st_hog(0);
	int ret = st_deadline(pid, ST_MS * 95 / 100, ST_MS);

	if (ret) {
		st_note("the greedy process: %d", ret);
		st_kill(pid);
		return -1;
	}
	return pid;
}

static bool st_are_done(void *jobs)
{
	return ((struct st_jobs *)jobs)->done >= JOBS;
}

static struct safex_stat st_class_stat(int cls)
{
	struct safex_stat s = { 0 };

	st_stat(SAFEX_KIND_CLASS, cls, &s);
	return s;
}

/* Beside a hog, which must not matter. */
static void st_kept(const struct st_promise *p, struct st_jobs *jobs)
{
	pid_t hog = st_hog(0), pid = st_periodic(jobs);
	int cls = st_promise_class(p, pid, TARGET, PERIOD);
	struct safex_stat s;

	st_ok(st_wait(st_are_done, jobs), "sleeps: jobs are done");
	s = st_class_stat(cls);
	st_is(jobs->late, 0, "sleeps: none of them is late");
	st_ok(s.windows > JOBS / 2, "sleeps: %llu periods are judged", s.windows);
	st_is(s.violations, 0, "sleeps: none of them is missed");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(pid);
	st_kill(hog);
}

/* With the scheduler's limit off, another one takes what was promised. */
static void st_refused(const struct st_promise *p, struct st_jobs *jobs)
{
	pid_t pid = st_periodic(jobs), greedy;
	struct safex_stat s;
	int cls;

	st_ok(st_wait(st_is_given_back, NULL), "sleeps: nothing is reserved");
	cls = st_promise_class(p, pid, TARGET, PERIOD);
	*jobs = (struct st_jobs){ 0 };
	st_is(st_rt_runtime(-1, NULL), 0, "sleeps: the scheduler admits everything");
	greedy = st_greedy();
	st_ok(greedy > 0 && st_wait(st_are_done, jobs), "sleeps: jobs are done late");
	s = st_class_stat(cls);
	st_ok(jobs->late > JOBS / 2, "sleeps: %d of them are late", jobs->late);
	st_ok((int)s.violations >= jobs->late, "sleeps: %llu of %llu periods are missed",
	      s.violations, s.windows);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(greedy);
	st_kill(pid);
	st_ok(st_wait(st_is_given_back, NULL), "sleeps: what they had is given back");
	st_is(st_rt_runtime(1000000, NULL), 0, "sleeps: the scheduler's limit is back");
}

static void st_gives_away(const struct st_promise *p)
{
	struct timespec t = { .tv_sec = 2 };
	pid_t hog = st_hog(0), pid = st_yielder();
	int cls = st_promise_class(p, pid, TARGET, PERIOD);
	struct safex_stat s;

	nanosleep(&t, NULL);
	s = st_class_stat(cls);
	st_ok(s.cpu_used < 2 * TARGET, "yields: gives away nearly all: %llu ns used",
	      s.cpu_used);
	st_ok(s.windows > 10, "yields: %llu periods are judged", s.windows);
	st_is(s.violations, 0, "yields: none of them is missed");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(pid);
	st_kill(hog);
}

void st_test_sleeps(void)
{
	struct st_jobs *jobs = mmap(NULL, sizeof(*jobs), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct st_promise p;

	if (!st_ok(jobs != MAP_FAILED, "sleeps: there is memory"))
		return;
	st_promise_begin(&p, "sleeps", 10 * ST_MS, 50 * ST_US);
	st_kept(&p, jobs);
	st_refused(&p, jobs);
	st_gives_away(&p);
	st_promise_end(&p, "sleeps");
	munmap(jobs, sizeof(*jobs));
}
