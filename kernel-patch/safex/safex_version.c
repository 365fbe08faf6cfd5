// SPDX-License-Identifier: GPL-2.0-only
/*
 * Versions of an extension's program: one runs, one may wait to replace it,
 * and the one that was replaced is kept for as long as its link is, to go
 * back to.  Passes hold manager->lock, so a swap is between two activations.
 */
#include <linux/sched/clock.h>
#include <linux/string.h>
#include "safex_internal.h"

/* The version that runs has what it may read, and gets it when it changes. */
void safex_version_enter(struct safex_ext *ext)
{
	struct safex_activation *act = &ext->act;

	/* What one version could read, another may not. */
	memset(act->ctx.attr, 0, sizeof(act->ctx.attr));
	ext->cls->read_mask |= ext->read_mask;
	safex_act_drop(act);
}

static void safex_version_watch(struct safex_ext *ext, bool on)
{
	ext->cls->n_probation += on - ext->probation;
	ext->probation = on;
}

/* It is not gone back from any more. */
void safex_version_settle(struct safex_ext *ext)
{
	safex_version_watch(ext, false);
	ext->cls->cpu.asked = SAFEX_ASKED_NONE;	/* the same counts otherwise now */
}

static void safex_version_swap(struct safex_ext *ext, struct safex_version *v)
{
	u64 was = ext->period;

	swap(ext->ops, v->ops);
	swap(ext->program, v->program);
	swap(ext->file, v->file);
	swap(ext->version, v->number);
	swap(ext->period, v->period);
	swap(ext->budget, v->budget);
	swap(ext->read_mask, v->read_mask);
	swap(ext->write_mask, v->write_mask);
	swap(ext->time, v->time);
	swap(ext->ppm, v->ppm);
	safex_version_enter(ext);
	if (ext->due)
		ext->due += ext->period - was;	/* counted from the last one */
	safex_account_forgive(&ext->account);
	ext->longest = 0;
}

/* Only once its program can't be called any more. */
static void safex_version_drop(struct safex_version *v)
{
	safex_release_extension(v->time, v->ppm);
	memset(v, 0, sizeof(*v));
}

static int safex_version_check(const struct safex_ext_create *c,
			       const struct safex_ext *ext)
{
	if (ext->obj.kind != c->kind || ext->cls->obj.id != c->class_id ||
	    strncmp(ext->name, c->name, sizeof(ext->name)))
		return -EINVAL;
	if (ext->next.ops)
		return -EBUSY;
	if (!c->budget)
		return 0;
	if (!c->version || c->version == ext->version)
		return -EINVAL;
	if (!ext->ops)
		return -ENOEXEC;
	if (ext->spare.time)
		return -EBUSY;
	return safex_ext_check(c, ext->cls);
}

int safex_version_announce(void *arg, struct safex_object *made)
{
	struct safex_ext_create *c = arg;
	struct safex_obj *obj = safex_obj_find(c->kind, c->id);
	struct safex_version *v;
	struct safex_ext *ext;
	int ret;

	if (c->kind != SAFEX_KIND_MONITOR && c->kind != SAFEX_KIND_HANDLER)
		return -EINVAL;
	if (!obj)
		return -ENOENT;
	ext = safex_ext_of(obj);
	ret = safex_version_check(c, ext);
	if (ret)
		return ret;
	v = &ext->next;
	if (v->time)
		safex_version_drop(v);
	if (!c->budget)
		return 0;
	v->time = safex_ext_time(ext->cls, c->budget, c->write_mask);
	ret = safex_admit_extension(v->time,
				    c->period ?: ext->cls->manager->period,
				    &v->ppm);
	if (ret) {
		v->time = 0;
		return ret;
	}
	strscpy(v->file.name, c->file, sizeof(v->file.name));
	v->number = c->version;
	v->period = c->period;
	v->budget = c->budget;
	v->read_mask = c->read_mask;
	v->write_mask = c->write_mask;
	return 0;
}

/* -EBUSY: there is a program, and no version was announced; or of safex_program_find(). */
int safex_version_bind(struct safex_ext *ext, struct safex_extension_ops *ops)
{
	struct safex_program found;
	bool next = ext->next.time;
	struct safex_extension_ops **slot = next ? &ext->next.ops : &ext->ops;
	int ret;

	ret = safex_program_find(&found, ops, ops->monitor ?
				 offsetof(struct safex_extension_ops, monitor) :
				 offsetof(struct safex_extension_ops, handler));
	if (ret)
		return ret;
	ret = -EBUSY;
	spin_lock_bh(&ext->cls->manager->lock);
	if (!*slot) {
		*slot = ops;
		*(next ? &ext->next.program : &ext->program) = found;
		ret = 0;
	}
	spin_unlock_bh(&ext->cls->manager->lock);
	return ret;
}

void safex_version_start(struct safex_ext *ext)
{
	safex_version_swap(ext, &ext->next);
	ext->spare = ext->next;
	memset(&ext->next, 0, sizeof(ext->next));
	if (!ext->spare.ops)
		safex_version_drop(&ext->spare);
	safex_version_watch(ext, ext->activated && ext->spare.ops);
	ext->failed = 0;
	ext->cause = 0;
	ext->replaced = local_clock();
}

static const char *safex_version_why(u32 cause)
{
	switch (cause) {
	case SAFEX_END_BUDGET:
	case SAFEX_END_LOOP:
		return "was aborted";
	case SAFEX_END_CONTRACT:
		return "broke the contract";
	case SAFEX_END_UNLOADED:
		return "was detached";
	default:
		return "raised an exception";
	}
}

static void safex_version_back(struct safex_ext *ext, u32 cause)
{
	struct safex_about about = {
		.account = &ext->account,
		.name = ext->name,
		.cd = ext->cls->cd,
		.id = ext->obj.id,
	};

	safex_version_settle(ext);
	ext->failed = ext->version;
	ext->cause = cause;
	safex_version_swap(ext, &ext->spare);
	ext->account.record_time = 0;	/* told, whatever else was said just now */
	safex_report(&about, SAFEX_END_REVERTED, ext->version, 0,
		     "back to version %u: version %u %s on probation",
		     ext->version, ext->failed, safex_version_why(cause));
}

/* Returns whether another version takes over. */
bool safex_version_failed(struct safex_ext *ext, u32 kind)
{
	bool back = ext->probation;

	if (back)
		safex_version_back(ext, kind);
	return back;
}

/* A window that began before the replacement is no matter of the new version. */
static void safex_version_judge_list(struct list_head *exts, u64 broken)
{
	struct safex_ext *ext;

	list_for_each_entry(ext, exts, node)
		if (ext->probation && (s64)(broken - ext->replaced) > 0)
			safex_version_back(ext, SAFEX_END_CONTRACT);
}

void safex_version_judge(struct safex_class *cls)
{
	u64 broken = READ_ONCE(cls->cpu.broken);

	if (!broken)
		return;
	safex_version_judge_list(&cls->monitors, broken);
	safex_version_judge_list(&cls->handlers, broken);
}

int safex_version_keep(void *arg, struct safex_object *made)
{
	struct safex_keep *keep = arg;
	struct safex_obj *obj = safex_obj_find(SAFEX_KIND_NONE, keep->id);
	struct safex_ext *ext;
	int ret = -ESTALE;

	if (!obj)
		return -ENOENT;
	if (obj->kind != SAFEX_KIND_MONITOR && obj->kind != SAFEX_KIND_HANDLER)
		return -EINVAL;
	ext = safex_ext_of(obj);
	spin_lock_bh(&ext->cls->manager->lock);
	if (ext->version == keep->version) {
		safex_version_settle(ext);
		ret = 0;
	}
	spin_unlock_bh(&ext->cls->manager->lock);
	return ret;
}

void safex_version_unbind(struct safex_ext *ext, struct safex_extension_ops *ops)
{
	struct safex_manager *m = ext->cls->manager;

	spin_lock_bh(&m->lock);
	if (ext->ops == ops && ext->probation)
		safex_version_back(ext, SAFEX_END_UNLOADED);
	if (ext->ops == ops) {
		ext->ops = NULL;
		ext->activated = false;
	}
	if (ext->spare.ops == ops) {
		safex_version_settle(ext);
		safex_version_drop(&ext->spare);
	}
	if (ext->next.ops == ops)
		safex_version_drop(&ext->next);
	spin_unlock_bh(&m->lock);
}

/* The extension goes: what its versions had reserved is free. */
void safex_version_forget(struct safex_ext *ext)
{
	safex_release_extension(ext->next.time, ext->next.ppm);
	safex_release_extension(ext->spare.time, ext->spare.ppm);
}

void safex_version_stat(struct safex_stat *s, const struct safex_ext *ext)
{
	s->version = ext->version;
	s->next = ext->next.number;
	s->previous = ext->probation ? ext->spare.number : 0;
	s->failed = ext->failed;
	s->cause = ext->cause;
}
