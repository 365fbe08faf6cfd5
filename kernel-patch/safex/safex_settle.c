// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bandwidth that the scheduler forgets.
 *
 * A task's part of its root domain's sum is taken off at its 0-lag time, by a
 * timer that the scheduler starts when the task blocks, or leaves
 * SCHED_DEADLINE while it is runnable.  A task that leaves while it is blocked
 * and its timer has run keeps its bandwidth in the sum for good: the timer saw
 * a deadline task that may come back, and nobody starts it again.
 *
 * So it is started here once more.  It looks at the task under the lock of its
 * runqueue, finds that it is no deadline task and takes off what is left; the
 * reference it drops is the one that it is started with, as always.
 *
 * What is given to a task that has run for the last time is forgotten, too: the
 * timer is no help there, for the runqueue counts it as well.
 *
 * Only safex's thread comes here, which is also the only one of safex that
 * changes policies.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include <linux/sched/task.h>
#include "safex_internal.h"

/* It has run for the last time, and what the scheduler does then is done. */
bool safex_settle_is_dead(const struct task_struct *p)
{
	if (READ_ONCE(p->__state) != TASK_DEAD)
		return false;
	/* What the scheduler did before it let go of the task is seen after this. */
	return !smp_load_acquire(&p->on_rq);
}

/* Whether its bandwidth is in the sum and no timer will take it off. */
static bool safex_settle_is_forgotten(const struct task_struct *p)
{
	if (hrtimer_active(&p->dl.inactive_timer))
		return false;
	smp_rmb();	/* that the timer has ended before what it has cleared */
	return READ_ONCE(p->dl.dl_bw);
}

/* A change to so little that the scheduler counts nothing: less than 2^-20. */
static void safex_settle_dead(struct task_struct *p)
{
	struct sched_attr nothing = {
		.sched_policy = SCHED_DEADLINE,
		.sched_flags = SCHED_FLAG_RESET_ON_FORK,
		.sched_runtime = 1 << 10,
		.sched_deadline = (1 << 30) + (1 << 10),
		.sched_period = (1 << 30) + (1 << 10),
	};
	int ret = sched_setattr_nocheck(p, &nothing);

	if (ret)
		pr_warn("dead task %d keeps its reservation: %d\n", p->pid, ret);
}

/* Process context, after p has got a policy from the caller or others, or has died. */
void safex_settle(struct task_struct *p)
{
	if (p->policy == SCHED_DEADLINE) {
		if (safex_settle_is_dead(p) && safex_settle_is_forgotten(p))
			safex_settle_dead(p);
	} else if (safex_settle_is_forgotten(p)) {
		get_task_struct(p);
		hrtimer_start(&p->dl.inactive_timer, 0, HRTIMER_MODE_REL_HARD);
	}
}
