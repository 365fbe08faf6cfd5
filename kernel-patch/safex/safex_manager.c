// SPDX-License-Identifier: GPL-2.0-only
/*
 * Service managers: what they declare, and their coming and going.  What they
 * do at each tick is in safex_pass.c.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "safex_internal.h"

static void safex_manager_release(struct safex_obj *obj)
{
	struct safex_manager *m = safex_manager_of(obj);

	kfree(m->attrs);
	kfree(m);
}

/* The guard lives in its manager, so its reference is one to the manager. */
static void safex_guard_release(struct safex_obj *obj)
{
	safex_obj_put(&safex_guard_owner(obj)->obj);
}

static int safex_manager_check(const struct safex_manager_create *c)
{
	if (c->id || c->guard || c->pad ||
	    safex_name_check(c->name, sizeof(c->name)) ||
	    safex_file_check(c->file, sizeof(c->file)))
		return -EINVAL;
	if (c->period < SAFEX_PERIOD_MIN || c->period > SAFEX_PERIOD_MAX ||
	    c->budget < SAFEX_BUDGET_MIN || c->budget > SAFEX_BUDGET_MAX ||
	    c->budget > c->period)
		return -ERANGE;
	return safex_attrs_check(c->attrs, c->n_attrs);
}

static struct safex_manager *
safex_manager_new(const struct safex_manager_create *c)
{
	struct safex_manager *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);

	if (!m)
		return NULL;
	m->attrs = kmemdup(c->attrs, sizeof(c->attrs), GFP_KERNEL_ACCOUNT);
	if (!m->attrs) {
		kfree(m);
		return NULL;
	}
	strscpy(m->name, c->name, sizeof(m->name));
	strscpy(m->file.name, c->file, sizeof(m->file.name));
	m->period = c->period;
	m->budget = c->budget;
	m->n_attrs = c->n_attrs;
	spin_lock_init(&m->lock);
	spin_lock_init(&m->queue.lock);
	INIT_LIST_HEAD(&m->classes);
	safex_pass_init(m);
	return m;
}

static int safex_manager_add(struct safex_manager *m)
{
	int ret = safex_obj_add(&m->obj, SAFEX_KIND_MANAGER,
				safex_manager_release);

	if (ret) {
		safex_manager_release(&m->obj);
		return ret;
	}
	ret = safex_obj_add(&m->guard.obj, SAFEX_KIND_GUARD,
			    safex_guard_release);
	if (ret)
		safex_obj_del(&m->obj);
	else
		safex_obj_get(&m->obj);
	return ret;
}

int safex_manager_create(void *arg, struct safex_object *made)
{
	struct safex_manager_create *c = arg;
	struct safex_manager *m;
	int ret = safex_manager_check(c);

	if (!ret && safex_is_stopped())
		ret = -ESHUTDOWN;
	if (ret)
		return ret;
	m = safex_manager_new(c);
	if (!m)
		return -ENOMEM;
	ret = safex_manager_add(m);
	if (ret)
		return ret;
	c->id = m->obj.id;
	c->guard = m->guard.obj.id;
	made->kind = SAFEX_KIND_MANAGER;
	made->id = c->id;
	safex_pass_start(m);
	return 0;
}

/* None of its programs runs after this, until it is attached or activated anew. */
void safex_manager_halt(struct safex_manager *m)
{
	struct safex_class *cls;
	struct safex_ext *ext;

	spin_lock_bh(&m->lock);
	m->ops = NULL;
	m->guard.ops = NULL;
	m->guard.program = (struct safex_program){};
	list_for_each_entry(cls, &m->classes, node) {
		cls->early = 0;
		list_for_each_entry(ext, &cls->monitors, node)
			ext->activated = false;
		list_for_each_entry(ext, &cls->handlers, node)
			ext->activated = false;
	}
	spin_unlock_bh(&m->lock);
}

int safex_manager_destroy(struct safex_obj *obj)
{
	struct safex_manager *m = safex_manager_of(obj);
	struct safex_about about = {
		.account = &m->account,
		.name = m->name,
		.id = obj->id,
	};

	if (m->n_classes)
		return -EBUSY;
	safex_manager_halt(m);
	spin_lock_bh(&m->lock);
	safex_report_last(&about);
	spin_unlock_bh(&m->lock);
	safex_pass_stop(m);
	safex_queue_drop(m);
	safex_obj_del(&m->guard.obj);
	safex_obj_del(&m->obj);
	return 0;
}
