// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of a task: SCHED_DEADLINE for a class that has a reservation, what
 * it was before when that ends.  All of it is done by safex's thread, which may
 * sleep; nobody else of safex changes a policy, and nothing here needs a lock.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include <linux/sched/isolation.h>
#include <linux/sched/prio.h>
#include "safex_internal.h"

#define SAFEX_WAKING_LOOKS	500	/* of 20 us and more each */

static LIST_HEAD(safex_policy_reserved);
static ktime_t safex_policy_last;	/* see safex_policy_free() */

/* When the last of what ended reservations had is free again. */
ktime_t safex_policy_free(void)
{
	return safex_policy_last;
}

static bool safex_policy_is_foreign(struct safex_cpu *cpu)
{
	struct safex_cpu *other;

	list_for_each_entry(other, &safex_policy_reserved, reserved)
		if (other->task == cpu->task)
			return true;
	return cpu->task->policy == SCHED_DEADLINE;
}

/*
 * A deadline task runs on any CPU of its root domain, and that is what the
 * scheduler's admission counts on.  A system call checks it, the call for
 * kernel threads does not.  Tasks of a partition of their own are refused, too.
 */
static bool safex_policy_is_bound(const struct task_struct *p)
{
	const struct cpumask *usual = housekeeping_cpumask(HK_TYPE_DOMAIN);
	int cpu;

	for_each_cpu_and(cpu, cpu_active_mask, usual)
		if (!cpumask_test_cpu(cpu, p->cpus_ptr))
			return true;
	return false;
}

/* Read once: others may change it meanwhile, and what is remembered must hold together. */
static int safex_policy_remember(struct safex_cpu *cpu)
{
	const struct task_struct *p = cpu->task;
	int policy = READ_ONCE(p->policy);

	if (policy == SCHED_DEADLINE)
		return -EEXIST;
	cpu->old = (struct sched_attr){ .sched_policy = policy };
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		cpu->old.sched_priority = max(READ_ONCE(p->rt_priority), 1U);
	if (p->sched_reset_on_fork)
		cpu->old.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	return 0;
}

/* What it had reserved is its own until then. */
static bool safex_policy_keeps(const struct task_struct *p)
{
	const struct hrtimer *timer = &p->dl.inactive_timer;

	if (!hrtimer_active(timer))
		return false;
	if (ktime_after(hrtimer_get_expires(timer), safex_policy_last))
		safex_policy_last = hrtimer_get_expires(timer);
	return true;
}

/*
 * The first of this class.  A task that was throttled when another reservation of
 * its ended must not get one before that is forgotten: it would never run again.
 * What others' reservation has left in the scheduler's sum is not looked for: since
 * then the sum may have been made anew without it.
 */
static int safex_policy_begin(struct safex_cpu *cpu)
{
	if (safex_policy_is_foreign(cpu))
		return -EEXIST;
	if (safex_policy_is_bound(cpu->task))
		return -EPERM;
	if (safex_policy_keeps(cpu->task) && cpu->task->dl.dl_throttled)
		return -EBUSY;
	return safex_policy_remember(cpu);
}

/*
 * A task that was woken on another CPU may be on its way to that one's runqueue,
 * which does not count its bandwidth yet: the scheduler, changed just then, takes
 * it off there nevertheless, and warns.  That is over in a moment.
 */
static void safex_policy_await(const struct task_struct *p)
{
	int i;

	for (i = 0; i < SAFEX_WAKING_LOOKS && READ_ONCE(p->__state) == TASK_WAKING; i++)
		usleep_range(20, 50);
}

static int safex_policy_set(struct task_struct *p, const struct sched_attr *attr)
{
	safex_policy_await(p);
	return sched_setattr_nocheck(p, attr);
}

/*
 * Nice value and time slice are those that it has now: a deadline task keeps
 * them, and they may have been changed meanwhile.
 */
static int safex_policy_give_back(struct safex_cpu *cpu)
{
	struct task_struct *p = cpu->task;

	if (cpu->old.sched_policy != SCHED_FIFO && cpu->old.sched_policy != SCHED_RR)
		cpu->old.sched_nice = PRIO_TO_NICE(p->static_prio);
	if (p->se.custom_slice)
		cpu->old.sched_runtime = p->se.slice;
	return safex_policy_set(p, &cpu->old);
}

/* The task has no reservation of safex's any more.  ours: what it has now is. */
static void safex_policy_end(struct safex_cpu *cpu, bool ours)
{
	struct task_struct *p = cpu->task;
	int ret = 0;

	if (ours && p->policy == SCHED_DEADLINE)
		ret = safex_policy_give_back(cpu);
	if (ret)
		pr_warn("task %d keeps its reservation: %d\n", p->pid, ret);
	safex_settle(p);
	safex_policy_keeps(p);
}

/*
 * Of one that was given another policy while it got its reservation, or was bound to
 * some CPUs, which a deadline task can't be any more.
 */
static int safex_policy_undo(struct safex_cpu *cpu, int why)
{
	safex_policy_end(cpu, true);
	return why;
}

static struct sched_attr safex_policy_attr(u64 runtime, u64 period)
{
	return (struct sched_attr){
		.sched_policy = SCHED_DEADLINE,
		.sched_flags = SCHED_FLAG_RESET_ON_FORK,
		.sched_runtime = runtime,
		.sched_deadline = period,
		.sched_period = period,
	};
}

/*
 * What is in force is changed.  Others may have given the task another policy, which
 * the window finds out later.  If they do it behind this look and the task sleeps, the
 * scheduler counts the new bandwidth beside the old one, which it has forgotten.  It
 * could look itself, with policy -1; but where it then finds another than before,
 * 6.12 unlocks its cpuset mutex twice.
 */
static int safex_policy_change(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	struct sched_attr attr = safex_policy_attr(runtime, period);

	safex_policy_await(cpu->task);
	if (READ_ONCE(cpu->task->policy) == SCHED_DEADLINE)
		return sched_setattr_nocheck(cpu->task, &attr);
	safex_dl_lose(cpu, -ECANCELED);
	return -ECANCELED;
}

/* A runtime for what was promised, with the period that is in force; 0: there is none. */
static u64 safex_policy_promised(const struct safex_cpu *cpu, u64 period)
{
	if (!period || READ_ONCE(cpu->task->flags) & PF_EXITING)
		return 0;
	return max_t(u64, mul_u64_u64_div_u64(safex_dl_promised(cpu), period, cpu->period),
		     SAFEX_DL_RUNTIME_MIN);
}

/*
 * What classes have above their targets was promised to nobody: they give it back for
 * a first reservation, and are in force with their targets.  Whether any has.
 */
bool safex_policy_make_room(void)
{
	struct safex_cpu *cpu;
	bool made = false;

	list_for_each_entry(cpu, &safex_policy_reserved, reserved) {
		u64 period = READ_ONCE(cpu->task->dl.dl_period);
		u64 runtime = safex_policy_promised(cpu, period);

		if (!runtime || !safex_dl_lower(cpu, runtime))
			continue;
		made |= !safex_policy_change(cpu, runtime, period);
		if (READ_ONCE(cpu->task->flags) & PF_EXITING)
			safex_settle(cpu->task);
	}
	return made;
}

/*
 * -EBUSY: no bandwidth left.  -EEXIST: reserved by another class or program.
 * -EPERM: bound to some of the CPUs.
 */
int safex_policy_reserve(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	struct sched_attr attr = safex_policy_attr(runtime, period);
	bool first = list_empty(&cpu->reserved);
	int ret = 0;

	if (READ_ONCE(cpu->task->flags) & PF_EXITING)
		return -ESRCH;
	if (first)
		ret = safex_policy_begin(cpu);
	if (!ret)
		ret = first ? safex_policy_set(cpu->task, &attr) :
			      safex_policy_change(cpu, runtime, period);
	if (!ret && READ_ONCE(cpu->task->flags) & PF_EXITING) {
		safex_settle(cpu->task);
		return -ESRCH;
	}
	if (!ret && READ_ONCE(cpu->lost))
		return safex_policy_undo(cpu, cpu->lost);
	if (ret || !first)
		return ret;
	if (safex_policy_is_bound(cpu->task))
		return safex_policy_undo(cpu, -EPERM);
	list_add_tail(&cpu->reserved, &safex_policy_reserved);
	safex_taken_add(cpu);
	safex_window_start(cpu);
	return 0;
}

/* Of a reservation that was lost already, what the task has now is others'. */
void safex_policy_restore(struct safex_cpu *cpu)
{
	if (list_empty(&cpu->reserved))
		return;
	list_del_init(&cpu->reserved);
	safex_taken_del(cpu);
	safex_policy_end(cpu, !READ_ONCE(cpu->lost) &&
			 !(READ_ONCE(cpu->task->flags) & PF_EXITING));
}

/*
 * Another thread of the process has called exec: its contract goes on with that one,
 * which gets a first reservation of its own.  -EBUSY: it is not the main thread yet,
 * or the one before still runs.  -ESRCH: there is none.
 */
int safex_policy_follow(struct safex_cpu *cpu)
{
	struct task_struct *p = get_pid_task(cpu->pid, PIDTYPE_TGID);
	int ret = 0;

	if (!p)
		return -ESRCH;
	if (p != cpu->task && safex_settle_is_dead(cpu->task)) {
		safex_policy_restore(cpu);
		safex_cpu_follow(cpu, p);
		return 0;
	}
	if (p != cpu->task)
		ret = -EBUSY;
	else if (READ_ONCE(p->flags) & PF_EXITING)
		ret = safex_task_execs(cpu) ? -EBUSY : -ESRCH;
	put_task_struct(p);
	return ret;
}
