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
#include "safex_time.h"
#include "safex_trace.h"

#define SAFEX_ARM_MOST	NSEC_PER_MSEC	/* that a program's end may be late for its arming */

DEFINE_PER_CPU(struct safex_time, safex_times);

DEFINE_PER_CPU(u32, safex_loop_end);

/* Ends what runs on this CPU at its next back edge. */
void safex_budget_expire(u32 *expired)
{
	WRITE_ONCE(*expired, 1);
	this_cpu_write(safex_loop_end, 1);
}

static enum hrtimer_restart safex_budget_fire(struct hrtimer *timer)
{
	struct safex_time *t = container_of(timer, struct safex_time, timer);
	u32 *expired = READ_ONCE(t->expired);

	if (expired && ktime_get_ns() < t->end) {
		t->armed = t->end;
		hrtimer_set_expires(timer, ns_to_ktime(t->end));
		return HRTIMER_RESTART;
	}
	t->armed = 0;
	if (expired) {
		safex_budget_expire(expired);
		trace_safex_abort(ktime_get_ns() - t->end);
	}
	return HRTIMER_NORESTART;
}

void safex_budget_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct safex_time *t = per_cpu_ptr(&safex_times, cpu);

		hrtimer_setup(&t->timer, safex_budget_fire, CLOCK_MONOTONIC,
			      HRTIMER_MODE_ABS_PINNED_HARD);
	}
}

void safex_budget_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&safex_times, cpu)->timer);
}

/* A pass begins. */
struct safex_time *safex_budget_begin(void)
{
	struct safex_time *t = this_cpu_ptr(&safex_times);

	safex_clock_begin(t);
	t->last = t->ns;
	t->irqs = __this_cpu_read(kstat.irqs_sum);
	return t;
}

/* What was done since the last activation is not for the next one. */
void safex_budget_forget(struct safex_time *t)
{
	t->last = safex_clock(t);
}

static __always_inline void safex_budget_start(struct safex_time *t, u64 end)
{
	WRITE_ONCE(t->armed, end);
	hrtimer_start(&t->timer, ns_to_ktime(end), HRTIMER_MODE_ABS_PINNED_HARD);
}

/*
 * To arm the timer took longer than the budget, and it has fired already: a host may
 * take the CPU just then.  It is armed for so much later, and not a third time.  If
 * that is done at once now, the end comes so much too late, which is bounded.
 */
static noinline u64 safex_budget_arm_again(struct safex_time *t, u32 *expired,
					   u64 took, u64 budget)
{
	u64 now = safex_clock(t);

	took = min_t(u64, took, SAFEX_ARM_MOST);
	WRITE_ONCE(t->end, now + took + budget);
	barrier();	/* as below */
	WRITE_ONCE(*expired, 0);
	this_cpu_write(safex_loop_end, 0);
	safex_budget_start(t, now + took + budget);
	now = safex_clock(t);
	WRITE_ONCE(t->end, now + budget);
	return now;
}

/*
 * The time it takes to arm the timer is not the program's: its end moves on,
 * and the timer follows should it come to that.
 */
u64 safex_budget_arm(struct safex_time *t, u32 *expired, u64 budget)
{
	u64 now = safex_clock(t), begin = now;
	u64 armed;

	WRITE_ONCE(*expired, 0);
	WRITE_ONCE(t->end, now + budget);
	barrier();	/* the interrupt on this CPU sees the end first */
	WRITE_ONCE(t->expired, expired);
	armed = READ_ONCE(t->armed);
	if (armed && armed <= now + budget)
		return now;
	safex_budget_start(t, now + budget);
	now = safex_clock(t);
	WRITE_ONCE(t->end, now + budget);
	if (unlikely(READ_ONCE(*expired)))
		return safex_budget_arm_again(t, expired, now - begin, budget);
	return now;
}

/* No more activations in this pass. */
void safex_budget_finish(struct safex_time *t)
{
	if (READ_ONCE(t->armed)) {
		hrtimer_try_to_cancel(&t->timer);
		WRITE_ONCE(t->armed, 0);
	}
}
