/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

struct wt_count wt_judge(const struct wt_run *run, unsigned int task, size_t n, int64_t phase,
			 unsigned int permille)
{
	const struct ex_progress *p = run->tasks[task].progress;
	int64_t least = p->target / 1000 * permille;
	struct wt_count count = { 0, 0 };
	size_t from, to;

	for (;; count.windows++) {
		from = (size_t)((phase + (int64_t)count.windows * p->period) / WT_STEP);
		to = (size_t)((phase + (int64_t)(count.windows + 1) * p->period) / WT_STEP);
		if (to >= n)
			return count;
		if (run->samples[to].cpu[task] - run->samples[from].cpu[task] < least)
			count.missed++;
	}
}
