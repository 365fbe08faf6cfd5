// SPDX-License-Identifier: GPL-2.0-only
/*
 * One activation: call the program within its reservation, charge its time,
 * then either commit what it staged or drop all of it and say why.
 */
#include <linux/filter.h>
#include <linux/module.h>
#include <linux/string.h>
#include "safex_internal.h"
#include "safex_trace.h"

unsigned int safex_abort_limit = 8;
module_param_named(abort_limit, safex_abort_limit, uint, 0644);
MODULE_PARM_DESC(abort_limit,
		 "aborts in a row after which an extension is removed (8)");

static int safex_run_call(struct safex_activation *act)
{
	struct safex_class *cls = act->cls;
	u64 args[] = { (unsigned long)&act->ctx, (unsigned long)&cls->share };

	if (act->program->direct)
		return bpf_prog_run(act->program->direct, args);
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

	about->account = act->account;
	about->name = ext ? ext->name : m->name;
	about->file = ext ? ext->file.name : m->file.name;
	about->cd = act->cls->cd;
	about->id = act->id;
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
	int code = act->fault;

	safex_run_about(act, &about);
	if (kind == SAFEX_END_THROWN && SAFEX_RET_KIND(ret) != kind)
		code = ret;
	safex_report_end(&about, kind, code, safex_run_line(ret, kind), budget);
	if (act->ext)
		safex_version_failed(act->ext, kind);
	safex_run_unload(act, &about);
	safex_budget_forget();
}

/* Returns the ns that the program took. */
static u64 safex_run(struct safex_activation *act, u64 budget)
{
	u64 start, ns;
	u32 kind;
	int ret;

	act->fault = 0;
	act->n_events = 0;
	act->writes.dirty = 0;
	trace_safex_begin(act->id, act->cls->cd, budget);
	start = safex_budget_start(&act->ctx.expired, budget, act->program);
	act->ctx.now = start;
	ret = safex_run_call(act);
	ns = safex_budget_stop(start);

	kind = act->fault ? SAFEX_END_FAULT : safex_end_of(ret);
	trace_safex_end(act->id, act->cls->cd, kind, ns);
	safex_account_run(act->account, ns, kind);
	if (act->ext)
		act->cls->cpu.charged += ns;
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

static void safex_run_version(struct safex_ext *ext, u32 event, s64 value)
{
	u64 before = ext->cls->cpu.charged, ns;
	struct safex_activation *act = &ext->cls->manager->act;

	act->cls = ext->cls;
	act->ext = ext;
	act->program = &ext->program;
	act->page = ext->cls->page;
	act->account = &ext->account;
	act->id = ext->obj.id;
	act->read_mask = ext->read_mask;
	act->write_mask = ext->write_mask;
	act->ctx.event = event;
	act->ctx.value = value;
	safex_run(act, ext->budget);
	ns = ext->cls->cpu.charged - before;
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

/* A manager reads all slots; the contract is not its to write. */
void safex_run_manager(struct safex_class *cls, bool early)
{
	struct safex_manager *m = cls->manager;
	struct safex_activation *act = &m->act;

	act->cls = cls;
	act->ext = NULL;
	act->program = &m->program;
	act->page = cls->page;
	act->account = &m->account;
	act->id = m->obj.id;
	act->read_mask = cls->read_mask;
	act->write_mask = cls->mgr_mask & ~cls->fixed_mask;
	act->ctx.event = early;
	act->ctx.value = 0;
	cls->spent += safex_run(act, m->budget - cls->spent);
}
