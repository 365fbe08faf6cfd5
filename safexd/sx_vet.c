/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a request may be served at all, before anything is done for it. */
#include <string.h>

#include "dio_process.h"
#include "sx_core_internal.h"
#include "sx_judge.h"
#include "sx_layout.h"
#include "sx_fence.h"
#include "sx_refusals.h"

/* What an object is put on: active, and not on its way out. */
static struct sx_entry *parent(struct sx_core *c, uint32_t kind, uint64_t cd, const char *name,
			       struct dio_status *st)
{
	struct sx_key key = { .kind = kind, .cd = cd };
	struct sx_entry *obj;

	memcpy(key.name, name, sizeof(key.name));
	if (kind == SAFEX_KIND_MANAGER || kind == SAFEX_KIND_CLASS) {
		memset(key.name, 0, sizeof(key.name));
		sx_key_manager(name, key.name);
	}
	obj = sx_registry_find(&c->registry, &key);
	if (obj && obj->f.state == SX_ACTIVE && !obj->doomed)
		return obj;
	if (kind == SAFEX_KIND_CLASS)
		dio_status_set(st, DIO_E_NO_CLASS, SX_REFUSED_NO_CLASS, (unsigned long long)cd,
			       key.name);
	else
		dio_status_set(st, sx_kind_missing(kind), SX_REFUSED_MISSING, sx_kind_text(kind),
			       key.name);
	return NULL;
}

static enum dio_error vet_class(struct sx_entry *obj, const struct sx_spec *spec,
				struct sx_parents *on, struct dio_status *st)
{
	struct sx_core *c = obj->core;
	const struct sx_kernel *k = &c->parts.kernel;
	struct sx_facts *f = &obj->f;
	struct safex_info info;
	int err;

	on->manager = parent(c, SAFEX_KIND_MANAGER, 0, spec->key.name, st);
	if (!on->manager)
		return st->code;
	f->pid = spec->pid;
	if (sx_judge_contract(c->parts.members, spec->uid, c->parts.contracts, st))
		return st->code;
	if (spec->pid && (sx_judge_process(spec, &obj->pidfd, st) ||
			  sx_fence_judge(&c->parts.fence, spec->pid, spec->uid, st)))
		return st->code;
	f->process = obj->pidfd < 0 ? 0 : dio_process_id(obj->pidfd, spec->pid);
	if (sx_layout_merge(on->manager, spec, f, st))
		return st->code;
	err = k->info(k->context, &info);
	if (err)
		return dio_status_set(st, DIO_E_KERNEL, SX_REFUSED_KERNEL_SILENT, strerror(-err));
	if (sx_layout_contract(f, &info, st))
		return st->code;
	return sx_layout_time(on->manager->f.budget, on->manager->f.period, &info, st);
}

static enum dio_error vet_period(const struct sx_entry *m, const struct sx_spec *spec,
				 struct dio_status *st)
{
	if (spec->key.kind == SAFEX_KIND_MONITOR && m && spec->period < m->f.period)
		return dio_status_set(st, DIO_E_RANGE, SX_REFUSED_TICK,
				      (unsigned long long)spec->period, m->f.key.name,
				      (unsigned long long)m->f.period);
	return DIO_E_OK;
}

static enum dio_error vet_ext(struct sx_core *c, const struct sx_spec *spec,
			      struct sx_parents *on, struct dio_status *st)
{
	on->class = parent(c, SAFEX_KIND_CLASS, spec->key.cd, spec->key.name, st);
	if (!on->class || sx_judge_owner(spec->uid, on->class->f.uid, "attribute class of",
					on->class->f.key.name, st))
		return st->code;
	return vet_period(sx_registry_manager(&c->registry, spec->key.name), spec, st);
}

static enum dio_error vet_channel(struct sx_core *c, const struct sx_spec *spec,
				  struct sx_parents *on, struct dio_status *st)
{
	on->monitor = parent(c, SAFEX_KIND_MONITOR, spec->key.cd, spec->key.name, st);
	if (!on->monitor)
		return st->code;
	on->handler = parent(c, SAFEX_KIND_HANDLER, spec->key.cd, spec->key.second, st);
	if (!on->handler ||
	    sx_judge_owner(spec->uid, on->monitor->f.uid, "monitor", spec->key.name, st))
		return st->code;
	return sx_judge_owner(spec->uid, on->handler->f.uid, "handler", spec->key.second, st);
}

/* more: how many are to be added to those of the registry. */
static enum dio_error vet_room(const struct sx_registry *r, uid_t uid, unsigned int more,
			       struct dio_status *st)
{
	unsigned int n = r->n + more, own = uid ? sx_registry_of_uid(r, uid) + more : 0;

	if (n > SX_OBJECTS_MAX)
		return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_HOST_FULL, SX_OBJECTS_MAX);
	if (own > SX_PER_UID)
		return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_USER_FULL, uid, SX_PER_UID);
	return DIO_E_OK;
}

/* Of the last places, for whom they are kept. */
static enum dio_error vet_kept(const struct sx_registry *r, uid_t uid, unsigned int more,
			       struct dio_status *st)
{
	const unsigned int n = r->n + more, kept = SX_FOR_ROOT + SX_FOR_FIRST;
	unsigned int own = uid ? sx_registry_of_uid(r, uid) + more : 0;

	if (uid && n > SX_OBJECTS_MAX - SX_FOR_ROOT)
		return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_FOR_ROOT, n - 1, SX_FOR_ROOT);
	if (own > SX_FIRST && n > SX_OBJECTS_MAX - kept)
		return dio_status_set(st, DIO_E_ADMISSION, SX_REFUSED_FOR_OTHERS, n - 1, own - 1,
				      uid, kept, SX_FIRST);
	return DIO_E_OK;
}

static enum dio_error vet_name(struct sx_core *c, const struct sx_key *key, struct dio_status *st)
{
	const struct sx_entry *obj = sx_registry_find(&c->registry, key);

	if (!obj)
		return DIO_E_OK;
	if (obj->doomed)
		return dio_status_set(st, DIO_E_BUSY, SX_REFUSED_LEAVING, sx_kind_text(key->kind),
				      key->name);
	return dio_status_set(st, DIO_E_EXISTS, SX_REFUSED_EXISTS, sx_kind_text(key->kind), key->name);
}

enum dio_error sx_vet_trial(struct sx_core *c, const struct sx_spec *spec,
			    struct sx_parents *on, struct dio_status *st)
{
	if (vet_name(c, &spec->key, st) || vet_room(&c->registry, spec->uid, 1, st) ||
	    vet_kept(&c->registry, spec->uid, 1, st))
		return st->code;
	if (spec->key.kind == SAFEX_KIND_MANAGER)
		return sx_judge_manager(c->parts.members, spec->uid, c->parts.managers, st);
	on->manager = parent(c, SAFEX_KIND_MANAGER, 0, spec->key.name, st);
	if (!on->manager)
		return st->code;
	return spec->key.cd ? vet_ext(c, spec, on, st) : vet_period(on->manager, spec, st);
}

enum dio_error sx_vet(struct sx_entry *obj, const struct sx_spec *spec,
		      struct sx_parents *on, struct dio_status *st)
{
	struct sx_core *c = obj->core;

	/* A new version has a place of its own only until it runs. */
	if (vet_room(&c->registry, spec->uid, 0, st) ||
	    (!obj->replaces && vet_kept(&c->registry, spec->uid, 0, st)))
		return st->code;
	switch (spec->key.kind) {
	case SAFEX_KIND_CLASS:
		return vet_class(obj, spec, on, st);
	case SAFEX_KIND_MONITOR:
	case SAFEX_KIND_HANDLER:
		return vet_ext(c, spec, on, st);
	case SAFEX_KIND_CHANNEL:
		return vet_channel(c, spec, on, st);
	default:
		return sx_judge_manager(c->parts.members, spec->uid, c->parts.managers, st);
	}
}
