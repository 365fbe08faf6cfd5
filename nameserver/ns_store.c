/* SPDX-License-Identifier: GPL-2.0-only */
/* What all engines share: the checks at the border and the transaction builders. */
#include "ns_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool key_valid(const char *key)
{
	size_t n;

	for (n = 0; key[n]; n++)
		if (key[n] <= 0x20 || key[n] >= 0x7f || n + 1 >= NS_KEY_MAX)
			return false;
	return n > 0;
}

int ns_store_get(struct ns_store *s, const char *key, struct ns_value *out)
{
	return key_valid(key) ? s->engine->get(s, key, out) : -EINVAL;
}

int ns_store_list(struct ns_store *s, const char *prefix, const char *after, size_t limit,
		  struct ns_items *out)
{
	if (!key_valid(prefix) || (after && !key_valid(after)))
		return -EINVAL;
	return s->engine->list(s, prefix, after, limit, out);
}

/* A key that is changed twice would make the outcome depend on the engine. */
static bool changed_twice(const struct ns_txn *t)
{
	unsigned int i, k;

	for (i = 0; i < t->n_put + t->n_del; i++) {
		const char *a = i < t->n_put ? t->put[i].key : t->del[i - t->n_put].key;

		for (k = i + 1; k < t->n_put + t->n_del; k++)
			if (!strcmp(a, k < t->n_put ? t->put[k].key : t->del[k - t->n_put].key))
				return true;
	}
	return false;
}

static int txn_valid(const struct ns_txn *txn)
{
	return !txn->err && changed_twice(txn) ? -EINVAL : txn->err;
}

void ns_store_commit(struct ns_store *s, const struct ns_txn *txn, ns_store_done *done, void *arg)
{
	int err = txn_valid(txn);

	if (err)
		done(arg, err, 0);
	else
		s->engine->commit(s, txn, done, arg);
}

void ns_store_drain(struct ns_store *s)
{
	if (s->engine->drain)
		s->engine->drain(s);
}

int ns_store_broken(struct ns_store *s)
{
	return s->engine->broken ? s->engine->broken(s) : 0;
}

uint64_t ns_store_revision(struct ns_store *s)
{
	return s->engine->revision(s);
}

void ns_store_close(struct ns_store *s)
{
	if (s)
		s->engine->close(s);
}

void ns_value_free(struct ns_value *v)
{
	free(v->data);
	memset(v, 0, sizeof(*v));
}

int ns_value_copy(struct ns_value *out, const void *data, size_t size, uint64_t revision)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		return -ENOMEM;
	if (size)
		memcpy(copy, data, size);
	*out = (struct ns_value){ copy, size, revision };
	return 0;
}

int ns_item_copy(struct ns_item *out, const char *key, const void *data, size_t size,
		 uint64_t revision)
{
	struct ns_item copy = { .key = strdup(key) };

	if (!copy.key || ns_value_copy(&copy.value, data, size, revision)) {
		free(copy.key);
		return -ENOMEM;
	}
	*out = copy;
	return 0;
}

/* FNV-1a. */
uint64_t ns_store_hash(const char *key, uint64_t salt)
{
	uint64_t h = 0xcbf29ce484222325 ^ salt;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return h;
}

void ns_items_free(struct ns_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++) {
		free(items->item[i].key);
		free(items->item[i].value.data);
	}
	free(items->item);
	memset(items, 0, sizeof(*items));
}

void ns_txn_begin(struct ns_txn *t)
{
	t->err = 0;
	t->n_compare = t->n_put = t->n_del = 0;
}

/* Whether an entry with this key may be the n-th of its kind. */
static bool may_add(struct ns_txn *t, unsigned int n, const char *key)
{
	if (!t->err && n == NS_TXN_MAX)
		t->err = -E2BIG;
	if (!t->err && !key_valid(key))
		t->err = -EINVAL;
	return !t->err;
}

void ns_txn_compare(struct ns_txn *t, const char *key, uint64_t revision)
{
	if (!may_add(t, t->n_compare, key))
		return;
	strcpy(t->compare[t->n_compare].key, key);
	t->compare[t->n_compare++].revision = revision;
}

void ns_txn_del(struct ns_txn *t, const char *key)
{
	if (may_add(t, t->n_del, key))
		strcpy(t->del[t->n_del++].key, key);
}

void ns_txn_put(struct ns_txn *t, const char *key, const void *data, size_t size)
{
	struct ns_put *p = &t->put[t->n_put];

	if (!may_add(t, t->n_put, key))
		return;
	if (!data)
		t->err = -ENOMEM;
	else if (size > NS_VALUE_MAX)
		t->err = -E2BIG;
	else if (!(p->data = malloc(size ? size : 1)))
		t->err = -ENOMEM;
	if (t->err)
		return;
	memcpy(p->data, data, size);
	p->size = size;
	strcpy(p->key, key);
	t->n_put++;
}

void ns_txn_end(struct ns_txn *t)
{
	while (t->n_put)
		free(t->put[--t->n_put].data);
	t->n_compare = t->n_del = 0;
}

struct ns_txn *ns_txn_copy(const struct ns_txn *t)
{
	struct ns_txn *copy = malloc(sizeof(*copy));
	unsigned int i;

	if (!copy)
		return NULL;
	ns_txn_begin(copy);
	for (i = 0; i < t->n_compare; i++)
		ns_txn_compare(copy, t->compare[i].key, t->compare[i].revision);
	for (i = 0; i < t->n_put; i++)
		ns_txn_put(copy, t->put[i].key, t->put[i].data, t->put[i].size);
	for (i = 0; i < t->n_del; i++)
		ns_txn_del(copy, t->del[i].key);
	if (!copy->err)
		return copy;
	ns_txn_free(copy);
	return NULL;
}

void ns_txn_free(struct ns_txn *copy)
{
	if (copy)
		ns_txn_end(copy);
	free(copy);
}
