// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a window says about the contract: kept, missed, or nothing.
 *
 * A task that never sleeps must have its target in each period.  One that
 * sleeps is judged by what it was refused while it wanted to run: the
 * scheduler owes the target within one period from its wake-up, so who sleeps
 * at a window's end without its target has wanted no more, and who still waits
 * at the end of its reservation's period without it was refused.  What was given
 * away by sched_yield() was not refused.
 *
 * A class whose extensions have asked for less than its target has missed
 * nothing when it gets that.
 */
#include <linux/sched/clock.h>
#include <linux/sched/deadline.h>
#include "safex_internal.h"

enum safex_judgement { SAFEX_OPEN, SAFEX_KEPT, SAFEX_MISSED };

/* Without it nothing is known of a task that slept and has not got its target. */
#ifdef CONFIG_SCHED_INFO
static u64 safex_task_waited(const struct task_struct *p)
{
	u64 waited, since, now;

	do {
		waited = READ_ONCE(p->sched_info.run_delay);
		since = READ_ONCE(p->sched_info.last_queued);
		smp_rmb();	/* both before the clock */
		now = local_clock();
		smp_rmb();	/* and once more after it */
	} while (waited != READ_ONCE(p->sched_info.run_delay) ||
		 since != READ_ONCE(p->sched_info.last_queued));
	return waited + (since && now > since ? now - since : 0);
}
#else
static u64 safex_task_waited(const struct task_struct *p)
{
	return 0;
}
#endif

/* Under cpu->lock */
void safex_look_at(struct safex_cpu *cpu, struct safex_look *look)
{
	const struct task_struct *p = cpu->task;

	look->behind = safex_cpu_behind(cpu);
	look->ns = safex_cpu_seen(cpu);
	look->waited = safex_task_waited(p);
	look->sleeps = READ_ONCE(p->nvcsw);
	look->runnable = READ_ONCE(p->__state) == TASK_RUNNING;
}

/* The flag is there until the period ends. Under cpu->lock */
void safex_judge_yield(struct safex_cpu *cpu)
{
	if (cpu->task->dl.dl_yielded)
		cpu->yielded = true;
}

static u64 safex_judge_less(const struct safex_cpu *cpu, s64 share)
{
	return max_t(s64, (s64)cpu->target - max_t(s64, share, 0), 0);
}

/* Softirq: the guard has accepted this share, which an extension asked for. */
void safex_judge_ask(struct safex_class *cls, s64 share)
{
	struct safex_cpu *cpu = &cls->cpu;
	u64 less = safex_judge_less(cpu, share);
	unsigned long flags;

	cpu->asked = max_t(s64, share, 0);
	cpu->in_vain = false;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	cpu->less = less;
	cpu->less_in[0] = max(cpu->less_in[0], less);
	if (less && !cls->n_probation)
		cpu->lowers = true;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

/*
 * Softirq: extensions may have asked for less before.  What this share is more than
 * that is owed: it is the share now, by the manager or as a fallback of the guard,
 * or was asked for in vain, because others have had it meanwhile.
 */
void safex_judge_share(struct safex_class *cls, s64 share)
{
	struct safex_cpu *cpu = &cls->cpu;
	u64 less = safex_judge_less(cpu, share);
	unsigned long flags;

	if (less >= cpu->less)
		return;
	cpu->asked = SAFEX_ASKED_NONE;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	cpu->less = less;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

/*
 * What is owed: the target, without the most that extensions have given up.  A
 * change is reserved with the next period at the earliest and the manager's tick
 * in it, so the periods before this one count, too.  A version on probation that
 * asks for less than those before it ever did breaks the contract.
 */
static u64 safex_judge_owed(const struct safex_cpu *cpu)
{
	const u64 *in = cpu->less_in;

	return cpu->target - (cpu->lowers ? max3(in[0], in[1], in[2]) : 0);
}

static void safex_judge_next(struct safex_cpu *cpu)
{
	cpu->less_in[2] = cpu->less_in[1];
	cpu->less_in[1] = cpu->less_in[0];
	cpu->less_in[0] = cpu->less;
}

static bool safex_judge_has_slept(const struct safex_cpu *cpu,
				  const struct safex_look *end)
{
	return !cpu->begin.runnable || end->sleeps != cpu->begin.sleeps;
}

/*
 * A period after one that was given away has the whole runtime, to the ns: what
 * is used up is always overrun a little.  Who has not got a CPU has it, too, but
 * its period does not end.
 */
static bool safex_judge_gave_away(const struct safex_cpu *cpu,
				  const struct safex_look *end)
{
	const struct sched_dl_entity *dl = &cpu->task->dl;
	s64 left = READ_ONCE(dl->deadline) - cpu->end;

	if (cpu->yielded)
		return true;
	return safex_window_follows(cpu) &&
	       !safex_judge_has_slept(cpu, end) && left > (s64)cpu->period / 2 &&
	       READ_ONCE(dl->runtime) == (s64)READ_ONCE(dl->dl_runtime);
}

/*
 * late: ns from the window's end to now, which may have brought it over what is
 * owed as cpu->late may have kept it below.  at_deadline: a period of the
 * reservation ends with the window.
 */
static enum safex_judgement
safex_judge_period(const struct safex_cpu *cpu, const struct safex_look *end,
		   u64 late, bool at_deadline)
{
	u64 used = end->ns - cpu->begin.ns, owed = safex_judge_owed(cpu);
	u64 waited = end->waited - cpu->begin.waited;

	if (used >= owed + late + cpu->begin.behind || !end->runnable)
		return SAFEX_KEPT;
	if (used + cpu->late + end->behind >= owed)
		return SAFEX_OPEN;
	if (safex_judge_gave_away(cpu, end))
		return SAFEX_KEPT;
	if (!safex_judge_has_slept(cpu, end))
		return at_deadline ? SAFEX_MISSED : SAFEX_OPEN;
	if (!IS_ENABLED(CONFIG_SCHED_INFO))
		return SAFEX_OPEN;
	/* It has slept while there was room for the target. */
	if (waited + owed <= cpu->period)
		return SAFEX_KEPT;
	/* Where its period goes on, it may have the target by its end. */
	return at_deadline ? SAFEX_MISSED : SAFEX_OPEN;
}

/* A part of a period: what began before it may be refused at its end. */
static enum safex_judgement
safex_judge_part(const struct safex_cpu *cpu, const struct safex_look *end,
		 bool at_deadline)
{
	u64 used = end->ns - cpu->begin.ns + end->behind;

	if (!at_deadline || !end->runnable || cpu->yielded ||
	    safex_judge_has_slept(cpu, end))
		return SAFEX_OPEN;
	return cpu->before + used < safex_judge_owed(cpu) ? SAFEX_MISSED :
							    SAFEX_OPEN;
}

/* A machine that stood still while its clock went on has refused nothing. */
static enum safex_judgement
safex_judge_in_force(const struct safex_cpu *cpu, const struct safex_look *end,
		     u64 late, bool at_deadline)
{
	enum safex_judgement j = cpu->whole ?
		safex_judge_period(cpu, end, late, at_deadline) :
		safex_judge_part(cpu, end, at_deadline);

	return j == SAFEX_MISSED && late > cpu->period / 2 ? SAFEX_OPEN : j;
}

/*
 * Whether a version on probation may have done it: not where the reservation was
 * refused, or others have what was asked for.
 */
static bool safex_judge_blames(const struct safex_cpu *cpu)
{
	const struct safex_class *cls = container_of(cpu, struct safex_class, cpu);

	return !READ_ONCE(cpu->was_suspended) &&
	       !(READ_ONCE(cpu->in_vain) &&
		 READ_ONCE(cls->share_value) < (s64)cpu->target);
}

/* Hard interrupt, under cpu->lock, at the end of a window. */
void safex_judge(struct safex_cpu *cpu, const struct safex_look *end, u64 late,
		 bool at_deadline)
{
	bool in_force = !READ_ONCE(cpu->lost) && !READ_ONCE(cpu->suspended);
	bool blames = in_force && safex_judge_blames(cpu);
	enum safex_judgement j;

	safex_judge_yield(cpu);
	if (in_force)
		j = safex_judge_in_force(cpu, end, late, at_deadline);
	else
		j = cpu->whole ? SAFEX_MISSED : SAFEX_OPEN;
	if (cpu->whole)
		safex_judge_next(cpu);
	cpu->before = cpu->whole ? end->ns - cpu->begin.ns + cpu->late + end->behind :
				   cpu->target;
	WRITE_ONCE(cpu->was_suspended, READ_ONCE(cpu->suspended));
	if (j == SAFEX_OPEN)
		return;
	cpu->judged++;
	if (j == SAFEX_KEPT)
		return;
	cpu->violations++;
	if (blames)
		WRITE_ONCE(cpu->broken, cpu->end - cpu->period);
}
