// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reschedules that change nothing, as RCU and others ask for them now and
 * then: who runs is picked again.  What is promised must hold then, too.
 */
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include "gauge.h"

#define GAUGE_NUDGE_MIN		100000		/* ns */

static struct hrtimer gauge_nudge;
static u64 gauge_nudge_period;			/* ns */

static enum hrtimer_restart gauge_nudge_tick(struct hrtimer *timer)
{
	set_tsk_need_resched(current);
	set_preempt_need_resched();
	hrtimer_forward_now(timer, ns_to_ktime(gauge_nudge_period));
	return HRTIMER_RESTART;
}

/* "PERIOD", in ns; until the module goes, once. */
int gauge_nudge_choose(char *text)
{
	u64 period;
	int ret = kstrtou64(text, 10, &period);

	if (ret)
		return ret;
	if (period < GAUGE_NUDGE_MIN)
		return -EINVAL;
	if (gauge_nudge_period)
		return -EBUSY;
	gauge_nudge_period = period;
	hrtimer_start(&gauge_nudge, ns_to_ktime(period), HRTIMER_MODE_REL_HARD);
	return 0;
}

void gauge_nudge_init(void)
{
	hrtimer_setup(&gauge_nudge, gauge_nudge_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
}

void gauge_nudge_exit(void)
{
	hrtimer_cancel(&gauge_nudge);
}
