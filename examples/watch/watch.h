/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dio-watch: conducts a run of example applications and measures it, in the
 * same way with Dionisys and without.
 *
 * Two threads. The sampler reads every application's CPU time 100 times a
 * second, from a small reservation, because nothing below a reservation is on
 * time while reserved applications run. All else (nameserver, printing)
 * happens in the main thread, which may be late.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <dionisys.h>
#include "ex_progress.h"

#define WT_TASKS_MAX	6
#define WT_STEP		INT64_C(10000000)	/* ns between samples */
#define WT_NS_PER_S	INT64_C(1000000000)
#define WT_PER_S	((size_t)(WT_NS_PER_S / WT_STEP))
#define WT_EXTENSIONS	32

struct wt_count {
	uint64_t windows, missed;
};

/* One application, or a disturbance: that has no target. */
struct wt_task {
	const struct ex_progress *progress;
	clockid_t clock;			/* of its CPU time */
	const volatile int64_t *timeslice;	/* NULL: no contract */
	const volatile int64_t *violations;	/* counted in the kernel */
	int64_t violations_before;
	struct wt_count counted, before;	/* by the nameserver */
};

struct wt_sample {
	int64_t time;				/* ns since the start */
	int64_t cpu[WT_TASKS_MAX];		/* ns, all its life */
	int64_t timeslice[WT_TASKS_MAX];
	uint64_t pieces[WT_TASKS_MAX];
};

struct wt_run {
	struct wt_task tasks[WT_TASKS_MAX];
	unsigned int n_tasks;
	bool dionisys;				/* some application has a contract */
	int seconds;
	const char *manager;
	int64_t start;				/* ns of CLOCK_MONOTONIC */
	struct wt_sample *samples;		/* seconds * WT_PER_S + 1 */
	_Atomic size_t n_samples;		/* so many are complete */
	int64_t own_before;			/* ns of CPU time of dio-watch at the start */
	DEntry_t extensions[WT_EXTENSIONS];	/* and managers, when last asked */
	size_t n_extensions;
};

/* watch_sampler.c: 0 or -1 with a message; the thread ends by itself. */
int wt_sampler_start(struct wt_run *run);
void wt_sampler_wait(struct wt_run *run);
void wt_sleep_until(int64_t at);
int64_t wt_now(void);
int64_t wt_own_cpu(void);	/* ns */

/*
 * watch_judge.c: the request periods that lie in samples 0..n-1, from `phase`
 * (ns after the start) on, if they were measured on time; missed: with less
 * than permille of the target.
 */
struct wt_count wt_judge(const struct wt_run *run, unsigned int task, size_t n, int64_t phase,
			 unsigned int permille);

/* watch_kernel.c: what Dionisys itself counts. */
int wt_kernel_attach(struct wt_run *run);	/* 0 or -1 with a message */
/* Of the periods since the start, missed; no daemon is asked. */
uint64_t wt_kernel_missed(const struct wt_task *task);
/* Asks the nameserver for what safex has counted. 0 or -1: DErrorText() says why. */
int wt_kernel_refresh(struct wt_run *run);
/* Of the periods since the start that safex judged, when last asked. */
struct wt_count wt_kernel_count(const struct wt_task *task);
const char *wt_owner(const struct wt_run *run, const DEntry_t *entry);

/* watch_table.c: second s is complete. */
void wt_table_second(struct wt_run *run, int s, bool terminal);
void wt_table_end(const struct wt_run *run);
double wt_share(const struct wt_run *run, unsigned int task, size_t from, size_t to);

/* watch_csv.c: cpu.csv, summary.csv and extensions.csv. 0 or -1 with a message. */
int wt_csv_write(const struct wt_run *run, const char *directory);

static inline bool wt_is_judged(const struct wt_task *task)
{
	return task->progress->target > 0;
}

#endif
