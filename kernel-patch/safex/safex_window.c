// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPU time a class's process gets in each request period, read in a hard
 * interrupt at the period's end.
 *
 * Windows follow the periods of the reservation.  These begin anew when the
 * task wakes up, so windows do too: of one that runs or waits, a window ends
 * with the period of its reservation, and is a part of a period the first time.
 * Who sleeps has no such period: its window is one of the contract.
 */
#include <linux/sched/clock.h>
#include <linux/sched/deadline.h>
#include "safex_internal.h"

/* ns, whatever clocks say: no interrupt follows another at once. */
#define SAFEX_WINDOW_MIN	(100 * NSEC_PER_USEC)

/* ns: clocks of the scheduler and of timers differ a little within a period. */
static s64 safex_window_slack(const struct safex_cpu *cpu)
{
	return cpu->period >> 10;
}

static bool safex_window_is_period(const struct safex_cpu *cpu, s64 ns)
{
	return abs(ns - (s64)cpu->period) <= safex_window_slack(cpu);
}

/*
 * A manager may reserve with another period, and so may others for a contract that
 * is lost then: the windows are the contract's periods, and end at no deadline.
 */
bool safex_window_follows(const struct safex_cpu *cpu)
{
	return dl_task(cpu->task) &&
	       READ_ONCE(cpu->task->dl.dl_period) == cpu->period;
}

/*
 * ns from start, near which a window ends, to the end of the reservation's
 * period.  The scheduler may or may not have moved its deadline on yet: the
 * period that begins at start is meant.
 */
static s64 safex_window_left(const struct safex_cpu *cpu, u64 start)
{
	s64 slack = safex_window_slack(cpu), period = cpu->period;
	s64 left = period;

	if (safex_window_follows(cpu)) {
		left = READ_ONCE(cpu->task->dl.deadline) - start;
		if (left <= slack)
			left += period;
		if (left <= slack || left > 2 * period)
			left = period;
	}
	return left;
}

static void safex_window_open(struct safex_cpu *cpu, u64 start,
			      const struct safex_look *look)
{
	u64 now = local_clock();
	s64 left;

	if (now > start + cpu->period / 2)
		start = now;	/* much too late: begin anew */
	left = look->runnable ? safex_window_left(cpu, start) : cpu->period;
	cpu->whole = safex_window_is_period(cpu, left);
	cpu->end = start + left;
	cpu->late = now > start ? now - start : 0;
	cpu->begin = *look;
	cpu->yielded = false;
	hrtimer_set_expires(&cpu->window,
			    ktime_add_ns(ktime_get(),
					 max_t(s64, cpu->end - now, SAFEX_WINDOW_MIN)));
}

static void safex_window_close(struct safex_cpu *cpu, const struct safex_look *look)
{
	u64 now = local_clock(), end = cpu->end;
	bool at_deadline = safex_window_follows(cpu) &&
			   safex_window_is_period(cpu, safex_window_left(cpu, end));

	if (cpu->whole)
		cpu->used[cpu->complete++ % SAFEX_WINDOWS] = look->ns - cpu->begin.ns;
	safex_judge(cpu, look, now > end ? now - end : 0, at_deadline);
}

/* Whether the windows of the task end, too: the contract is for its process. */
static bool safex_window_is_last(struct safex_cpu *cpu)
{
	struct task_struct *p = READ_ONCE(cpu->task);

	if (!(READ_ONCE(p->flags) & PF_EXITING)) {
		if (!READ_ONCE(cpu->follows) &&
		    (READ_ONCE(p->policy) != SCHED_DEADLINE || safex_dl_is_changed(cpu)))
			safex_dl_lose(cpu, -ECANCELED);
		return false;
	}
	if (!safex_dl_follow(cpu) && READ_ONCE(cpu->task) == p)
		safex_dl_lose(cpu, -ESRCH);
	return !safex_task_lives_on(p);
}

static enum hrtimer_restart safex_window_fire(struct hrtimer *timer)
{
	struct safex_cpu *cpu = container_of(timer, struct safex_cpu, window);
	struct safex_look look;

	if (safex_window_is_last(cpu))
		return HRTIMER_NORESTART;
	raw_spin_lock(&cpu->lock);
	safex_look_at(cpu, &look);
	safex_window_close(cpu, &look);
	safex_window_open(cpu, cpu->end, &look);
	raw_spin_unlock(&cpu->lock);
	return HRTIMER_RESTART;
}

/*
 * Process context.  The first reservation of the task is in force, whose first
 * period has just begun.  Those of the main thread before it end.
 */
void safex_window_start(struct safex_cpu *cpu)
{
	struct safex_look look;
	unsigned long flags;

	hrtimer_cancel(&cpu->window);
	raw_spin_lock_irqsave(&cpu->lock, flags);
	safex_look_at(cpu, &look);
	cpu->before = cpu->target;	/* not known */
	safex_window_open(cpu, local_clock(), &look);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	hrtimer_start_expires(&cpu->window, HRTIMER_MODE_ABS_HARD);
}

/* ns in a complete window, 0: the last one.  0 ns when it isn't known. */
u64 safex_window_used(struct safex_cpu *cpu, u32 back)
{
	unsigned long flags;
	u64 ns = 0;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	if (back < SAFEX_WINDOWS && back < cpu->complete)
		ns = cpu->used[(cpu->complete - 1 - back) % SAFEX_WINDOWS];
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return ns;
}

/* ns that the task had in the window that has not ended, 0: there is none. */
u64 safex_window_current(struct safex_cpu *cpu)
{
	unsigned long flags;
	u64 ns = 0;

	if (!cpu->task)
		return 0;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	if (cpu->end) {
		ns = safex_cpu_seen(cpu) - cpu->begin.ns;
		safex_judge_yield(cpu);
	}
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return ns;
}

/* ns until that window ends. */
u64 safex_window_rest(struct safex_cpu *cpu)
{
	u64 end = READ_ONCE(cpu->end), now = local_clock();

	return end > now ? end - now : 0;
}

void safex_window_stat(struct safex_cpu *cpu, u64 *judged, u64 *violations)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	*judged = cpu->judged;
	*violations = cpu->violations;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

void safex_window_init(struct safex_cpu *cpu)
{
	hrtimer_setup(&cpu->window, safex_window_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}
