/* SPDX-License-Identifier: GPL-2.0-only */
/* An array in the order of keys and, of one key, revisions. */
#include "ns_pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct change {
	const char	    *key;	/* the transaction's */
	const struct ns_put *put;	/* NULL: deleted */
	uint64_t	     revision;
};

struct ns_pending {
	struct change *change;
	size_t	       n, room;
};

struct ns_pending *ns_pending_new(void)
{
	return calloc(1, sizeof(struct ns_pending));
}

void ns_pending_free(struct ns_pending *p)
{
	if (p)
		free(p->change);
	free(p);
}

/* Index of the first that does not come before this revision of the key. */
static size_t find(const struct ns_pending *p, const char *key, uint64_t revision)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strcmp(p->change[mid].key, key);

		if (d < 0 || (!d && p->change[mid].revision < revision))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The last of the key; NULL: none changes it. */
static const struct change *last_of(const struct ns_pending *p, const char *key)
{
	size_t i = find(p, key, UINT64_MAX);

	return i && !strcmp(p->change[i - 1].key, key) ? &p->change[i - 1] : NULL;
}

static void insert(struct ns_pending *p, const struct change *c)
{
	size_t i = find(p, c->key, c->revision);

	memmove(&p->change[i + 1], &p->change[i], (p->n++ - i) * sizeof(*c));
	p->change[i] = *c;
}

static void take_out(struct ns_pending *p, const char *key, uint64_t revision)
{
	size_t i = find(p, key, revision);

	memmove(&p->change[i], &p->change[i + 1], (--p->n - i) * sizeof(p->change[i]));
}

static int make_room(struct ns_pending *p, size_t more)
{
	size_t room = p->room ? p->room : 64;
	struct change *grown;

	while (room < p->n + more)
		room *= 2;
	if (room == p->room)
		return 0;
	grown = realloc(p->change, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->change = grown;
	p->room = room;
	return 0;
}

int ns_pending_add(struct ns_pending *p, const struct ns_txn *t, uint64_t revision)
{
	unsigned int i;

	if (make_room(p, t->n_put + t->n_del))
		return -ENOMEM;
	for (i = 0; i < t->n_put; i++)
		insert(p, &(struct change){ t->put[i].key, &t->put[i], revision });
	for (i = 0; i < t->n_del; i++)
		insert(p, &(struct change){ t->del[i].key, NULL, revision });
	return 0;
}

void ns_pending_gone(struct ns_pending *p, const struct ns_txn *t, uint64_t revision)
{
	unsigned int i;

	for (i = 0; i < t->n_put; i++)
		take_out(p, t->put[i].key, revision);
	for (i = 0; i < t->n_del; i++)
		take_out(p, t->del[i].key, revision);
}

int ns_pending_get(const struct ns_pending *p, const char *key, struct ns_value *out)
{
	const struct change *c = last_of(p, key);

	if (!c)
		return -ENODATA;
	return c->put ? ns_value_copy(out, c->put->data, c->put->size, c->revision) : -ENOENT;
}

int ns_pending_revision(const struct ns_pending *p, const char *key, uint64_t *revision)
{
	const struct change *c = last_of(p, key);

	if (!c)
		return -ENODATA;
	*revision = c->put ? c->revision : 0;
	return 0;
}

static bool has_prefix(const char *key, const char *prefix)
{
	return !strncmp(key, prefix, strlen(prefix));
}

/* The last change of the key at *i, which then is the next key's; NULL: none with the prefix. */
static const struct change *next_key(const struct ns_pending *p, const char *prefix, size_t *i)
{
	const struct change *c;

	if (*i == p->n || !has_prefix(p->change[*i].key, prefix))
		return NULL;
	c = last_of(p, p->change[*i].key);
	*i = c - p->change + 1;
	return c;
}

size_t ns_pending_deleted(const struct ns_pending *p, const char *prefix)
{
	const struct change *c;
	size_t i = find(p, prefix, 0), n = 0;

	while ((c = next_key(p, prefix, &i)))
		n += !c->put;
	return n;
}

static int put_item(struct ns_items *to, const struct change *c)
{
	int err = ns_item_copy(&to->item[to->n], c->key, c->put->data, c->put->size, c->revision);

	to->n += !err;
	return err;
}

static size_t first_behind(const struct ns_pending *p, const char *prefix, const char *after)
{
	return after && strcmp(after, prefix) > 0 ? find(p, after, UINT64_MAX) : find(p, prefix, 0);
}

/* What it takes from items is gone there. to: room for all of both. */
static int merge(const struct ns_pending *p, const char *prefix, size_t i, struct ns_items *items,
		 struct ns_items *to)
{
	const struct change *c = next_key(p, prefix, &i);
	size_t k = 0;
	int err = 0;

	while (!err && (c || k < items->n)) {
		int d = !c ? 1 : k == items->n ? -1 : strcmp(c->key, items->item[k].key);

		if (d > 0) {
			to->item[to->n++] = items->item[k];
			items->item[k++] = (struct ns_item){ 0 };
			continue;
		}
		k += !d;
		err = c->put ? put_item(to, c) : 0;
		c = next_key(p, prefix, &i);
	}
	return err;
}

static void cut(struct ns_items *items, size_t limit)
{
	while (items->n > limit) {
		free(items->item[--items->n].key);
		ns_value_free(&items->item[items->n].value);
	}
}

int ns_pending_merge(const struct ns_pending *p, const char *prefix, const char *after,
		     size_t limit, struct ns_items *items)
{
	struct ns_items to = { 0 };
	int err;

	if (!p->n)
		return 0;
	to.item = calloc(items->n + p->n, sizeof(*to.item));
	err = to.item ? merge(p, prefix, first_behind(p, prefix, after), items, &to) : -ENOMEM;
	cut(&to, limit);
	ns_items_free(items);
	if (err)
		ns_items_free(&to);
	else
		*items = to;
	return err;
}
