/* SPDX-License-Identifier: GPL-2.0-only */
/* A few places for all keys with the same hash; they are taken in turn. */
#include "ns_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAYS	4
#define SETS	(NS_CACHE_SLOTS / WAYS)

struct entry {
	char		*key;		/* NULL: empty */
	struct ns_value	 value;
};

struct set {
	struct entry way[WAYS];
	unsigned int next;		/* to be taken */
};

struct ns_cache {
	struct set set[SETS];
};

static struct set *set_of(const struct ns_cache *c, const char *key)
{
	uint64_t h = ns_store_hash(key, 0);

	return (struct set *)&c->set[(h ^ h >> 32) % SETS];
}

/* NULL: it is not there. */
static struct entry *find(struct set *s, const char *key)
{
	for (unsigned int i = 0; i < WAYS; i++)
		if (s->way[i].key && !strcmp(s->way[i].key, key))
			return &s->way[i];
	return NULL;
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
		empty(&c->set[i / WAYS].way[i % WAYS]);
	free(c);
}

static int copy(struct ns_value *out, const struct ns_value *v)
{
	return ns_value_copy(out, v->data, v->size, v->revision);
}

int ns_cache_get(const struct ns_cache *c, const char *key, struct ns_value *out)
{
	const struct entry *e = find(set_of(c, key), key);

	return e ? copy(out, &e->value) : -ENOENT;
}

void ns_cache_keep(struct ns_cache *c, const char *key, const struct ns_value *v)
{
	struct set *s = set_of(c, key);
	struct entry *e = find(s, key), kept;

	if (v->size > NS_CACHE_VALUE || copy(&kept.value, v))
		return;
	kept.key = strdup(key);
	if (!kept.key) {
		ns_value_free(&kept.value);
		return;
	}
	if (!e)
		e = &s->way[s->next++ % WAYS];
	empty(e);
	*e = kept;
}

void ns_cache_forget(struct ns_cache *c, const char *key)
{
	struct entry *e = find(set_of(c, key), key);

	if (e)
		empty(e);
}

void ns_cache_forget_changed(struct ns_cache *c, const struct ns_txn *t)
{
	for (unsigned int i = 0; i < t->n_put; i++)
		ns_cache_forget(c, t->put[i].key);
	for (unsigned int i = 0; i < t->n_del; i++)
		ns_cache_forget(c, t->del[i].key);
}
