// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of activations, what is rare or takes its time: calls with a timer or through
 * a trampoline, the manager's own program, and ends that are no return.
 */
#include <linux/module.h>
#include "safex_activation.h"

/* So many aborts in a row are its own, whatever part devices had in each. */
#define SAFEX_DISTURBED	8

unsigned int safex_abort_limit = 8;
module_param_named(abort_limit, safex_abort_limit, uint, 0644);
MODULE_PARM_DESC(abort_limit,
		 "aborts in a row after which an extension is removed (8)");

/* ext: NULL for the program of cls's manager. */
void safex_act_init(struct safex_activation *act, struct safex_class *cls,
		    struct safex_ext *ext)
{
	act->cls = cls;
	act->ext = ext;
	act->args[0] = (unsigned long)&act->ctx;
	act->args[1] = (unsigned long)&cls->share;
}

static int safex_act_call(struct safex_activation *act,
			  const struct safex_program *program)
{
	struct safex_class *cls = act->cls;

	if (program->direct)
		return bpf_prog_run(program->direct, act->args);
	if (!act->ext)
		return cls->manager->ops->manager(&act->ctx, &cls->share);
	if (act->ext->obj.kind == SAFEX_KIND_MONITOR)
		return act->ext->ops->monitor(&act->ctx);
	return act->ext->ops->handler(&act->ctx);
}

/* With a timer, or where programs can't be called directly. */
int safex_act_timed(struct safex_time *t, struct safex_activation *act,
		    const struct safex_program *program, u64 budget)
{
	int ret;

	act->ctx.now = safex_budget_arm(t, &act->ctx.expired, budget);
	ret = safex_act_call(act, program);
	safex_budget_stop(t);
	return ret;
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
	about->id = safex_act_id(act);
}

/* Of these slots, the values are what they are. */
void safex_act_refresh(struct safex_activation *act, u64 slots)
{
	const s64 *value = act->cls->value;

	for (; slots; slots &= slots - 1) {
		u32 slot = __ffs64(slots);

		act->ctx.attr[slot] = value[slot];
	}
}

/* Something that it may perhaps read has changed. */
void safex_act_renew(struct safex_activation *act)
{
	act->seen = act->cls->changes;
	safex_act_refresh(act, act->ext->read_mask);
}

/* What the program has set and raised is dropped; a manager reads all. */
void safex_act_drop(struct safex_activation *act)
{
	act->ctx.set[0] = 0;
	act->ctx.set[1] = 0;
	act->n_events = 0;
	act->seen = act->cls->changes;
	safex_act_refresh(act, act->ext ? act->ext->read_mask :
			       GENMASK_ULL(SAFEX_ATTRS_MAX - 1, 0));
}

/* A manager's program stays off until one is attached again. */
static void safex_run_unload(struct safex_activation *act,
			     const struct safex_about *about)
{
	u32 limit = READ_ONCE(safex_abort_limit);
	u32 row = about->account->row;

	if (!limit || (about->account->streak < limit &&
		       row / SAFEX_DISTURBED < limit))
		return;
	if (act->ext)
		act->ext->activated = false;
	else
		act->cls->manager->ops = NULL;
	about->account->record_time = 0;	/* told, whatever else was said just now */
	safex_report(about, SAFEX_END_UNLOADED, 0, 0,
		     "removed: aborted %u times in a row", row);
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

/*
 * ret: what the program did.  Returns whether there is a version to do what
 * one on probation has failed to do.
 */
bool safex_run_failed(struct safex_time *t, struct safex_activation *act,
		      int ret, u64 budget)
{
	u32 kind = safex_end_of(ret);
	bool aborted = kind == SAFEX_END_BUDGET || kind == SAFEX_END_LOOP;
	bool disturbed = aborted && safex_time_met_irq(t), again = false;
	struct safex_about about;

	safex_run_about(act, &about);
	safex_account_end(about.account, kind, disturbed);
	safex_report_end(&about, kind,
			 kind == SAFEX_END_THROWN && SAFEX_RET_KIND(ret) != kind ? ret : 0,
			 safex_run_line(ret, kind), budget, disturbed);
	if (act->ext && (!disturbed || about.account->row >= SAFEX_DISTURBED))
		again = safex_version_failed(act->ext, kind);
	safex_act_drop(act);
	safex_run_unload(act, &about);
	safex_budget_forget(t);
	return again && act->ext->activated;
}

void safex_run_manager(struct safex_time *t, struct safex_class *cls, bool early)
{
	struct safex_manager *m = cls->manager;
	struct safex_activation *act = &cls->act;
	u64 before = cls->spent, budget = m->budget - before;
	int ret;

	act->ctx.event = early;
	ret = safex_act_run(t, act, &m->account, &m->program, budget,
			    &cls->spent);
	safex_longest_take(t, &m->longest, cls->spent - before);
	if (unlikely(ret))
		safex_run_failed(t, act, ret, budget);
	else if (safex_act_set(act))
		safex_commit_trusted(t, act, safex_act_set(act));
}
