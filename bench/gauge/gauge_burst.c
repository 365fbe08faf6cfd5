// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that take their time, as those of devices under load do, and are
 * counted as such: what they interrupt takes longer for no fault of its own.
 */
#include <linux/hrtimer.h>
#include <linux/kernel_stat.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include "gauge.h"

#define GAUGE_BURST_MIN		50000		/* ns, without one */

static struct hrtimer gauge_burst;
static u64 gauge_burst_period, gauge_burst_length;	/* ns */

static enum hrtimer_restart gauge_burst_tick(struct hrtimer *timer)
{
	u64 end = ktime_get_ns() + gauge_burst_length;

	__this_cpu_inc(kstat.irqs_sum);
	while (ktime_get_ns() < end)
		cpu_relax();
	hrtimer_forward_now(timer, ns_to_ktime(gauge_burst_period));
	return HRTIMER_RESTART;
}

/* "PERIOD LENGTH", in ns; 0 0: none. */
int gauge_burst_choose(char *text)
{
	u64 period, length;

	if (sscanf(text, "%llu %llu", &period, &length) != 2)
		return -EINVAL;
	if (period && (period < length || period - length < GAUGE_BURST_MIN))
		return -EINVAL;
	hrtimer_cancel(&gauge_burst);
	gauge_burst_period = period;
	gauge_burst_length = length;
	if (period)
		hrtimer_start(&gauge_burst, ns_to_ktime(period),
			      HRTIMER_MODE_REL_HARD);
	return 0;
}

void gauge_burst_init(void)
{
	hrtimer_setup(&gauge_burst, gauge_burst_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
}

void gauge_burst_exit(void)
{
	hrtimer_cancel(&gauge_burst);
}
