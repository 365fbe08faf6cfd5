// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass of a manager, from its timer in softirq: monitors that are due,
 * then the events they raised, then the manager's program for each class.
 */
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include "safex_activation.h"

/*
 * Its time, and that of the guards of what it writes, are its class's.  Returns
 * whether it is to run once more, as another version.
 */
static __always_inline bool safex_pass_run(struct safex_time *t,
					   struct safex_ext *ext)
{
	struct safex_activation *act = &ext->act;
	u64 set;
	int ret;

	if (unlikely(act->seen != act->cls->changes))
		safex_act_renew(act);
	ret = safex_act_run(t, act, &ext->account, &ext->program, ext->budget,
			    &act->cls->cpu.charged);
	if (unlikely(ret))
		return safex_run_failed(t, act, ret, ext->budget);
	set = safex_act_set(act);
	if (set)
		safex_commit_writes(t, act, set);
	return false;
}

static noinline void safex_pass_again(struct safex_time *t,
				      struct safex_ext *ext)
{
	while (safex_pass_run(t, ext))
		;
}

/* Its events are handed on when all monitors have run. */
static __always_inline void safex_pass_raise(struct safex_manager *m,
					     struct safex_ext *monitor)
{
	struct safex_activation *act = &monitor->act;

	monitor->account.events += act->n_events;
	if (unlikely(list_empty(&monitor->channels))) {
		act->n_events = 0;
		return;
	}
	*m->raised_end = act;
	m->raised_end = &act->raised;
}

/*
 * tick is the time the timer was set to, so that a late tick does not shift a
 * monitor's next one.  A monitor that missed several runs once.
 */
static __always_inline void safex_pass_monitor(struct safex_time *t,
					       struct safex_ext *ext, u64 tick)
{
	ext->due += ext->period;
	if (ext->due <= tick)
		ext->due = tick + ext->period;
	if (unlikely(safex_pass_run(t, ext)))
		safex_pass_again(t, ext);
	if (ext->act.n_events)
		safex_pass_raise(ext->cls->manager, ext);
}

static noinline void safex_pass_monitors(struct safex_time *t,
					 struct safex_manager *m, u64 tick)
{
	struct safex_class *cls;
	struct safex_ext *ext;
	bool idle = false;

	list_for_each_entry(cls, &m->classes, node) {
		if (unlikely(cls->n_probation)) {
			safex_version_judge(cls);
			idle = true;
		}
		list_for_each_entry(ext, &cls->monitors, node) {
			if (!ext->activated || tick < ext->due) {
				idle = true;
				continue;
			}
			if (idle)
				safex_budget_forget(t);
			idle = false;
			safex_pass_monitor(t, ext, tick);
		}
	}
	if (idle)
		safex_budget_forget(t);
}

/*
 * One activation and its guards always fit into what was reserved; more of a
 * handler in the same tick if they would if they took the longest seen of late.
 */
static __always_inline bool safex_pass_fits(struct safex_ext *ext, u64 ticks)
{
	if (ext->tick != ticks) {
		ext->tick = ticks;
		ext->spent = 0;
		safex_longest_fade(&ext->longest);
	}
	return !ext->spent || ext->spent + ext->longest <= ext->time;
}

/* False: it does not run, or has no time left in this tick. */
static __always_inline bool safex_pass_event(struct safex_time *t, u64 ticks,
					     struct safex_ext *ext, u32 event,
					     s64 value)
{
	struct safex_cpu *cpu = &ext->cls->cpu;
	u64 before, ns;
	bool again;

	if (!ext->activated || !safex_pass_fits(ext, ticks))
		return false;
	before = cpu->charged;
	ext->account.events++;
	ext->act.ctx.event = event;
	ext->act.ctx.value = value;
	again = safex_pass_run(t, ext);
	if (unlikely(again))
		safex_pass_again(t, ext);
	ns = cpu->charged - before;
	ext->spent += ns;
	if (likely(!again))
		safex_longest_take(t, &ext->longest, ns);
	return true;
}

/*
 * Events of monitors of other managers, and those that had to wait.  What is
 * there at the start: managers on other CPUs may go on filling the queue.
 */
static noinline void safex_pass_queue(struct safex_time *t,
				      struct safex_manager *m)
{
	u32 left = safex_queue_length(m);
	struct safex_event ev;

	for (; left && safex_queue_take(m, &ev); left--) {
		if (safex_pass_event(t, m->ticks, ev.to, ev.event, ev.value) ||
		    !ev.to->activated)
			safex_obj_put(&ev.to->obj);
		else
			safex_queue_again(m, &ev);
	}
	if (unlikely(READ_ONCE(m->queue.dropped) != m->queue.dropped_told)) {
		safex_queue_tell(m);
		safex_budget_forget(t);
	}
}

/*
 * An event whose handler doesn't run here and now.  What it takes is not for
 * the next activation.
 */
static noinline void safex_pass_leave(struct safex_time *t,
				      struct safex_manager *m,
				      struct safex_channel *ch, u32 event,
				      s64 value)
{
	struct safex_ext *to = ch->handler;
	struct safex_event ev = { .to = to, .event = event, .value = value };

	if (!ch->own) {
		safex_channel_raise_other(to, event, value);
	} else if (to->activated) {
		safex_obj_get(&to->obj);
		safex_queue_again(m, &ev);
	}
	safex_budget_forget(t);
}

/*
 * Handlers of the manager whose pass it is get their events in this very pass:
 * no one else sees them, and no handler can go before.
 */
static __always_inline void safex_pass_raised(struct safex_time *t,
					      struct safex_manager *m,
					      u64 ticks, struct safex_ext *monitor,
					      u32 event, s64 value)
{
	struct safex_channel *ch;

	list_for_each_entry(ch, &monitor->channels, node)
		if (unlikely(!ch->own ||
			     !safex_pass_event(t, ticks, ch->handler, event,
					       value)))
			safex_pass_leave(t, m, ch, event, value);
}

static noinline void safex_pass_events(struct safex_time *t,
				       struct safex_manager *m)
{
	struct safex_activation *act;
	u64 ticks = m->ticks;
	u32 i;

	if (unlikely(safex_queue_length(m)))
		safex_pass_queue(t, m);
	for (act = m->raised; act; act = act->raised) {
		for (i = 0; i < act->n_events; i++)
			safex_pass_raised(t, m, ticks, act->ext,
					  act->events[i].event,
					  act->events[i].value);
		act->n_events = 0;
	}
}

static void safex_pass_program(struct safex_time *t, struct safex_manager *m)
{
	struct safex_class *cls;

	safex_longest_fade(&m->longest);
	list_for_each_entry(cls, &m->classes, node) {
		safex_early_reset(cls);
		if (m->ops)
			safex_run_manager(t, cls, false);
	}
	safex_early_arm(m);
}

/* Usually the next tick is to come; those that were missed are left out. */
static __always_inline void safex_pass_forward(const struct safex_time *t,
					       struct safex_manager *m)
{
	if (likely(safex_clock(t) < m->next))
		hrtimer_set_expires(&m->tick, ns_to_ktime(m->next));
	else
		hrtimer_forward_now(&m->tick, ns_to_ktime(m->period));
}

static enum hrtimer_restart safex_pass_tick(struct hrtimer *timer)
{
	struct safex_manager *m = container_of(timer, struct safex_manager, tick);
	u64 tick = ktime_to_ns(hrtimer_get_expires(timer));
	struct safex_time *t;

	spin_lock(&m->lock);
	rcu_read_lock();
	t = safex_time_begin();
	m->ticks++;
	m->next = tick + m->period;
	m->raised_end = &m->raised;
	safex_pass_monitors(t, m, tick);
	*m->raised_end = NULL;
	safex_pass_events(t, m);
	if (m->ops)
		safex_pass_program(t, m);
	safex_time_finish(t);
	safex_pass_forward(t, m);
	rcu_read_unlock();
	spin_unlock(&m->lock);
	return HRTIMER_RESTART;
}

static enum hrtimer_restart safex_pass_kick(struct hrtimer *timer)
{
	struct safex_manager *m = container_of(timer, struct safex_manager, kick);
	struct safex_time *t;

	spin_lock(&m->lock);
	rcu_read_lock();
	t = safex_time_begin();
	safex_pass_queue(t, m);
	safex_time_finish(t);
	rcu_read_unlock();
	spin_unlock(&m->lock);
	return HRTIMER_NORESTART;
}

void safex_pass_init(struct safex_manager *m)
{
	hrtimer_setup(&m->tick, safex_pass_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	hrtimer_setup(&m->kick, safex_pass_kick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
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
