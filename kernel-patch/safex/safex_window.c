// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPU time a class's process gets in each request period, read in a hard
 * interrupt at the period's end.
 *
 * Windows follow the periods of the reservation.  These begin anew when the
 * task wakes up, so windows do too once it has stopped sleeping: what lies
 * between is less or more than a period and no window.  A window is judged by
 * the contract only if it is a period of the reservation, if the task wanted
 * the CPU all the time (runnable at both ends, no sleep in between), and if
 * the interrupts were not so late that they leave the answer open.  One in which
 * the contract was not in force is a violation, whatever the task got.
 *
 * A class whose extensions have asked for less than its target has missed
 * nothing when it gets that.
 */
#include <linux/sched/clock.h>
#include <linux/sched/deadline.h>
#include "safex_internal.h"

/* ns, whatever clocks say: no interrupt follows another at once. */
#define SAFEX_WINDOW_MIN	(100 * NSEC_PER_USEC)

/* Clocks of the scheduler and of timers differ a little within a period. */
static bool safex_window_is_period(const struct safex_cpu *cpu, s64 ns)
{
	s64 period = cpu->period;

	return abs(ns - period) <= period >> 10;
}

/*
 * ns from start, near which a window ends, to the end of the reservation's
 * period.  The scheduler may or may not have moved its deadline on yet: the
 * period that begins at start is meant.
 */
static s64 safex_window_left(const struct safex_cpu *cpu, u64 start)
{
	s64 period = cpu->period;
	s64 left = period;

	if (dl_task(cpu->task)) {
		left = READ_ONCE(cpu->task->dl.deadline) - start;
		if (left < period / 2)
			left += period;
		if (left < period / 2 || left > 2 * period)
			left = period;
	}
	return left;
}

/*
 * steady: the task does not sleep, so its periods stay where they are now.
 * Those of one that does move with each wake-up: its windows don't follow.
 */
static void safex_window_open(struct safex_cpu *cpu, u64 start, u64 ns,
			      bool steady)
{
	u64 now = local_clock();
	s64 left;

	if (now > start + cpu->period / 2)
		start = now;	/* much too late: begin anew */
	left = safex_window_left(cpu, start);
	cpu->aligned = safex_window_is_period(cpu, left);
	if (!steady)
		left = cpu->period;
	cpu->whole = safex_window_is_period(cpu, left);
	cpu->end = start + left;
	cpu->late = now > start ? now - start : 0;
	cpu->start = ns;
	cpu->start_runnable = READ_ONCE(cpu->task->__state) == TASK_RUNNING;
	cpu->start_nvcsw = READ_ONCE(cpu->task->nvcsw);
	hrtimer_set_expires(&cpu->window,
			    ktime_add_ns(ktime_get(),
					 max_t(s64, cpu->end - now, SAFEX_WINDOW_MIN)));
}

/*
 * The most that extensions have given up. A change is reserved with the next
 * period at the earliest and the manager's tick in it, so the periods before
 * this one count, too.
 */
static u64 safex_window_less(struct safex_cpu *cpu)
{
	u64 *in = cpu->less_in;
	u64 less = max3(in[0], in[1], in[2]);

	in[2] = in[1];
	in[1] = in[0];
	in[0] = cpu->less;
	return less;
}

/*
 * late: ns from the window's end to now, which may have brought it over the
 * target as cpu->late may have kept it below.  A version on probation that asks
 * for less than those before it ever did breaks the contract.
 */
static void safex_window_judge(struct safex_cpu *cpu, u64 used, u64 late)
{
	u64 less = safex_window_less(cpu);
	u64 target = cpu->target - (cpu->lowers ? less : 0);

	if (used >= target + late) {
		cpu->judged++;
	} else if (used + cpu->late < target) {
		cpu->judged++;
		cpu->violations++;
		WRITE_ONCE(cpu->broken, cpu->end - cpu->period);
	}
}

/* Softirq: the guard has accepted this share, which an extension asked for. */
void safex_window_ask(struct safex_class *cls, s64 share)
{
	struct safex_cpu *cpu = &cls->cpu;
	u64 less = max_t(s64, (s64)cpu->target - max_t(s64, share, 0), 0);
	unsigned long flags;

	cpu->asked = share;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	cpu->less = less;
	cpu->less_in[0] = max(cpu->less_in[0], less);
	if (less && !cls->n_probation)
		cpu->lowers = true;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

/* Returns whether the task has wanted the CPU all the time. */
static bool safex_window_close(struct safex_cpu *cpu, u64 ns)
{
	bool steady = cpu->start_runnable &&
		      READ_ONCE(cpu->task->__state) == TASK_RUNNING &&
		      READ_ONCE(cpu->task->nvcsw) == cpu->start_nvcsw;
	u64 used = ns - cpu->start;
	u64 now = local_clock();

	if (!cpu->whole)
		return steady;
	cpu->used[cpu->complete++ % SAFEX_WINDOWS] = used;
	if (READ_ONCE(cpu->lost)) {
		cpu->judged++;
		cpu->violations++;
	} else if (steady && cpu->aligned) {
		safex_window_judge(cpu, used, now > cpu->end ? now - cpu->end : 0);
	}
	return steady;
}

static enum hrtimer_restart safex_window_fire(struct hrtimer *timer)
{
	struct safex_cpu *cpu = container_of(timer, struct safex_cpu, window);
	bool steady;
	u64 ns;

	if (READ_ONCE(cpu->task->flags) & PF_EXITING) {
		safex_dl_lose(cpu, -ESRCH);
		return HRTIMER_NORESTART;
	}
	if (READ_ONCE(cpu->task->policy) != SCHED_DEADLINE)
		safex_dl_lose(cpu, -ECANCELED);
	raw_spin_lock(&cpu->lock);
	ns = safex_cpu_seen(cpu);
	steady = safex_window_close(cpu, ns);
	safex_window_open(cpu, cpu->end, ns, steady);
	raw_spin_unlock(&cpu->lock);
	return HRTIMER_RESTART;
}

/* The first reservation is in force: its first period has just begun. */
void safex_window_start(struct safex_cpu *cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	safex_window_open(cpu, local_clock(), safex_cpu_seen(cpu), true);
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
	if (cpu->end)
		ns = safex_cpu_seen(cpu) - cpu->start;
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
