// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions: the reservation and the rights a monitor or handler runs with.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "safex_internal.h"

static void safex_ext_release(struct safex_obj *obj)
{
	struct safex_ext *ext = safex_ext_of(obj);

	safex_obj_put(&ext->cls->obj);
	kfree(ext);
}

static int safex_ext_form(const struct safex_ext_create *c)
{
	if (safex_name_check(c->name, sizeof(c->name)) ||
	    safex_file_check(c->file, sizeof(c->file)))
		return -EINVAL;
	if (c->budget < SAFEX_BUDGET_MIN || c->budget > SAFEX_BUDGET_MAX)
		return -ERANGE;
	if (c->kind == SAFEX_KIND_HANDLER)
		return c->period ? -EINVAL : 0;
	return c->kind == SAFEX_KIND_MONITOR ? 0 : -EINVAL;
}

/* A monitor can't run more often than the ticks of its manager. */
static int safex_ext_fits(const struct safex_ext_create *c,
			  const struct safex_class *cls)
{
	u64 readable = safex_attrs_mask(cls->attrs, cls->n_attrs, SAFEX_EXT_READ);
	u64 writable = safex_attrs_mask(cls->attrs, cls->n_attrs, SAFEX_EXT_WRITE);

	if (c->kind == SAFEX_KIND_MONITOR &&
	    (c->period < cls->manager->period || c->period > SAFEX_PERIOD_MAX))
		return -ERANGE;
	if ((c->read_mask & ~readable) || (c->write_mask & ~writable))
		return -EACCES;
	return 0;
}

int safex_ext_check(const struct safex_ext_create *c,
		    const struct safex_class *cls)
{
	return safex_ext_form(c) ?: safex_ext_fits(c, cls);
}

/* Each slot it may write costs a run of the guard, within the manager's budget. */
u64 safex_ext_time(const struct safex_class *cls, u64 budget, u64 write_mask)
{
	return budget + hweight64(write_mask) * cls->manager->budget;
}

static struct safex_ext *safex_ext_new(const struct safex_ext_create *c,
				       struct safex_class *cls)
{
	struct safex_ext *ext = kzalloc(sizeof(*ext), GFP_KERNEL_ACCOUNT);

	if (!ext)
		return NULL;
	strscpy(ext->name, c->name, sizeof(ext->name));
	strscpy(ext->file.name, c->file, sizeof(ext->file.name));
	INIT_LIST_HEAD(&ext->channels);
	ext->cls = cls;
	safex_act_init(&ext->act, cls, ext);
	ext->act.raises = c->kind == SAFEX_KIND_MONITOR;
	ext->period = c->period;
	ext->budget = c->budget;
	ext->read_mask = c->read_mask;
	ext->write_mask = c->write_mask;
	ext->version = c->version;
	return ext;
}

static int safex_ext_add(struct safex_ext *ext, u32 kind)
{
	struct safex_class *cls = ext->cls;
	u64 period = ext->period ?: cls->manager->period;
	int ret;

	ext->time = safex_ext_time(cls, ext->budget, ext->write_mask);
	ret = safex_admit_extension(ext->time, period, &ext->ppm);
	if (ret)
		return ret;
	ret = safex_obj_add(&ext->obj, kind, safex_ext_release);
	if (ret) {
		safex_release_extension(ext->time, ext->ppm);
		return ret;
	}
	safex_obj_get(&cls->obj);
	cls->n_exts++;
	spin_lock_bh(&cls->manager->lock);
	list_add_tail(&ext->node, kind == SAFEX_KIND_MONITOR ? &cls->monitors :
							       &cls->handlers);
	safex_version_enter(ext);
	spin_unlock_bh(&cls->manager->lock);
	return 0;
}

int safex_ext_create(void *arg, struct safex_object *made)
{
	struct safex_ext_create *c = arg;
	struct safex_ext *ext;
	struct safex_obj *obj;
	int ret;

	if (c->id)
		return -EINVAL;
	obj = safex_obj_find(SAFEX_KIND_CLASS, c->class_id);
	if (!obj)
		return -ENOENT;
	ret = safex_ext_check(c, safex_class_of(obj));
	if (!ret && safex_is_stopped())
		ret = -ESHUTDOWN;
	if (ret)
		return ret;
	ext = safex_ext_new(c, safex_class_of(obj));
	if (!ext)
		return -ENOMEM;
	ret = safex_ext_add(ext, c->kind);
	if (ret) {
		kfree(ext);
		return ret;
	}
	c->id = ext->obj.id;
	made->kind = c->kind;
	made->id = c->id;
	return 0;
}

/*
 * -ENOEXEC: no program is attached.  Once more is no error.  If a version
 * waits, it takes the place of the one that runs.
 */
int safex_ext_activate(struct safex_obj *obj)
{
	struct safex_ext *ext = safex_ext_of(obj);
	struct safex_manager *m = ext->cls->manager;
	int ret = 0;

	spin_lock_bh(&m->lock);
	if (ext->next.ops)
		safex_version_start(ext);
	if (!ext->ops)
		ret = -ENOEXEC;
	else if (!ext->activated)
		safex_account_forgive(&ext->account);
	ext->activated = !ret;
	spin_unlock_bh(&m->lock);
	return ret;
}

int safex_ext_destroy(struct safex_obj *obj)
{
	struct safex_ext *ext = safex_ext_of(obj);
	struct safex_class *cls = ext->cls;
	struct safex_about about = {
		.account = &ext->account,
		.name = ext->name,
		.cd = cls->cd,
		.id = obj->id,
	};

	if (ext->n_channels)
		return -EBUSY;
	spin_lock_bh(&cls->manager->lock);
	list_del(&ext->node);
	safex_version_settle(ext);
	ext->activated = false;
	ext->ops = NULL;
	safex_report_last(&about);
	spin_unlock_bh(&cls->manager->lock);
	safex_version_forget(ext);
	safex_release_extension(ext->time, ext->ppm);
	cls->n_exts--;
	safex_obj_del(obj);
	return 0;
}
