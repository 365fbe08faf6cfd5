// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a reservation.  A hard interrupt sets the flags that the checks
 * at a program's back edges read, the generated ones its own, may_goto this
 * CPU's; nothing else can stop a program in softirq.
 *
 * Arming a clock event costs more than a short program.  So the timer is left
 * alone between activations of one pass: when it fires too early for the
 * activation that runs then, it moves itself to that one's end.  A program
 * that is short and has no loop comes to its end by itself: it needs no timer,
 * and begins where the one before it ended, so that all that is done for it is
 * in its time.
 */
#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include "safex_internal.h"
#include "safex_trace.h"

struct safex_budget {
	struct hrtimer timer;
	u32 *expired;			/* of what runs now, or NULL */
	u64 end;			/* ns, CLOCK_MONOTONIC */
	u64 armed;			/* when the timer fires, 0: not armed */
	u64 last;			/* ns, end of the last activation, 0: long ago */
};

static DEFINE_PER_CPU(struct safex_budget, safex_budgets);

DEFINE_PER_CPU(u32, safex_loop_end);

/* Ends what runs on this CPU at its next back edge. */
void safex_budget_expire(u32 *expired)
{
	WRITE_ONCE(*expired, 1);
	this_cpu_write(safex_loop_end, 1);
}

static enum hrtimer_restart safex_budget_fire(struct hrtimer *timer)
{
	struct safex_budget *b = container_of(timer, struct safex_budget, timer);
	u32 *expired = READ_ONCE(b->expired);

	if (expired && ktime_get_ns() < b->end) {
		b->armed = b->end;
		hrtimer_set_expires(timer, ns_to_ktime(b->end));
		return HRTIMER_RESTART;
	}
	b->armed = 0;
	if (expired) {
		safex_budget_expire(expired);
		trace_safex_abort(ktime_get_ns() - b->end);
	}
	return HRTIMER_NORESTART;
}

void safex_budget_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct safex_budget *b = per_cpu_ptr(&safex_budgets, cpu);

		hrtimer_init(&b->timer, CLOCK_MONOTONIC,
			     HRTIMER_MODE_ABS_PINNED_HARD);
		b->timer.function = safex_budget_fire;
	}
}

void safex_budget_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&safex_budgets, cpu)->timer);
}

/* A pass begins. */
void safex_budget_begin(void)
{
	this_cpu_write(safex_budgets.last, safex_clock_begin());
}

/* What was done since the last activation is not for the next one. */
void safex_budget_forget(void)
{
	this_cpu_write(safex_budgets.last, 0);
}

/*
 * The time it takes to arm the timer is not the program's: its end moves on,
 * and the timer follows should it come to that.
 */
static u64 safex_budget_arm(struct safex_budget *b, u32 *expired, u64 budget)
{
	u64 now = safex_clock();
	u64 armed;

	WRITE_ONCE(*expired, 0);
	this_cpu_write(safex_loop_end, 0);
	WRITE_ONCE(b->end, now + budget);
	barrier();	/* the interrupt on this CPU sees the end first */
	WRITE_ONCE(b->expired, expired);
	armed = READ_ONCE(b->armed);
	if (armed && armed <= now + budget)
		return now;
	WRITE_ONCE(b->armed, now + budget);
	hrtimer_start(&b->timer, ns_to_ktime(now + budget),
		      HRTIMER_MODE_ABS_PINNED_HARD);
	now = safex_clock();
	WRITE_ONCE(b->end, now + budget);
	return now;
}

/*
 * Returns the start.  From here on *expired may become 1 at any instruction,
 * if the program needs a timer.
 */
u64 safex_budget_start(u32 *expired, u64 budget, const struct safex_program *p)
{
	struct safex_budget *b = this_cpu_ptr(&safex_budgets);

	if (!p->ends)
		return safex_budget_arm(b, expired, budget);
	return b->last ?: safex_clock();
}

/* Returns ns since start. */
u64 safex_budget_stop(u64 start)
{
	struct safex_budget *b = this_cpu_ptr(&safex_budgets);

	WRITE_ONCE(b->expired, NULL);
	b->last = safex_clock();
	return b->last - start;
}

/* No more activations in this pass. */
void safex_budget_finish(void)
{
	struct safex_budget *b = this_cpu_ptr(&safex_budgets);

	if (READ_ONCE(b->armed)) {
		hrtimer_try_to_cancel(&b->timer);
		WRITE_ONCE(b->armed, 0);
	}
}
