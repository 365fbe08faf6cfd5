// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass of a manager, from its timer in softirq: monitors that are due,
 * then the events they raised, then the manager's program for each class.
 */
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include "safex_internal.h"

/*
 * tick is the time the timer was set to, so that a late tick does not shift a
 * monitor's next one.  A monitor that missed several runs once.
 */
static void safex_pass_monitor(struct safex_ext *ext, u64 tick)
{
	if (ext->obj.kind != SAFEX_KIND_MONITOR)
		return;
	if (!ext->activated || !ext->ops || tick < ext->due) {
		safex_budget_forget();
		return;
	}
	ext->due += ext->period;
	if (ext->due <= tick)
		ext->due = tick + ext->period;
	safex_run_monitor(ext);
}

static void safex_pass_monitors(struct safex_manager *m, u64 tick)
{
	struct safex_class *cls;
	struct safex_ext *ext;

	list_for_each_entry(cls, &m->classes, node)
		list_for_each_entry(ext, &cls->exts, node) {
			if (unlikely(ext->probation))
				safex_version_judge(ext);
			safex_pass_monitor(ext, tick);
		}
}

static bool safex_pass_ready(const struct safex_ext *ext)
{
	return !ext->dead && ext->activated && ext->ops;
}

/* False: the handler has no time left, its event waits for the next tick. */
static bool safex_pass_event(const struct safex_event *ev)
{
	if (!safex_pass_ready(ev->to))
		return true;
	if (!safex_run_fits(ev->to))
		return false;
	safex_run_handler(ev->to, ev->event, ev->value);
	return true;
}

/*
 * What is there at the start: managers on other CPUs may go on filling the
 * queue.
 */
static void safex_pass_queue(struct safex_manager *m)
{
	u32 left = safex_queue_length(m);
	struct safex_event ev;

	for (; left && safex_queue_take(m, &ev); left--) {
		if (safex_pass_event(&ev))
			safex_obj_put(&ev.to->obj);
		else
			safex_queue_again(m, &ev);
	}
}

/* Those of the queue are older. */
static void safex_pass_events(struct safex_manager *m)
{
	u32 i;

	safex_pass_queue(m);
	for (i = 0; i < m->n_raised; i++) {
		if (safex_pass_event(&m->raised[i]))
			continue;
		safex_obj_get(&m->raised[i].to->obj);
		safex_queue_again(m, &m->raised[i]);
	}
	m->n_raised = 0;
}

static void safex_pass_program(struct safex_manager *m)
{
	struct safex_class *cls;

	list_for_each_entry(cls, &m->classes, node) {
		safex_early_reset(cls);
		if (m->ops)
			safex_run_manager(cls, false);
	}
	safex_early_arm(m);
}

static enum hrtimer_restart safex_pass_tick(struct hrtimer *timer)
{
	struct safex_manager *m = container_of(timer, struct safex_manager, tick);
	u64 tick = ktime_to_ns(hrtimer_get_expires(timer));

	spin_lock(&m->lock);
	rcu_read_lock();
	safex_budget_begin();
	m->ticks++;
	m->next = tick + m->period;
	safex_pass_monitors(m, tick);
	safex_pass_events(m);
	safex_pass_program(m);
	safex_budget_finish();
	rcu_read_unlock();
	spin_unlock(&m->lock);
	hrtimer_forward_now(timer, ns_to_ktime(m->period));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart safex_pass_kick(struct hrtimer *timer)
{
	struct safex_manager *m = container_of(timer, struct safex_manager, kick);

	spin_lock(&m->lock);
	rcu_read_lock();
	safex_budget_begin();
	safex_pass_events(m);
	safex_budget_finish();
	rcu_read_unlock();
	spin_unlock(&m->lock);
	return HRTIMER_NORESTART;
}

void safex_pass_init(struct safex_manager *m)
{
	hrtimer_init(&m->tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	m->tick.function = safex_pass_tick;
	hrtimer_init(&m->kick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	m->kick.function = safex_pass_kick;
	safex_early_init(m);
}

void safex_pass_start(struct safex_manager *m)
{
	hrtimer_start(&m->tick, ktime_add_ns(ktime_get(), m->period),
		      HRTIMER_MODE_ABS_SOFT);
}

/* Process context.  No channel leads here any more, so no kick can follow. */
void safex_pass_stop(struct safex_manager *m)
{
	hrtimer_cancel(&m->tick);
	safex_early_stop(m);
	hrtimer_cancel(&m->kick);
}
