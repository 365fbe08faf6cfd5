/* SPDX-License-Identifier: GPL-2.0-only */
/* Store in memory: an array in key order. The double of the durable engines. */
#include "ns_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mem_store {
	struct ns_store	store;
	struct ns_items	items;
	uint64_t	revision;
	unsigned int	fail_in;	/* commits until one fails; 0: none */
	int		fail_err;
};

static struct mem_store *to_mem(struct ns_store *s)
{
	return (struct mem_store *)s;
}

/* Index of the first key that is not before `key`. */
static size_t mem_find(const struct mem_store *m, const char *key)
{
	size_t lo = 0, hi = m->items.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(m->items.item[mid].key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct ns_item *mem_at(const struct mem_store *m, const char *key)
{
	size_t i = mem_find(m, key);

	if (i == m->items.n || strcmp(m->items.item[i].key, key))
		return NULL;
	return &m->items.item[i];
}

static int mem_get(struct ns_store *s, const char *key, struct ns_value *out)
{
	struct ns_item *it = mem_at(to_mem(s), key);

	if (!it)
		return -ENOENT;
	return ns_value_copy(out, it->value.data, it->value.size, it->value.revision);
}

static int append_copy(struct ns_items *out, const struct ns_item *it)
{
	struct ns_item *grown = realloc(out->item, (out->n + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	out->item = grown;
	if (ns_item_copy(&grown[out->n], it->key, it->value.data, it->value.size,
			 it->value.revision))
		return -ENOMEM;
	out->n++;
	return 0;
}

static int mem_list(struct ns_store *s, const char *prefix, const char *after, size_t limit,
		    struct ns_items *out)
{
	struct mem_store *m = to_mem(s);
	struct ns_items got = { 0 };
	size_t i;

	for (i = mem_find(m, prefix); i < m->items.n && got.n < limit; i++) {
		const char *key = m->items.item[i].key;

		if (strncmp(key, prefix, strlen(prefix)))
			break;
		if (after && strcmp(key, after) <= 0)
			continue;
		if (append_copy(&got, &m->items.item[i])) {
			ns_items_free(&got);
			return -ENOMEM;
		}
	}
	*out = got;
	return 0;
}

static bool mem_holds(struct mem_store *m, const struct ns_txn *t)
{
	unsigned int i;

	for (i = 0; i < t->n_compare; i++) {
		struct ns_item *it = mem_at(m, t->compare[i].key);

		if ((it ? it->value.revision : 0) != t->compare[i].revision)
			return false;
	}
	return true;
}

static void mem_del(struct mem_store *m, const char *key)
{
	struct ns_item *it = mem_at(m, key);
	size_t i;

	if (!it)
		return;
	i = it - m->items.item;
	free(it->key);
	free(it->value.data);
	memmove(it, it + 1, (--m->items.n - i) * sizeof(*it));
}

static void mem_put(struct mem_store *m, const struct ns_put *p)
{
	struct ns_item fresh = { .key = strdup(p->key) };
	size_t i;

	mem_del(m, p->key);
	i = mem_find(m, p->key);
	m->items.item = realloc(m->items.item, (m->items.n + 1) * sizeof(fresh));
	if (!fresh.key || !m->items.item || ns_value_copy(&fresh.value, p->data, p->size, m->revision))
		abort();	/* a test's process; half a transaction must not be seen */
	memmove(&m->items.item[i + 1], &m->items.item[i], (m->items.n++ - i) * sizeof(fresh));
	m->items.item[i] = fresh;
}

static void mem_commit(struct ns_store *s, const struct ns_txn *t, ns_store_done *done, void *arg)
{
	struct mem_store *m = to_mem(s);
	unsigned int i;

	if (m->fail_in && !--m->fail_in) {
		done(arg, m->fail_err, 0);
		return;
	}
	if (!mem_holds(m, t)) {
		done(arg, -EAGAIN, 0);
		return;
	}
	m->revision++;
	for (i = 0; i < t->n_put; i++)
		mem_put(m, &t->put[i]);
	for (i = 0; i < t->n_del; i++)
		mem_del(m, t->del[i].key);
	done(arg, 0, m->revision);
}

static uint64_t mem_revision(struct ns_store *s)
{
	return to_mem(s)->revision;
}

static void mem_close(struct ns_store *s)
{
	ns_items_free(&to_mem(s)->items);
	free(s);
}

static const struct ns_store_engine mem_engine = {
	.name = "memory",
	.get = mem_get,
	.list = mem_list,
	.commit = mem_commit,
	.revision = mem_revision,
	.close = mem_close,
};

struct ns_store *ns_store_mem_new(void)
{
	struct mem_store *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->store.engine = &mem_engine;
	return &m->store;
}

void ns_store_mem_fail(struct ns_store *s, unsigned int n, int err)
{
	to_mem(s)->fail_in = n;
	to_mem(s)->fail_err = err;
}
