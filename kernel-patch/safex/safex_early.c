// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs of a manager's program between its ticks: at moments that it has asked
 * for, such as when a target is predicted to be met.  What is reserved for the
 * program per class and tick is for all of its runs; one more is made if there
 * is room for it though it took the longest seen of late.
 */
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include "safex_time.h"

/* Runs of one class are at least this part of a tick apart. */
#define SAFEX_EARLY_PARTS	16

/*
 * Asked by the program of the manager, which runs for this class: ns from its
 * start.  What would come with the next tick, or behind it, comes with it.
 */
void safex_early_ask(struct safex_class *cls, u64 ns)
{
	struct safex_manager *m = cls->manager;
	u64 now = cls->act.ctx.now;

	ns = clamp(ns, m->period / SAFEX_EARLY_PARTS, m->period);
	cls->early = now + ns < m->next ? now + ns : 0;
}

/* A tick begins: nothing of it was used. */
void safex_early_reset(struct safex_class *cls)
{
	cls->early = 0;
	cls->spent = 0;
}

static bool safex_early_fits(const struct safex_class *cls)
{
	const struct safex_manager *m = cls->manager;

	return cls->spent + m->longest <= m->budget;
}

/* Under manager->lock, at the end of a pass. */
void safex_early_arm(struct safex_manager *m)
{
	struct safex_class *cls;
	u64 next = U64_MAX;

	list_for_each_entry(cls, &m->classes, node)
		if (cls->early)
			next = min(next, cls->early);
	if (next != U64_MAX)
		hrtimer_start(&m->early, ns_to_ktime(next), HRTIMER_MODE_ABS_SOFT);
}

static void safex_early_run(struct safex_time *t, struct safex_class *cls,
			    u64 now)
{
	if (!cls->early || cls->early > now)
		return;
	cls->early = 0;
	if (cls->manager->ops && safex_early_fits(cls))
		safex_run_manager(t, cls, true);
}

static enum hrtimer_restart safex_early_fire(struct hrtimer *timer)
{
	struct safex_manager *m = container_of(timer, struct safex_manager, early);
	struct safex_class *cls;
	struct safex_time *t;

	spin_lock(&m->lock);
	rcu_read_lock();
	t = safex_time_begin();
	list_for_each_entry(cls, &m->classes, node)
		safex_early_run(t, cls, t->ns);
	safex_time_finish(t);
	rcu_read_unlock();
	safex_early_arm(m);
	spin_unlock(&m->lock);
	return HRTIMER_NORESTART;
}

void safex_early_init(struct safex_manager *m)
{
	hrtimer_setup(&m->early, safex_early_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}

/* Process context, when no tick can follow. */
void safex_early_stop(struct safex_manager *m)
{
	hrtimer_cancel(&m->early);
}
