// SPDX-License-Identifier: GPL-2.0-only
/*
 * Staged writes become visible together, those of extensions and applications
 * after the manager's guard has seen each of them.  No guard, no write.
 */
#include <linux/filter.h>
#include <linux/math64.h>
#include "safex_internal.h"
#include "safex_trace.h"

static int safex_guard_run(struct safex_manager *m, struct safex_guarding *g)
{
	u64 args[] = { (unsigned long)&g->ctx };

	if (m->guard.program.direct)
		return bpf_prog_run(m->guard.program.direct, args);
	return (m->guard.ops->guard)(&g->ctx);	/* guard() is a macro */
}

static u32 safex_guard_call(struct safex_class *cls, struct safex_guarding *g)
{
	struct safex_manager *m = cls->manager;
	u32 kind = SAFEX_END_RETURN;
	u64 start, ns;
	int ret;

	if (!m->guard.ops)
		return SAFEX_GUARD_FAULT;
	start = safex_budget_start(&g->ctx.expired, m->budget,
				   &m->guard.program);
	g->ctx.now = start;
	ret = safex_guard_run(m, g);
	ns = safex_budget_stop(start);
	cls->cpu.charged += ns;
	if (ret < 0 || ret > SAFEX_GUARD_FAULT) {
		kind = safex_end_of(ret);
		ret = SAFEX_GUARD_FAULT;
	}
	safex_account_run(&m->guard.account, ns, kind);
	return ret;
}

static void safex_writes_merge(struct safex_writes *to,
			       const struct safex_writes *from)
{
	u64 left = from->dirty;

	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);

		to->value[slot] = from->value[slot];
	}
	to->dirty |= from->dirty;
}

/* Per million of one CPU, if this were the value of the class's share. */
static s64 safex_share_of(const struct safex_class *cls, s64 value)
{
	s64 period = cls->cpu.period;

	return period ? div64_s64(clamp_t(s64, value, 0, period) * SAFEX_PPM, period) : 0;
}

static bool safex_share_written(const struct safex_class *cls,
				const struct safex_writes *w)
{
	int slot = cls->role[SAFEX_ROLE_SHARE];

	return slot >= 0 && (w->dirty & BIT_ULL(slot));
}

/*
 * Takes what these writes add to the class's share; false: there isn't as much.
 * What they give back is others' only when it is published.
 */
static bool safex_share_fits(struct safex_class *cls, const struct safex_writes *w)
{
	s64 value, share;

	if (!safex_share_written(cls, w))
		return true;
	value = w->value[cls->role[SAFEX_ROLE_SHARE]];
	if (value == cls->share_value)
		return true;
	share = safex_share_of(cls, value);
	if (share <= cls->share_ppm)
		return true;
	if (!safex_share_take(share - cls->share_ppm))
		return false;
	cls->share_ppm = share;
	cls->share_value = value;
	return true;
}

/* The value of the class's share is this, and the page has it. */
void safex_share_update(struct safex_class *cls, s64 value)
{
	s64 share = safex_share_of(cls, value);

	smp_mb__before_atomic();	/* the page before the sum */
	safex_share_change(share - cls->share_ppm);
	cls->share_ppm = share;
	cls->share_value = value;
}

/* What the guard accepts, and what it maps it to, is added to accepted. */
static u32 safex_guard_write(struct safex_class *cls, u32 slot, s64 value,
			     struct safex_writes *accepted)
{
	struct safex_guarding *g = &cls->manager->guarding;
	u32 verdict;

	g->mapped.dirty = 0;
	if (cls->fixed_mask & BIT_ULL(slot))
		return SAFEX_GUARD_CONTRACT;
	g->cls = cls;
	g->before = accepted;
	g->ctx.slot = slot;
	g->ctx.value = value;
	g->ctx.old = cls->page->value[slot];
	g->ctx.last = cls->last[slot];
	g->ctx.others_ppm = safex_share_sum() - cls->share_ppm;
	g->ctx.cap_ppm = safex_share_cap();
	verdict = safex_guard_call(cls, g);
	if (verdict != SAFEX_GUARD_OK && verdict != SAFEX_GUARD_UNSAFE)
		return verdict;
	if (verdict == SAFEX_GUARD_OK && !(g->mapped.dirty & BIT_ULL(slot))) {
		g->mapped.value[slot] = value;
		g->mapped.dirty |= BIT_ULL(slot);
	}
	if (!safex_share_fits(cls, &g->mapped))
		return SAFEX_GUARD_SUM;
	safex_writes_merge(accepted, &g->mapped);
	return verdict;
}

/*
 * Of the write the guard has just judged.  "Not safe now, use the fallback" is
 * how a contract is kept and no refusal: it is told when it begins.  Returns
 * whether there is something to tell.
 */
static bool safex_guard_count(struct safex_class *cls, u32 slot, s64 value,
			      u32 verdict, u64 *refused)
{
	bool fallback = verdict == SAFEX_GUARD_UNSAFE &&
			cls->manager->guarding.mapped.dirty;
	bool before = cls->fallback & BIT_ULL(slot);

	trace_safex_guard(cls->obj.id, cls->cd, slot, value, verdict);
	if (fallback)
		cls->fallback |= BIT_ULL(slot);
	else if (verdict == SAFEX_GUARD_OK)
		cls->fallback &= ~BIT_ULL(slot);
	else
		(*refused)++;
	return fallback ? !before : verdict != SAFEX_GUARD_OK;
}

/* Under manager->lock, which makes this the only writer of the page. */
void safex_publish(struct safex_class *cls, const struct safex_writes *w,
		   u64 now)
{
	struct safex_page *page = cls->page;
	u64 left = w->dirty;
	s64 share;

	if (!left)
		return;
	WRITE_ONCE(page->revision, page->revision + 1);
	smp_wmb();	/* odd before any value changes */
	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);

		WRITE_ONCE(page->value[slot], w->value[slot]);
		cls->last[slot] = now;
	}
	smp_wmb();	/* all values before even again */
	WRITE_ONCE(page->revision, page->revision + 1);
	if (!safex_share_written(cls, w))
		return;
	share = w->value[cls->role[SAFEX_ROLE_SHARE]];
	if (share != cls->share_value)
		safex_share_update(cls, share);
}

static noinline void safex_commit_report(const struct safex_activation *act,
					 u32 slot, s64 value, u32 verdict)
{
	struct safex_about about;

	safex_run_about(act, &about);
	safex_report_guard(&about, act->cls->attrs[slot].name, value, verdict,
			   act->line[slot]);
	safex_budget_forget();
}

static void safex_commit_guarded(struct safex_activation *act)
{
	struct safex_class *cls = act->cls;
	struct safex_ext *ext = act->ext;
	struct safex_writes *accepted = &cls->manager->accepted;
	u64 left = act->writes.dirty;

	accepted->dirty = 0;
	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);
		s64 value = act->writes.value[slot];
		u32 verdict = safex_guard_write(cls, slot, value, accepted);

		if (safex_guard_count(cls, slot, value, verdict,
				      &ext->account.refused))
			safex_commit_report(act, slot, value, verdict);
	}
	safex_publish(cls, accepted, act->ctx.now);
}

/* The manager's own writes are trusted as its mechanism is. */
void safex_commit(struct safex_activation *act)
{
	u32 i;

	if (act->writes.dirty) {
		if (act->ext)
			safex_commit_guarded(act);
		else
			safex_publish(act->cls, &act->writes, act->ctx.now);
	}
	for (i = 0; i < act->n_events; i++)
		safex_channel_raise(act->ext, act->events[i].event,
				    act->events[i].value);
	if (act->ext && act->n_events)
		act->ext->account.events += act->n_events;
}

/* A write by the application; returns enum safex_verdict. */
u32 safex_write_app(struct safex_class *cls, u32 slot, s64 value)
{
	struct safex_writes *accepted = &cls->manager->accepted;
	u32 verdict;

	if (!(cls->attrs[slot].rights & SAFEX_APP_WRITE)) {
		cls->refused++;
		return SAFEX_GUARD_RIGHTS;
	}
	accepted->dirty = 0;
	verdict = safex_guard_write(cls, slot, value, accepted);
	safex_guard_count(cls, slot, value, verdict, &cls->refused);
	safex_publish(cls, accepted, ktime_get_ns());
	return verdict;
}
