// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attribute classes: one application's named values under one manager, and
 * the contract that some of them state.
 */
#include <linux/capability.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include "safex_internal.h"

#define SAFEX_CONTRACT_ROLES	(BIT(SAFEX_ROLE_TARGET) | \
				 BIT(SAFEX_ROLE_PERIOD) | \
				 BIT(SAFEX_ROLE_MINIMUM) | \
				 BIT(SAFEX_ROLE_MAXIMUM))

/* Any context: the page stays while someone has it mapped. */
static void safex_class_release(struct safex_obj *obj)
{
	struct safex_class *cls = safex_class_of(obj);

	safex_cpu_release(&cls->cpu);
	if (cls->page)
		free_page((unsigned long)cls->page);
	kfree(cls->attrs);
	if (cls->manager)
		safex_obj_put(&cls->manager->obj);
	kfree_rcu(cls, rcu);	/* a pass may look for its process */
}

static void safex_class_roles(struct safex_class *cls)
{
	u32 i;

	for (i = 0; i < SAFEX_ROLES; i++)
		cls->role[i] = -1;
	for (i = 0; i < cls->n_attrs; i++) {
		u32 role = cls->attrs[i].role;

		if (role)
			cls->role[role] = i;
		if (BIT(role) & SAFEX_CONTRACT_ROLES)
			cls->fixed_mask |= BIT_ULL(i);
		else
			cls->map_mask |= BIT_ULL(i);
		if (role == SAFEX_ROLE_SHARE)
			cls->share_mask = BIT_ULL(i);
	}
}

/* Value of the attribute that has this role at creation. */
static s64 safex_class_term(const struct safex_class *cls, u32 role, s64 none)
{
	int slot = cls->role[role];

	return slot < 0 ? none : cls->attrs[slot].value;
}

static int safex_class_contract(struct safex_class *cls)
{
	s64 target, period, low, high, share;

	if (cls->role[SAFEX_ROLE_TARGET] < 0 && cls->role[SAFEX_ROLE_PERIOD] < 0)
		return 0;
	if (cls->role[SAFEX_ROLE_TARGET] < 0 || cls->role[SAFEX_ROLE_PERIOD] < 0)
		return -EINVAL;
	target = safex_class_term(cls, SAFEX_ROLE_TARGET, 0);
	period = safex_class_term(cls, SAFEX_ROLE_PERIOD, 0);
	low = safex_class_term(cls, SAFEX_ROLE_MINIMUM, 0);
	high = safex_class_term(cls, SAFEX_ROLE_MAXIMUM, S64_MAX);
	share = safex_class_term(cls, SAFEX_ROLE_SHARE, target);
	if (period < (s64)SAFEX_PERIOD_MIN || period > (s64)SAFEX_DL_PERIOD_MAX ||
	    target <= 0 || target > period ||
	    low < 0 || low > target || target > high || share > target)
		return -ERANGE;
	cls->cpu.target = target;
	cls->cpu.period = period;
	safex_taken_measure();
	return 0;
}

static struct safex_class *safex_class_new(const struct safex_class_create *c)
{
	struct safex_class *cls = kzalloc(sizeof(*cls), GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!cls)
		return NULL;
	cls->attrs = kmemdup(c->attrs, sizeof(c->attrs), GFP_KERNEL_ACCOUNT);
	cls->page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!cls->attrs || !cls->page) {
		safex_class_release(&cls->obj);
		return NULL;
	}
	cls->cd = c->cd;
	cls->n_attrs = c->n_attrs;
	INIT_LIST_HEAD(&cls->monitors);
	INIT_LIST_HEAD(&cls->handlers);
	mutex_init(&cls->writing);
	cls->mgr_mask = safex_attrs_mask(cls->attrs, cls->n_attrs,
					 SAFEX_MGR_WRITE);
	cls->page->abi = SAFEX_ABI;
	cls->page->n_attrs = c->n_attrs;
	cls->app_mask = safex_attrs_mask(cls->attrs, cls->n_attrs,
					 SAFEX_APP_READ);
	for (i = 0; i < c->n_attrs; i++) {
		cls->value[i] = c->attrs[i].value;
		if (cls->app_mask & BIT_ULL(i))
			cls->page->value[i] = cls->value[i];
	}
	memcpy(cls->guard.attr, cls->value, sizeof(cls->guard.attr));
	memcpy(cls->act.ctx.attr, cls->value, sizeof(cls->act.ctx.attr));
	cls->guard.cap_ppm = safex_share_cap();
	cls->guard_args[0] = (unsigned long)&cls->guard;
	safex_act_init(&cls->act, cls, NULL);
	safex_class_roles(cls);
	cls->mgr_mask &= ~cls->fixed_mask;
	return cls;
}

static int safex_class_admit(struct safex_class *cls, struct safex_manager *m)
{
	int ret = safex_admit_extension(m->budget, m->period, &cls->program_ppm);

	if (ret)
		return ret;
	if (!cls->cpu.period)
		return 0;
	ret = safex_admit_contract(cls->cpu.target, cls->cpu.period);
	if (ret)
		safex_release_extension(m->budget, cls->program_ppm);
	return ret;
}

static void safex_class_unadmit(struct safex_class *cls, struct safex_manager *m)
{
	if (cls->cpu.period)
		safex_release_contract(cls->cpu.target, cls->cpu.period);
	safex_release_extension(m->budget, cls->program_ppm);
}

/*
 * A contract changes how a process is scheduled, which CAP_SYS_NICE allows; the
 * loader has what it takes to load programs instead.  A descriptor of the
 * device alone, as it may get into a container, is no such right.
 */
static bool safex_may_contract(void)
{
	return capable(CAP_SYS_NICE) || (bpf_capable() && perfmon_capable());
}

/*
 * -EBADF, -ESRCH or -EINVAL for a pidfd that names no user process, -ERANGE for
 * a target that can't be reserved.
 */
static int safex_class_process(struct safex_class *cls, int pidfd)
{
	struct task_struct *task = NULL;

	if (pidfd != -1) {
		if (!safex_may_contract())
			return -EACCES;
		if (cls->cpu.period && cls->cpu.target < SAFEX_DL_RUNTIME_MIN)
			return -ERANGE;
		task = safex_task_of(pidfd);
		if (IS_ERR(task))
			return PTR_ERR(task);
	}
	safex_cpu_init(&cls->cpu, task);
	return 0;
}

static int safex_class_add(struct safex_class *cls, struct safex_manager *m)
{
	int slot = cls->role[SAFEX_ROLE_SHARE];
	int ret = safex_class_admit(cls, m);

	if (ret)
		return ret;
	ret = safex_obj_add(&cls->obj, SAFEX_KIND_CLASS, safex_class_release);
	if (ret) {
		safex_class_unadmit(cls, m);
		return ret;
	}
	cls->manager = m;
	safex_obj_get(&m->obj);
	cls->share.class_id = cls->obj.id;
	m->n_classes++;
	spin_lock_bh(&m->lock);
	if (slot >= 0)
		safex_share_update(cls, cls->value[slot]);
	list_add_tail(&cls->node, &m->classes);
	spin_unlock_bh(&m->lock);
	return 0;
}

/*
 * It is made when its contract is in force.  That takes safex's thread, and the
 * end of others' periods: without the mutex.
 */
static int safex_class_begin(struct safex_class *cls)
{
	int ret;

	safex_obj_get(&cls->obj);
	mutex_unlock(&safex_mutex);
	ret = safex_dl_begin(cls);
	mutex_lock(&safex_mutex);
	if (cls->dead)
		ret = ret ?: -ENODEV;
	else if (ret)
		safex_class_destroy(&cls->obj);
	safex_obj_put(&cls->obj);
	return ret;
}

int safex_class_create(void *arg, struct safex_object *made)
{
	struct safex_class_create *c = arg;
	struct safex_class *cls;
	struct safex_obj *obj;
	int ret;

	if (c->id || !c->cd)
		return -EINVAL;
	obj = safex_obj_find(SAFEX_KIND_MANAGER, c->manager);
	if (!obj)
		return -ENOENT;
	ret = c->n_attrs > SAFEX_ATTRS_MAX ? -EINVAL :
	      safex_attrs_merge(c->attrs, c->n_attrs,
				safex_manager_of(obj)->attrs,
				safex_manager_of(obj)->n_attrs);
	if (!ret)
		ret = safex_attrs_check(c->attrs, c->n_attrs);
	if (!ret && safex_is_stopped())
		ret = -ESHUTDOWN;
	if (ret)
		return ret;
	cls = safex_class_new(c);
	if (!cls)
		return -ENOMEM;
	ret = safex_class_contract(cls);
	if (!ret)
		ret = safex_class_process(cls, c->pidfd);
	if (!ret)
		ret = safex_class_add(cls, safex_manager_of(obj));
	if (ret) {
		safex_class_release(&cls->obj);
		return ret;
	}
	c->id = cls->obj.id;
	made->kind = SAFEX_KIND_CLASS;
	made->id = c->id;
	return safex_class_begin(cls);
}

static atomic_t safex_classes_going;	/* that give their reservation back */
static DECLARE_WAIT_QUEUE_HEAD(safex_classes_wait);

/* Under safex_mutex, which is not held while it waits.  False: there were none. */
bool safex_class_wait(void)
{
	lockdep_assert_held(&safex_mutex);
	if (!atomic_read(&safex_classes_going))
		return false;
	mutex_unlock(&safex_mutex);
	wait_event(safex_classes_wait, !atomic_read(&safex_classes_going));
	mutex_lock(&safex_mutex);
	return true;
}

/*
 * Descriptors of it stay valid: their page keeps its last values.  Giving the
 * reservation back takes safex's thread, and others' use of the scheduler: nobody
 * else waits for that, the mutex is not held meanwhile.  What was admitted is
 * free afterwards, and the manager has one class less.
 */
int safex_class_destroy(struct safex_obj *obj)
{
	struct safex_class *cls = safex_class_of(obj);
	struct safex_manager *m = cls->manager;

	if (cls->n_exts)
		return -EBUSY;
	spin_lock_bh(&m->lock);
	list_del(&cls->node);
	cls->dead = true;
	WRITE_ONCE(cls->page->state, SAFEX_PAGE_DEAD);
	safex_share_change(-cls->share_ppm);
	spin_unlock_bh(&m->lock);
	safex_obj_hide(obj);
	atomic_inc(&safex_classes_going);
	mutex_unlock(&safex_mutex);
	safex_dl_close(cls);
	safex_cpu_exit(&cls->cpu);
	mutex_lock(&safex_mutex);
	safex_class_unadmit(cls, m);
	m->n_classes--;
	safex_obj_del(obj);
	if (atomic_dec_and_test(&safex_classes_going))
		wake_up_all(&safex_classes_wait);
	return 0;
}
