// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every 7.3 ms the CPU that loads this is asked to reschedule, though nothing
 * has changed: as RCU does it, but often.  For hrtick_lost.c.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/sched.h>

#define NUDGE_NS	7300000

static struct hrtimer nudge;

static enum hrtimer_restart nudge_tick(struct hrtimer *timer)
{
	set_tsk_need_resched(current);
	set_preempt_need_resched();
	hrtimer_forward_now(timer, ns_to_ktime(NUDGE_NS));
	return HRTIMER_RESTART;
}

static int __init nudge_init(void)
{
	hrtimer_init(&nudge, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	nudge.function = nudge_tick;
	hrtimer_start(&nudge, ns_to_ktime(NUDGE_NS), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static void __exit nudge_exit(void)
{
	hrtimer_cancel(&nudge);
}

module_init(nudge_init);
module_exit(nudge_exit);
MODULE_DESCRIPTION("Reschedules that change nothing");
MODULE_LICENSE("GPL");
