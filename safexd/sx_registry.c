/* SPDX-License-Identifier: GPL-2.0-only */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sx_registry.h"

void sx_registry_init(struct sx_registry *r)
{
	TAILQ_INIT(&r->objects);
	r->n = 0;
}

struct sx_entry *sx_registry_add(struct sx_registry *r, const struct sx_key *key)
{
	struct sx_entry *obj = calloc(1, sizeof(*obj));

	if (!obj)
		return NULL;
	obj->f.key = *key;
	obj->pidfd = -1;
	STAILQ_INIT(&obj->waiters);
	TAILQ_INSERT_TAIL(&r->objects, obj, link);
	r->n++;
	return obj;
}

void sx_registry_remove(struct sx_registry *r, struct sx_entry *obj)
{
	TAILQ_REMOVE(&r->objects, obj, link);
	r->n--;
	if (obj->replaces)
		obj->replaces->next = NULL;
	if (obj->next)
		obj->next->replaces = NULL;
	if (obj->gone)
		event_free(obj->gone);
	if (obj->timer)
		event_free(obj->timer);
	if (obj->pidfd >= 0)
		close(obj->pidfd);
	free(obj->initial);
	free(obj);
}

struct sx_entry *sx_registry_find(struct sx_registry *r, const struct sx_key *key)
{
	struct sx_entry *obj;

	TAILQ_FOREACH(obj, &r->objects, link)
		if (!obj->replaces && sx_key_same(&obj->f.key, key))
			return obj;
	return NULL;
}

struct sx_entry *sx_registry_by_id(struct sx_registry *r, uint32_t id)
{
	struct sx_entry *obj;

	TAILQ_FOREACH(obj, &r->objects, link)
		if (id && obj->f.id == id && !obj->replaces)
			return obj;
	return NULL;
}

struct sx_entry *sx_registry_class(struct sx_registry *r, uint64_t cd, const char *name)
{
	struct sx_key key = { .kind = SAFEX_KIND_CLASS, .cd = cd };

	sx_key_manager(name, key.name);
	return sx_registry_find(r, &key);
}

struct sx_entry *sx_registry_manager(struct sx_registry *r, const char *name)
{
	struct sx_key key = { .kind = SAFEX_KIND_MANAGER };

	sx_key_manager(name, key.name);
	return sx_registry_find(r, &key);
}

static bool is_under(const char *manager, const char *name)
{
	char part[DIO_NAME_MAX];

	sx_key_manager(name, part);
	return !strcmp(manager, part);
}

static bool depends(const struct sx_key *on, const struct sx_key *key)
{
	switch (on->kind) {
	case SAFEX_KIND_MANAGER:
		return key->kind == SAFEX_KIND_CLASS && !strcmp(on->name, key->name);
	case SAFEX_KIND_CLASS:
		return (key->kind == SAFEX_KIND_MONITOR || key->kind == SAFEX_KIND_HANDLER) &&
		       key->cd == on->cd && is_under(on->name, key->name);
	case SAFEX_KIND_MONITOR:
		return key->kind == SAFEX_KIND_CHANNEL && key->cd == on->cd &&
		       !strcmp(on->name, key->name);
	case SAFEX_KIND_HANDLER:
		return key->kind == SAFEX_KIND_CHANNEL && key->cd == on->cd &&
		       !strcmp(on->name, key->second);
	default:
		return false;
	}
}

struct sx_entry *sx_registry_dependent(struct sx_registry *r, const struct sx_entry *obj,
					const struct sx_entry *after)
{
	struct sx_entry *o = after ? TAILQ_NEXT(after, link) : TAILQ_FIRST(&r->objects);

	for (; o && !obj->replaces; o = TAILQ_NEXT(o, link))
		if (o->replaces == obj || depends(&obj->f.key, &o->f.key))
			return o;
	return NULL;
}

unsigned int sx_registry_of_uid(const struct sx_registry *r, uid_t uid)
{
	const struct sx_entry *obj;
	unsigned int n = 0;

	TAILQ_FOREACH(obj, &r->objects, link)
		n += obj->f.uid == uid;
	return n;
}
