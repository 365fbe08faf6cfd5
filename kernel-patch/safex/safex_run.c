// SPDX-License-Identifier: GPL-2.0-only
/*
 * One activation: call the program within its reservation, charge its time,
 * then either commit what it staged or drop all of it and say why.
 */
#include <linux/filter.h>
#include <linux/module.h>
#include <linux/string.h>
#include "safex_time.h"
#include "safex_trace.h"

unsigned int safex_abort_limit = 8;
module_param_named(abort_limit, safex_abort_limit, uint, 0644);
MODULE_PARM_DESC(abort_limit,
		 "aborts in a row after which an extension is removed (8)");

static __always_inline int safex_run_call(struct safex_activation *act,
					  const struct safex_program *program)
{
	struct safex_class *cls = act->cls;
	u64 args[] = { (unsigned long)&act->ctx, (unsigned long)&cls->share };

	if (likely(program->direct))
		return bpf_prog_run(program->direct, args);
	if (!act->ext)
		return cls->manager->ops->manager(&act->ctx, &cls->share);
	if (act->ext->obj.kind == SAFEX_KIND_MONITOR)
		return act->ext->ops->monitor(&act->ctx);
	return act->ext->ops->handler(&act->ctx);
}

/* Whose activation it is, for records. */
void safex_run_about(const struct safex_activation *act,
		     struct safex_about *about)
{
	struct safex_ext *ext = act->ext;
	struct safex_manager *m = act->cls->manager;

	about->account = safex_act_account(act);
	about->name = ext ? ext->name : m->name;
	about->file = ext ? ext->file.name : m->file.name;
	about->cd = act->cls->cd;
	about->id = ext ? ext->obj.id : m->obj.id;
}

/* Nothing is set, and of what the mask has, the values are what they are. */
static __always_inline void safex_run_refresh(struct safex_activation *act,
					      u64 left)
{
	const struct safex_page *page = act->cls->page;

	act->ctx.set[0] = 0;
	act->ctx.set[1] = 0;
	for (; left; left &= left - 1) {
		u32 slot = __ffs64(left);

		act->ctx.attr[slot] = page->value[slot];
	}
}

/* What the program has set is dropped; a manager reads all. */
void safex_run_drop(struct safex_activation *act)
{
	safex_run_refresh(act, act->ext ? act->ext->read_mask :
			       GENMASK_ULL(SAFEX_ATTRS_MAX - 1, 0));
}

/* A manager's program stays off until one is attached again. */
static void safex_run_unload(struct safex_activation *act,
			     const struct safex_about *about)
{
	u32 limit = READ_ONCE(safex_abort_limit);
	u32 streak = about->account->streak;

	if (!limit || streak < limit)
		return;
	if (act->ext)
		act->ext->activated = false;
	else
		act->cls->manager->ops = NULL;
	safex_report(about, SAFEX_END_UNLOADED, 0, 0,
		     "removed: aborted %u times in a row", streak);
}

/* A loop's bound may have been the reservation's end, see safex_end_of(). */
static u32 safex_run_line(int ret, u32 kind)
{
	u32 said = SAFEX_RET_KIND(ret);

	if (said != kind &&
	    (said != SAFEX_END_LOOP || kind != SAFEX_END_BUDGET))
		return 0;
	return SAFEX_RET_LINE(ret);
}

static noinline void safex_run_failed(struct safex_activation *act, u32 kind,
				      int ret, u64 budget)
{
	struct safex_about about;

	safex_run_about(act, &about);
	safex_report_end(&about, kind,
			 kind == SAFEX_END_THROWN && SAFEX_RET_KIND(ret) != kind ? ret : 0,
			 safex_run_line(ret, kind), budget);
	if (act->ext)
		safex_version_failed(act->ext, kind);
	else
		safex_run_drop(act);
	safex_run_unload(act, &about);
	safex_budget_forget();
}

/* Returns the ns that the program took. */
static __always_inline u64 safex_run(struct safex_activation *act,
				     struct safex_account *account, u32 id,
				     const struct safex_program *program,
				     u64 budget)
{
	struct safex_time *t = this_cpu_ptr(&safex_times);
	u32 kind = SAFEX_END_RETURN;
	u64 start, ns;
	int ret;

	act->n_events = 0;
	trace_safex_begin(id, act->cls->cd, budget);
	start = safex_budget_start(t, &act->ctx.expired, budget, program);
	act->ctx.now = start;
	ret = safex_run_call(act, program);
	ns = safex_budget_stop(t, start);
	if (unlikely(ret))
		kind = safex_end_of(ret);
	trace_safex_end(id, act->cls->cd, kind, ns);
	safex_account_run(account, ns, kind);
	if (likely(kind == SAFEX_END_RETURN))
		safex_commit(act);
	else
		safex_run_failed(act, kind, ret, budget);
	return ns;
}

/*
 * One activation and its guards always fit into what was reserved; more of a
 * handler in the same tick if they would if they took the longest ever seen.
 */
bool safex_run_fits(struct safex_ext *ext)
{
	struct safex_manager *m = ext->cls->manager;

	if (ext->tick != m->ticks) {
		ext->tick = m->ticks;
		ext->spent = 0;
	}
	return !ext->spent || ext->spent + ext->longest <= ext->time;
}

/* Its time, and that of the guards of what it wrote, are its class's. */
static void safex_run_version(struct safex_ext *ext, u32 event, s64 value)
{
	struct safex_cpu *cpu = &ext->cls->cpu;
	struct safex_activation *act = &ext->act;
	u64 before = cpu->charged, ns;

	act->ctx.event = event;
	act->ctx.value = value;
	safex_run_refresh(act, ext->read_mask);
	ns = safex_run(act, &ext->account, ext->obj.id, &ext->program,
		       ext->budget);
	cpu->charged += ns;
	ns = cpu->charged - before;
	ext->spent += ns;
	ext->longest = max(ext->longest, ns);
}

/* What a version on probation fails to do is done by the one it goes back to. */
static void safex_run_ext(struct safex_ext *ext, u32 event, s64 value)
{
	u32 version = ext->version;

	safex_run_version(ext, event, value);
	if (unlikely(ext->version != version) && ext->activated && ext->ops)
		safex_run_version(ext, event, value);
}

void safex_run_monitor(struct safex_ext *ext)
{
	safex_run_ext(ext, 0, 0);
}

void safex_run_handler(struct safex_ext *ext, u32 event, s64 value)
{
	ext->account.events++;
	safex_run_ext(ext, event, value);
}

void safex_run_manager(struct safex_class *cls, bool early)
{
	struct safex_manager *m = cls->manager;
	struct safex_activation *act = &cls->act;

	act->ctx.event = early;
	safex_run_refresh(act, 0);
	cls->spent += safex_run(act, &m->account, m->obj.id, &m->program,
				m->budget - cls->spent);
}
