// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an activation has set becomes visible together, that of extensions and
 * applications after the manager's guard has seen each write.  No guard, no
 * write.
 */
#include <linux/math64.h>
#include <linux/nospec.h>
#include "safex_activation.h"

/* With a timer, or where programs can't be called directly. */
static noinline int safex_guard_timed(struct safex_time *t,
				      struct safex_class *cls)
{
	const struct safex_guard *guard = &cls->manager->guard;
	int ret;

	cls->guard.now = safex_budget_arm(t, &cls->guard.expired,
					  cls->manager->budget);
	if (guard->program.direct)
		ret = bpf_prog_run(guard->program.direct, cls->guard_args);
	else
		ret = (guard->ops->guard)(&cls->guard);	/* guard() is a macro */
	safex_budget_stop(t);
	return ret;
}

/* *charged grows by the ns that it took, as in safex_act_run(). */
static __always_inline u32 safex_guard_call(struct safex_time *t,
					    struct safex_class *cls,
					    u64 *charged)
{
	struct safex_guard *guard = &cls->manager->guard;
	u64 start, ns;
	bool valid;
	int ret;

	if (likely(guard->program.ends)) {
		start = t->last;
		cls->guard.now = start;
		ret = bpf_prog_run(guard->program.direct, cls->guard_args);
	} else if (guard->ops) {
		ret = safex_guard_timed(t, cls);
		start = cls->guard.now;
	} else {
		return SAFEX_GUARD_FAULT;
	}
	ns = safex_time_lap(t, start);
	valid = (u32)ret <= SAFEX_GUARD_FAULT;
	*charged += min(ns, cls->manager->budget);
	safex_account_run(&guard->account, ns, valid);
	if (likely(valid))
		return ret;
	safex_account_end(&guard->account, safex_end_of(ret), false);
	return SAFEX_GUARD_FAULT;
}

/* Per million of one CPU, if this were the value of the class's share. */
static s64 safex_share_of(const struct safex_class *cls, s64 value)
{
	s64 period = cls->cpu.period;

	return period ? div64_s64(clamp_t(s64, value, 0, period) * SAFEX_PPM, period) : 0;
}

/* What it gives back is others' only when it is published. */
static noinline bool safex_share_grow(struct safex_class *cls, s64 value)
{
	s64 share = safex_share_of(cls, value);

	if (share <= cls->share_ppm)
		return true;
	if (!safex_share_take(share - cls->share_ppm))
		return false;
	cls->share_ppm = share;
	cls->share_value = value;
	return true;
}

/*
 * Takes what this value, if it is the class's share, adds to the sum; false:
 * there isn't as much.
 */
static __always_inline bool safex_share_fits(struct safex_class *cls, u32 slot,
					     s64 value)
{
	return slot != cls->role[SAFEX_ROLE_SHARE] ||
	       value == cls->share_value || safex_share_grow(cls, value);
}

/* What the guard sets instead of what was asked for was asked for by nobody. */
static __always_inline void safex_share_asked(struct safex_class *cls, u32 slot,
					      u32 verdict, s64 value)
{
	if (slot == cls->role[SAFEX_ROLE_SHARE] &&
	    verdict == SAFEX_GUARD_OK && max_t(s64, value, 0) != cls->cpu.asked)
		safex_judge_ask(cls, value);
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
static __always_inline u32 safex_guard_accept(struct safex_class *cls,
					      u32 verdict, u64 *accepted)
{
	struct safex_guard_ctx *g = &cls->guard;
	u32 slot = g->slot, to = g->maps - 1;
	bool own = verdict == SAFEX_GUARD_OK && to != slot;

	if (g->maps) {
		if (to >= SAFEX_ATTRS_MAX)
			return SAFEX_GUARD_FAULT;
		to = array_index_nospec(to, SAFEX_ATTRS_MAX);
		if (!(cls->map_mask & BIT_ULL(to)))
			return SAFEX_GUARD_FAULT;
		if (!safex_share_fits(cls, to, g->mapped))
			return SAFEX_GUARD_SUM;
	}
	if (own && !safex_share_fits(cls, slot, g->value))
		return SAFEX_GUARD_SUM;
	if (g->maps) {
		g->attr[to] = g->mapped;
		*accepted |= BIT_ULL(to);
		safex_share_asked(cls, to, verdict, g->mapped);
	}
	if (own) {
		g->attr[slot] = g->value;
		safex_share_asked(cls, slot, verdict, g->value);
		*accepted |= BIT_ULL(slot);
	}
	return verdict;
}

/* The share that was asked for, by this write or by what it maps to, is others'. */
static noinline void safex_share_refused(struct safex_class *cls)
{
	const struct safex_guard_ctx *g = &cls->guard;
	u32 share = cls->role[SAFEX_ROLE_SHARE];
	bool mapped = g->maps && g->maps - 1 == share;

	if (!mapped && g->slot != share)
		return;
	cls->cpu.in_vain = true;
	safex_judge_share(cls, mapped ? g->mapped : g->value);
}

/* The verdict on one write; what comes of it is added to accepted. */
static __always_inline u32 safex_guard_write(struct safex_time *t,
					     struct safex_class *cls, u32 slot,
					     s64 value, u64 *accepted,
					     u64 *charged)
{
	struct safex_guard_ctx *g = &cls->guard;
	u32 verdict;

	g->maps = 0;
	if (cls->fixed_mask & BIT_ULL(slot))
		return SAFEX_GUARD_CONTRACT;
	g->slot = slot;
	g->value = value;
	g->old = cls->value[slot];
	g->last = cls->last[slot];
	g->others_ppm = safex_share_sum() - cls->share_ppm;
	verdict = safex_guard_call(t, cls, charged);
	if (verdict == SAFEX_GUARD_OK || verdict == SAFEX_GUARD_UNSAFE)
		verdict = safex_guard_accept(cls, verdict, accepted);
	if (unlikely(verdict == SAFEX_GUARD_SUM))
		safex_share_refused(cls);
	return verdict;
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

/* Whether the verdict on this slot is plainly yes, or what it was before. */
static __always_inline bool safex_guard_usual(const struct safex_class *cls,
					      u32 slot, u32 verdict)
{
	bool before = cls->fallback & BIT_ULL(slot);

	if (verdict == SAFEX_GUARD_OK)
		return !before;
	return verdict == SAFEX_GUARD_UNSAFE && before && cls->guard.maps;
}

/* The verdict, and whether the writer is to be told. */
static __always_inline bool safex_guard_judge(struct safex_time *t,
					      struct safex_class *cls, u32 slot,
					      s64 value, u64 *accepted,
					      u64 *refused, u64 *charged,
					      u32 *verdict)
{
	*verdict = safex_guard_write(t, cls, slot, value, accepted, charged);
	trace_safex_guard(cls, slot, value, *verdict);
	return unlikely(!safex_guard_usual(cls, slot, *verdict)) &&
	       safex_guard_count(cls, slot, *verdict, refused);
}

/*
 * The values that cls->guard has of these slots.  Under manager->lock, which
 * makes this the only writer of the page.
 */
static __always_inline void safex_publish(struct safex_class *cls, u64 slots,
					  u64 now)
{
	struct safex_page *page = cls->page;
	u64 left = slots, revision = page->revision;

	WRITE_ONCE(page->revision, revision + 1);
	smp_wmb();	/* odd before any value changes */
	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);
		s64 value = cls->guard.attr[slot];

		if (BIT_ULL(slot) & cls->app_mask)
			WRITE_ONCE(page->value[slot], value);
		cls->value[slot] = value;
		cls->act.ctx.attr[slot] = value;
		cls->last[slot] = now;
	}
	smp_wmb();	/* all values before even again */
	WRITE_ONCE(page->revision, revision + 2);
	if (slots & cls->read_mask)
		cls->changes++;
	if (slots & cls->share_mask) {
		s64 value = cls->value[cls->role[SAFEX_ROLE_SHARE]];

		if (value != cls->share_value)
			safex_share_update(cls, value);
		if (unlikely(cls->cpu.less))
			safex_judge_share(cls, value);
	}
}

static noinline void safex_commit_report(struct safex_time *t,
					 const struct safex_activation *act,
					 u32 slot, u32 verdict)
{
	const struct safex_class *cls = act->cls;
	struct safex_about about;

	safex_run_about(act, &about);
	safex_report_guard(&about,
			   slot < cls->n_attrs ? cls->attrs[slot].name : "?",
			   act->ctx.attr[slot], verdict, act->ctx.line[slot]);
	safex_budget_forget(t);
}

/* Slots that were set without the right to: the first is told, all are counted. */
static noinline void safex_commit_denied(struct safex_time *t,
					 struct safex_activation *act, u64 slots)
{
	safex_act_account(act)->refused += hweight64(slots);
	safex_commit_report(t, act, __ffs64(slots), SAFEX_GUARD_RIGHTS);
	for (; slots; slots &= slots - 1) {
		u32 slot = __ffs64(slots);

		act->ctx.attr[slot] = act->ext ? 0 : act->cls->value[slot];
	}
}

/*
 * What an extension has set, a bit per slot.  Its context gets back the values
 * that are, of those that it may read.
 */
void safex_commit_writes(struct safex_time *t, struct safex_activation *act,
			 u64 set)
{
	struct safex_class *cls = act->cls;
	struct safex_ext *ext = act->ext;
	u64 accepted = 0, left;

	act->ctx.set[0] = 0;
	act->ctx.set[1] = 0;
	if (unlikely(set & ~ext->write_mask))
		safex_commit_denied(t, act, set & ~ext->write_mask);
	for (left = set & ext->write_mask; left; left &= left - 1) {
		u32 slot = __ffs64(left);
		u32 verdict;

		if (safex_guard_judge(t, cls, slot, act->ctx.attr[slot],
				      &accepted, &ext->account.refused,
				      &cls->cpu.charged, &verdict))
			safex_commit_report(t, act, slot, verdict);
	}
	if (accepted)
		safex_publish(cls, accepted, act->ctx.now);
	if (set & ext->read_mask)
		safex_act_refresh(act, set & ext->read_mask);
}

/* What others do not get: within what there is, and the contract's ceiling. */
static noinline bool safex_commit_share(struct safex_time *t,
					struct safex_activation *act, u32 slot)
{
	struct safex_class *cls = act->cls;
	int ceiling = cls->role[SAFEX_ROLE_MAXIMUM];
	s64 value = act->ctx.attr[slot];
	u32 verdict = SAFEX_GUARD_SUM;

	if (ceiling >= 0 && value > cls->value[ceiling])
		verdict = SAFEX_GUARD_CONTRACT;
	else if (safex_share_fits(cls, slot, value))
		return true;
	safex_act_account(act)->refused++;
	safex_commit_report(t, act, slot, verdict);
	act->ctx.attr[slot] = cls->value[slot];
	return false;
}

/* The manager's own writes are trusted as its mechanism is, but for the share. */
void safex_commit_trusted(struct safex_time *t, struct safex_activation *act,
			  u64 set)
{
	struct safex_class *cls = act->cls;
	u64 slots = set & cls->mgr_mask, left;

	act->ctx.set[0] = 0;
	act->ctx.set[1] = 0;
	if (unlikely(set & ~cls->mgr_mask))
		safex_commit_denied(t, act, set & ~cls->mgr_mask);
	if (unlikely(slots & cls->share_mask) &&
	    !safex_commit_share(t, act, cls->role[SAFEX_ROLE_SHARE]))
		slots &= ~cls->share_mask;
	for (left = slots; left; left &= left - 1) {
		u32 slot = __ffs64(left);

		cls->guard.attr[slot] = act->ctx.attr[slot];
	}
	if (slots)
		safex_publish(cls, slots, act->ctx.now);
}

/*
 * A write by the application; returns enum safex_verdict.  The guard runs in
 * the system call of whoever writes, whose CPU time it is already.
 */
u32 safex_write_app(struct safex_time *t, struct safex_class *cls, u32 slot,
		    s64 value)
{
	u64 accepted = 0, callers = 0;
	u32 verdict;

	if (!(cls->attrs[slot].rights & SAFEX_APP_WRITE)) {
		cls->refused++;
		return SAFEX_GUARD_RIGHTS;
	}
	safex_guard_judge(t, cls, slot, value, &accepted, &cls->refused,
			  &callers, &verdict);
	if (accepted)
		safex_publish(cls, accepted, t->last);
	return verdict;
}
