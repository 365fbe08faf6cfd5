/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time within a pass, and the end of a reservation; see safex_clock.c and
 * safex_budget.c.  What each activation does with them is here, for a call
 * costs as much.  Softirq or BH off, on one CPU from begin to finish.
 */
#ifndef _SAFEX_TIME_H
#define _SAFEX_TIME_H

#include <linux/hrtimer.h>
#include <linux/kernel_stat.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/sched/deadline.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include "safex_internal.h"

#define SAFEX_CLOCK_SHIFT	20

/*
 * The longest of late, ns: to tell whether one more fits.  An outlier is half
 * forgotten after some 44 ticks, whatever has made it one.
 */
#define SAFEX_LONGEST_SHIFT	6

struct safex_time {
	u64 last;			/* ns, when the last activation ended, or later */

	/* The clock, as of the beginning of the pass. */
	u64 ns, cycles;
	u32 mult;			/* ns per cycle << SHIFT; 0: no counter */

	/* The reservation of what runs now. */
	struct hrtimer timer;
	u32 *expired;			/* of what runs now, or NULL */
	u64 end;			/* ns, CLOCK_MONOTONIC */
	u64 armed;			/* when the timer fires, 0: not armed */

	/* Whose process this pass has interrupted, or NULL; see safex_taken.c */
	struct safex_cpu *from;

	unsigned long irqs;		/* of devices, on this CPU, at the last look */
};

DECLARE_PER_CPU(struct safex_time, safex_times);

/* ns, CLOCK_MONOTONIC */
static __always_inline u64 safex_clock(const struct safex_time *t)
{
	if (unlikely(!t->mult))
		return ktime_get_ns();
	return t->ns + mul_u64_u32_shr(get_cycles() - t->cycles, t->mult,
				       SAFEX_CLOCK_SHIFT);
}

/*
 * Returns the start.  From here on *expired may become 1 at any instruction.
 */
u64 safex_budget_arm(struct safex_time *t, u32 *expired, u64 budget);

/*
 * After it: what it set may become 1 no more.  The CPU's flag is 0 whenever no
 * program runs with a timer: one without may look at it too.
 */
static inline void safex_budget_stop(struct safex_time *t)
{
	WRITE_ONCE(t->expired, NULL);
	barrier();	/* the interrupt on this CPU sets it no more */
	this_cpu_write(safex_loop_end, 0);
}

/*
 * Whether a device has interrupted this CPU since the last look, or the pass's
 * beginning: what was measured may have been its time.
 */
static __always_inline bool safex_time_met_irq(struct safex_time *t)
{
	unsigned long irqs = __this_cpu_read(kstat.irqs_sum);
	bool met = irqs != t->irqs;

	t->irqs = irqs;
	return met;
}

/* A tick begins. */
static __always_inline void safex_longest_fade(u64 *longest)
{
	*longest -= *longest >> SAFEX_LONGEST_SHIFT;
}

static __always_inline void safex_longest_take(struct safex_time *t,
					       u64 *longest, u64 ns)
{
	if (unlikely(ns > *longest) && !safex_time_met_irq(t))
		*longest = ns;
}

/* Returns ns since start; the next one, if it needs no timer, begins now. */
static __always_inline u64 safex_time_lap(struct safex_time *t, u64 start)
{
	t->last = safex_clock(t);
	return t->last - start;
}

/* safex_taken.c */
void safex_taken_begin(struct safex_time *t);
void safex_taken_end(struct safex_time *t);

/* In softirq, under RCU: around all that a pass does. */
static __always_inline struct safex_time *safex_time_begin(void)
{
	struct safex_time *t = safex_budget_begin();

	if (dl_task(current) && safex_takes())
		safex_taken_begin(t);
	return t;
}

static __always_inline void safex_time_finish(struct safex_time *t)
{
	safex_budget_finish(t);
	if (t->from)
		safex_taken_end(t);
}

#endif
