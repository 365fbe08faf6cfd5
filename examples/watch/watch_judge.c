/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

/* A sample that came late by more than a hundredth of the period is no end of one. */
static bool on_time(const struct wt_run *run, size_t i, int64_t period)
{
	return run->samples[i].time - (int64_t)i * WT_STEP <= period / 100;
}

struct wt_count wt_judge(const struct wt_run *run, unsigned int task, size_t n, int64_t phase,
			 unsigned int permille)
{
	const struct ex_progress *p = run->tasks[task].progress;
	int64_t least = p->target / 1000 * permille, begin;
	struct wt_count count = { 0, 0 };
	size_t from, to;

	for (begin = phase;; begin += p->period) {
		from = (size_t)(begin / WT_STEP);
		to = (size_t)((begin + p->period) / WT_STEP);
		if (to >= n)
			return count;
		if (!on_time(run, from, p->period) || !on_time(run, to, p->period))
			continue;
		count.windows++;
		if (run->samples[to].cpu[task] - run->samples[from].cpu[task] < least)
			count.missed++;
	}
}
