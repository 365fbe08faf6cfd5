/* SPDX-License-Identifier: GPL-2.0-only */
/* One place for all keys with the same hash: the last that was read is there. */
#include "ns_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char		*key;		/* NULL: empty */
	struct ns_value	 value;
};

struct ns_cache {
	struct entry slot[NS_CACHE_SLOTS];
};

/* FNV-1a. */
static struct entry *slot_of(const struct ns_cache *c, const char *key)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return (struct entry *)&c->slot[(h ^ h >> 32) % NS_CACHE_SLOTS];
}

static void empty(struct entry *e)
{
	free(e->key);
	e->key = NULL;
	ns_value_free(&e->value);
}

struct ns_cache *ns_cache_new(void)
{
	return calloc(1, sizeof(struct ns_cache));
}

void ns_cache_free(struct ns_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < NS_CACHE_SLOTS; i++)
		empty(&c->slot[i]);
	free(c);
}

static int copy(struct ns_value *out, const struct ns_value *v)
{
	return ns_value_copy(out, v->data, v->size, v->revision);
}

int ns_cache_get(const struct ns_cache *c, const char *key, struct ns_value *out)
{
	const struct entry *e = slot_of(c, key);

	return e->key && !strcmp(e->key, key) ? copy(out, &e->value) : -ENOENT;
}

void ns_cache_keep(struct ns_cache *c, const char *key, const struct ns_value *v)
{
	struct entry *e = slot_of(c, key), kept;

	if (v->size > NS_CACHE_VALUE || copy(&kept.value, v))
		return;
	kept.key = strdup(key);
	if (!kept.key) {
		ns_value_free(&kept.value);
		return;
	}
	empty(e);
	*e = kept;
}

void ns_cache_forget(struct ns_cache *c, const char *key)
{
	struct entry *e = slot_of(c, key);

	if (e->key && !strcmp(e->key, key))
		empty(e);
}

void ns_cache_forget_changed(struct ns_cache *c, const struct ns_txn *t)
{
	for (unsigned int i = 0; i < t->n_put; i++)
		ns_cache_forget(c, t->put[i].key);
	for (unsigned int i = 0; i < t->n_del; i++)
		ns_cache_forget(c, t->del[i].key);
}
