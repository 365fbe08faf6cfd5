// SPDX-License-Identifier: GPL-2.0-only
/*
 * Figures of one object for user space.
 */
#include <linux/string.h>
#include "safex_internal.h"

static void safex_stat_account(struct safex_stat *s,
			       const struct safex_account *a)
{
	u32 i;

	s->runs = a->runs;
	s->aborts = a->aborts;
	s->exceptions = a->exceptions;
	s->refused = a->refused;
	s->events = a->events;
	s->caught = a->caught;
	s->time_sum = a->time_sum;
	s->time_max = a->time_max;
	memcpy(s->histogram, a->histogram, sizeof(s->histogram));
	for (i = SAFEX_HISTOGRAM; i < ARRAY_SIZE(a->histogram); i++)
		s->histogram[SAFEX_HISTOGRAM - 1] += a->histogram[i];
}

static void safex_stat_manager(struct safex_stat *s, struct safex_manager *m)
{
	strscpy(s->name, m->name, sizeof(s->name));
	s->manager = m->obj.id;
	s->period = m->period;
	s->budget = m->budget;
	spin_lock_bh(&m->lock);
	if (s->object.kind == SAFEX_KIND_MANAGER) {
		s->active = !!m->ops;
		safex_stat_account(s, &m->account);
	} else {
		s->active = !!m->guard.ops;
		safex_stat_account(s, &m->guard.account);
	}
	spin_unlock_bh(&m->lock);
}

static void safex_stat_class(struct safex_stat *s, struct safex_class *cls)
{
	s->cd = cls->cd;
	s->manager = cls->manager->obj.id;
	s->period = cls->cpu.period;
	s->contract = READ_ONCE(cls->page->contract);
	s->reason = READ_ONCE(cls->page->reason);
	s->active = s->contract != SAFEX_CONTRACT_LOST;
	spin_lock_bh(&cls->manager->lock);
	s->refused = cls->refused;
	s->charged = cls->cpu.charged;
	spin_unlock_bh(&cls->manager->lock);
	safex_window_stat(&cls->cpu, &s->windows, &s->violations);
	s->cpu_used = safex_cpu_time(&cls->cpu);
}

static void safex_stat_ext(struct safex_stat *s, struct safex_ext *ext)
{
	struct safex_manager *m = ext->cls->manager;

	strscpy(s->name, ext->name, sizeof(s->name));
	s->cd = ext->cls->cd;
	s->manager = m->obj.id;
	s->period = ext->period;
	s->budget = ext->budget;
	spin_lock_bh(&m->lock);
	s->active = ext->activated;
	safex_stat_account(s, &ext->account);
	safex_version_stat(s, ext);
	spin_unlock_bh(&m->lock);
}

int safex_stat(void *arg, struct safex_object *made)
{
	struct safex_stat *s = arg;
	struct safex_obj *obj;

	if (memchr_inv((char *)s + sizeof(s->object), 0,
		       sizeof(*s) - sizeof(s->object)))
		return -EINVAL;
	obj = safex_obj_find(s->object.kind, s->object.id);
	if (!obj)
		return -ENOENT;
	s->object.kind = obj->kind;
	switch (obj->kind) {
	case SAFEX_KIND_MANAGER:
		safex_stat_manager(s, safex_manager_of(obj));
		break;
	case SAFEX_KIND_GUARD:
		safex_stat_manager(s, safex_guard_owner(obj));
		break;
	case SAFEX_KIND_CLASS:
		safex_stat_class(s, safex_class_of(obj));
		break;
	case SAFEX_KIND_MONITOR:
	case SAFEX_KIND_HANDLER:
		safex_stat_ext(s, safex_ext_of(obj));
		break;
	case SAFEX_KIND_CHANNEL:
		s->active = 1;
		break;
	}
	return 0;
}
