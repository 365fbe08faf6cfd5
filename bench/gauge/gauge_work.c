// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers to compare a manager's with: one that does nothing, and one that does
 * in plain C, trusted, what monitors and handlers of three processes do.
 */
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include "gauge.h"

#define GAUGE_TICK	(10 * NSEC_PER_MSEC)
#define GAUGE_APPS	3
/* The paper's constants with 16 bits behind the point: 1.3 and 1.4. */
#define GAUGE_KD	85197
#define GAUGE_KP_KD_KI	91750

struct gauge_app {
	s64 actual, target, minimum, maximum;	/* ns */
	s64 e_last, u_last;
	s64 adjustment, timeslice;
};

static struct gauge_app gauge_apps[GAUGE_APPS] = {
	{ 19000000, 20000000, 20000000, 20600000 },
	{ 29000000, 30000000, 30000000, 30900000 },
	{ 79000000, 80000000, 80000000, 82400000 },
};

static struct hrtimer gauge_native, gauge_empty;

static noinline s64 gauge_monitor(const struct gauge_app *app)
{
	return READ_ONCE(app->target) - READ_ONCE(app->actual);
}

static noinline void gauge_handler(struct gauge_app *app, s64 e)
{
	s64 u = (GAUGE_KP_KD_KI * e >> 16) - (GAUGE_KD * app->e_last >> 16) +
		app->u_last;

	u = clamp(u, app->minimum - app->target, app->maximum - app->target);
	app->e_last = e;
	app->u_last = u;
	WRITE_ONCE(app->adjustment, u);
	WRITE_ONCE(app->timeslice, app->target + u);
}

static enum hrtimer_restart gauge_native_tick(struct hrtimer *timer)
{
	int i;

	for (i = 0; i < GAUGE_APPS; i++)
		gauge_handler(&gauge_apps[i], gauge_monitor(&gauge_apps[i]));
	hrtimer_forward_now(timer, ns_to_ktime(GAUGE_TICK));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart gauge_empty_tick(struct hrtimer *timer)
{
	hrtimer_add_expires_ns(timer, GAUGE_TICK);
	return HRTIMER_RESTART;
}

static void gauge_timer_start(struct hrtimer *timer,
			      enum hrtimer_restart (*tick)(struct hrtimer *))
{
	hrtimer_setup(timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	hrtimer_start(timer, ns_to_ktime(GAUGE_TICK), HRTIMER_MODE_REL_SOFT);
}

void gauge_work_start(void)
{
	gauge_timer_start(&gauge_native, gauge_native_tick);
	gauge_timer_start(&gauge_empty, gauge_empty_tick);
}

void gauge_work_stop(void)
{
	hrtimer_cancel(&gauge_native);
	hrtimer_cancel(&gauge_empty);
}
