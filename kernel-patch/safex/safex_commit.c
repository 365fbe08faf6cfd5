// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an activation has set becomes visible together, that of extensions and
 * applications after the manager's guard has seen each write.  No guard, no
 * write.
 */
#include <linux/filter.h>
#include <linux/math64.h>
#include <linux/nospec.h>
#include "safex_time.h"
#include "safex_trace.h"

static __always_inline int safex_guard_run(struct safex_manager *m,
					   struct safex_guard_ctx *g)
{
	u64 args[] = { (unsigned long)g };

	if (likely(m->guard.program.direct))
		return bpf_prog_run(m->guard.program.direct, args);
	return (m->guard.ops->guard)(g);	/* guard() is a macro */
}

static u32 safex_guard_call(struct safex_class *cls)
{
	struct safex_time *t = this_cpu_ptr(&safex_times);
	struct safex_manager *m = cls->manager;
	u32 kind = SAFEX_END_RETURN;
	u64 start, ns;
	int ret;

	if (unlikely(!m->guard.ops))
		return SAFEX_GUARD_FAULT;
	start = safex_budget_start(t, &cls->guard.expired, m->budget,
				   &m->guard.program);
	cls->guard.now = start;
	ret = safex_guard_run(m, &cls->guard);
	ns = safex_budget_stop(t, start);
	cls->cpu.charged += ns;
	if (unlikely(ret < 0 || ret > SAFEX_GUARD_FAULT)) {
		kind = safex_end_of(ret);
		ret = SAFEX_GUARD_FAULT;
	}
	safex_account_run(&m->guard.account, ns, kind);
	return ret;
}

/* Per million of one CPU, if this were the value of the class's share. */
static s64 safex_share_of(const struct safex_class *cls, s64 value)
{
	s64 period = cls->cpu.period;

	return period ? div64_s64(clamp_t(s64, value, 0, period) * SAFEX_PPM, period) : 0;
}

/*
 * Takes what this value, if it is the class's share, adds to the sum; false:
 * there isn't as much.  What it gives back is others' only when it is published.
 */
static bool safex_share_fits(struct safex_class *cls, u32 slot, s64 value)
{
	s64 share;

	if (slot != cls->role[SAFEX_ROLE_SHARE] || value == cls->share_value)
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

/*
 * What the guard accepts, and what it maps it to, is added to accepted: both or
 * none.  Only one of them can be the share.
 */
static u32 safex_guard_accept(struct safex_class *cls, u32 verdict,
			      u64 *accepted)
{
	struct safex_guard_ctx *g = &cls->guard;
	u32 slot = g->slot, to = g->maps - 1;
	bool own = verdict == SAFEX_GUARD_OK && to != slot;

	if (g->maps) {
		if (to >= cls->n_attrs || (cls->fixed_mask & BIT_ULL(to)))
			return SAFEX_GUARD_FAULT;
		to = array_index_nospec(to, SAFEX_ATTRS_MAX);
		if (!safex_share_fits(cls, to, g->mapped))
			return SAFEX_GUARD_SUM;
	}
	if (own && !safex_share_fits(cls, slot, g->value))
		return SAFEX_GUARD_SUM;
	if (g->maps) {
		g->attr[to] = g->mapped;
		*accepted |= BIT_ULL(to);
	}
	if (own) {
		g->attr[slot] = g->value;
		*accepted |= BIT_ULL(slot);
	}
	return verdict;
}

/* The verdict on one write; what comes of it is added to accepted. */
static u32 safex_guard_write(struct safex_class *cls, u32 slot, s64 value,
			     u64 *accepted)
{
	struct safex_guard_ctx *g = &cls->guard;
	u32 verdict;

	g->maps = 0;
	if (cls->fixed_mask & BIT_ULL(slot))
		return SAFEX_GUARD_CONTRACT;
	g->slot = slot;
	g->value = value;
	g->old = cls->page->value[slot];
	g->last = cls->last[slot];
	g->others_ppm = safex_share_sum() - cls->share_ppm;
	verdict = safex_guard_call(cls);
	if (verdict != SAFEX_GUARD_OK && verdict != SAFEX_GUARD_UNSAFE)
		return verdict;
	return safex_guard_accept(cls, verdict, accepted);
}

/*
 * A verdict that is not plainly yes, or the first such after others.  "Not safe
 * now, use the fallback" is how a contract is kept and no refusal: it is told
 * when it begins.  Returns whether there is something to tell.
 */
static noinline bool safex_guard_count(struct safex_class *cls, u32 slot,
				       u32 verdict, u64 *refused)
{
	bool fallback = verdict == SAFEX_GUARD_UNSAFE && cls->guard.maps;
	bool before = cls->fallback & BIT_ULL(slot);

	if (fallback)
		cls->fallback |= BIT_ULL(slot);
	else if (verdict == SAFEX_GUARD_OK)
		cls->fallback &= ~BIT_ULL(slot);
	else
		(*refused)++;
	return fallback ? !before : verdict != SAFEX_GUARD_OK;
}

/* The verdict, and whether the writer is to be told. */
static bool safex_guard_judge(struct safex_class *cls, u32 slot, s64 value,
			      u64 *accepted, u64 *refused, u32 *verdict)
{
	*verdict = safex_guard_write(cls, slot, value, accepted);
	trace_safex_guard(cls->obj.id, cls->cd, slot, value, *verdict);
	if (likely(*verdict == SAFEX_GUARD_OK && !cls->fallback))
		return false;
	return safex_guard_count(cls, slot, *verdict, refused);
}

/*
 * The values that cls->guard has of these slots.  Under manager->lock, which
 * makes this the only writer of the page.
 */
static void safex_publish(struct safex_class *cls, u64 slots, u64 now)
{
	int share = cls->role[SAFEX_ROLE_SHARE];
	struct safex_page *page = cls->page;
	u64 left = slots;

	WRITE_ONCE(page->revision, page->revision + 1);
	smp_wmb();	/* odd before any value changes */
	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);
		s64 value = cls->guard.attr[slot];

		WRITE_ONCE(page->value[slot], value);
		cls->act.ctx.attr[slot] = value;
		cls->last[slot] = now;
	}
	smp_wmb();	/* all values before even again */
	WRITE_ONCE(page->revision, page->revision + 1);
	if (share >= 0 && (slots & BIT_ULL(share)) &&
	    page->value[share] != cls->share_value)
		safex_share_update(cls, page->value[share]);
}

static noinline void safex_commit_report(const struct safex_activation *act,
					 u32 slot, u32 verdict)
{
	const struct safex_class *cls = act->cls;
	struct safex_about about;

	safex_run_about(act, &about);
	safex_report_guard(&about,
			   slot < cls->n_attrs ? cls->attrs[slot].name : "?",
			   act->ctx.attr[slot], verdict, act->ctx.line[slot]);
	safex_budget_forget();
}

/* Slots that were set without the right to: the first is told, all are counted. */
static noinline void safex_commit_denied(struct safex_activation *act, u64 slots)
{
	safex_act_account(act)->refused += hweight64(slots);
	safex_commit_report(act, __ffs64(slots), SAFEX_GUARD_RIGHTS);
	for (; slots; slots &= slots - 1) {
		u32 slot = __ffs64(slots);

		act->ctx.attr[slot] = act->ext ? 0 : act->cls->page->value[slot];
	}
}

static void safex_commit_guarded(struct safex_activation *act, u64 left)
{
	struct safex_class *cls = act->cls;
	u64 accepted = 0;

	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);
		s64 value = act->ctx.attr[slot];
		u32 verdict;

		if (safex_guard_judge(cls, slot, value, &accepted,
				      &act->ext->account.refused, &verdict))
			safex_commit_report(act, slot, verdict);
	}
	if (accepted)
		safex_publish(cls, accepted, act->ctx.now);
}

/* The manager's own writes are trusted as its mechanism is. */
static void safex_commit_trusted(struct safex_activation *act, u64 slots)
{
	struct safex_class *cls = act->cls;
	u64 left = slots;

	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);

		cls->guard.attr[slot] = act->ctx.attr[slot];
	}
	safex_publish(cls, slots, act->ctx.now);
}

/* What was set, a bit per slot. */
void safex_commit_writes(struct safex_activation *act, u64 set)
{
	u64 allowed = act->ext ? act->ext->write_mask : act->cls->mgr_mask;

	if (unlikely(set & ~allowed))
		safex_commit_denied(act, set & ~allowed);
	set &= allowed;
	if (set && act->ext)
		safex_commit_guarded(act, set);
	else if (set)
		safex_commit_trusted(act, set);
}

void safex_commit_events(struct safex_activation *act)
{
	u32 i;

	for (i = 0; i < act->n_events; i++)
		safex_channel_raise(act->ext, act->events[i].event,
				    act->events[i].value);
	act->ext->account.events += act->n_events;
}

/* A write by the application; returns enum safex_verdict. */
u32 safex_write_app(struct safex_class *cls, u32 slot, s64 value)
{
	u64 accepted = 0;
	u32 verdict;

	if (!(cls->attrs[slot].rights & SAFEX_APP_WRITE)) {
		cls->refused++;
		return SAFEX_GUARD_RIGHTS;
	}
	safex_guard_judge(cls, slot, value, &accepted, &cls->refused, &verdict);
	if (accepted)
		safex_publish(cls, accepted, ktime_get_ns());
	return verdict;
}
