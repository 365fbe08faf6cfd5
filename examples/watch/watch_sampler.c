/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * One round takes some 20 us at 500 MIPS, more when an interrupt comes in
 * between; its deadline is before all others. The period is shorter than a
 * step: a task with a deadline before its period's end that wakes up a little
 * too early is held back until the next period.
 */
#define RUNTIME		80000
#define DEADLINE	1000000
#define PERIOD		(WT_STEP * 9 / 10)
#define STACK		65536	/* locked in memory */

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif

/* sched_setattr(2) in its first form; the C library declares none of it. */
struct reservation {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static pthread_t thread;

int64_t wt_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * WT_NS_PER_S + t.tv_nsec;
}

int64_t wt_own_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * WT_NS_PER_S + t.tv_nsec;
}

void wt_sleep_until(int64_t at)
{
	const struct timespec t = { at / WT_NS_PER_S, at % WT_NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Without the right to a reservation (or where none fits) it is only as good as it can be. */
static void reserve(void)
{
	struct reservation attr = {
		.size = sizeof(attr),
		.policy = SCHED_DEADLINE,
		.runtime = RUNTIME,
		.deadline = DEADLINE,
		.period = PERIOD,
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		fprintf(stderr, "dio-watch: no reservation for the sampler (%s); windows that it "
			"counts may be inexact\n", strerror(errno));
}

/* A process that has ended keeps what it had. */
static int64_t cpu_time(const struct wt_task *task, int64_t before)
{
	struct timespec t;

	if (clock_gettime(task->clock, &t))
		return before;
	return t.tv_sec * WT_NS_PER_S + t.tv_nsec;
}

static void take(const struct wt_run *run, struct wt_sample *s, const struct wt_sample *before)
{
	unsigned int i;

	s->time = wt_now() - run->start;
	for (i = 0; i < run->n_tasks; i++) {
		const struct wt_task *task = &run->tasks[i];

		s->cpu[i] = cpu_time(task, before->cpu[i]);
		s->pieces[i] = task->progress->pieces;
		s->timeslice[i] = task->timeslice ? *task->timeslice : 0;
	}
}

static void *sample(void *arg)
{
	struct wt_run *run = arg;
	size_t i, n = (size_t)run->seconds * WT_PER_S + 1;

	reserve();
	for (i = 0; i < n; i++) {
		wt_sleep_until(run->start + (int64_t)i * WT_STEP);
		take(run, &run->samples[i], &run->samples[i ? i - 1 : 0]);
		atomic_store(&run->n_samples, i + 1);
	}
	return NULL;
}

int wt_sampler_start(struct wt_run *run)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	err = pthread_create(&thread, &attr, sample, run);
	pthread_attr_destroy(&attr);
	if (err)
		fprintf(stderr, "dio-watch: no thread: %s\n", strerror(err));
	return err ? -1 : 0;
}

void wt_sampler_wait(struct wt_run *run)
{
	(void)run;
	pthread_join(thread, NULL);
}
