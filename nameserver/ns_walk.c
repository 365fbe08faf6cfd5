/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns_internal.h"

struct page {
	struct ns_walk *w;
	size_t		begin;	/* of it, in w->seen */
	size_t		left;	/* rows that may still be read */
};

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_asked_for(const struct ns_walk *w, const struct ns_object *o)
{
	struct ns_target on = { .kind = o->id.kind, .has_owner = true, .owner = o->uid };

	return o->state != NS_PREPARING && (!w->kind || w->kind == o->id.kind) &&
	       (!w->cd || w->cd == o->id.cd) &&
	       ns_authz(&w->ns->policy, &w->who, NS_VERB_SEE, &on);
}

static int keep(struct ns_walk *w, const struct ns_items *items)
{
	struct ns_seen *grown = realloc(w->seen, (w->n + items->n + 1) * sizeof(*grown));
	struct ns_object o;
	size_t i;
	int err = 0;

	if (!grown)
		return -ENOMEM;
	w->seen = grown;
	for (i = 0; i < items->n && !err; i++) {
		err = ns_object_decode(&items->item[i].value, &o);
		if (!err && is_asked_for(w, &o))
			grown[w->n++] = (struct ns_seen){
				o.id, o.period, o.budget, o.created, o.process, o.uid,
			};
	}
	return err;
}

/* The rest of the page from the rows with the prefix, or all of them if there are fewer. */
static int read_rows(struct page *p, const char *prefix)
{
	struct ns_walk *w = p->w;
	const char *after = begins_with(w->after, prefix) ? w->after : NULL;
	struct ns_items items;
	int err;

	if (!p->left || (!after && strcmp(w->after, prefix) > 0))
		return 0;
	err = ns_store_list(w->ns->store, prefix, after, p->left, &items);
	if (err)
		return err;
	err = keep(w, &items);
	p->left -= items.n;
	if (items.n)
		strcpy(w->after, items.item[items.n - 1].key);
	ns_items_free(&items);
	return err;
}

static int read_app(struct page *p, uint64_t cd)
{
	char prefix[NS_KEY_MAX];

	ns_key_objects_of(cd, prefix);
	return read_rows(p, prefix);
}

static int read_own(struct page *p)
{
	struct ns_walk *w = p->w;
	uint64_t *cd;
	size_t n, i;
	int err = ns_index_apps_of(w->ns, w->who.uid, &cd, &n);

	for (i = 0; i < n && !err; i++)
		err = read_app(p, cd[i]);
	free(cd);
	return err;
}

static bool sees_all(const struct ns_walk *w)
{
	return w->who.local && w->who.uid == 0;
}

static int read_page(struct page *p)
{
	struct ns_walk *w = p->w;
	int err = 0;

	if (w->cd)
		return sees_all(w) || (w->who.local && ns_index_app_is_of(w->ns, w->cd, w->who.uid)) ?
			       read_app(p, w->cd) : 0;
	if (!w->kind || w->kind == SAFEX_KIND_MANAGER)
		err = read_rows(p, NS_PREFIX_MANAGERS);
	if (err || w->kind == SAFEX_KIND_MANAGER || !w->who.local)
		return err;
	return sees_all(w) ? read_rows(p, NS_PREFIX_OBJECTS) : read_own(p);
}

/*
 * The page is full, perhaps in the middle of an application: that one begins the
 * next page, unless it is all that is on this.
 */
static void cut(struct page *p)
{
	struct ns_walk *w = p->w;
	uint64_t last = w->n > p->begin ? w->seen[w->n - 1].id.cd : 0;
	size_t n = w->n;

	while (n > p->begin && w->seen[n - 1].id.cd == last)
		n--;
	if (!last || n == p->begin)
		return;
	w->n = n;
	ns_key_objects_of(last, w->after);
}

/* Managers, then each application's in the order in which they are made. */
static int in_order(const void *a, const void *b)
{
	const struct ns_seen *x = a, *y = b;

	if (x->id.cd != y->id.cd)
		return x->id.cd < y->id.cd ? -1 : 1;
	if (x->id.kind != y->id.kind)
		return x->id.kind < y->id.kind ? -1 : 1;
	return x->created < y->created ? -1 : x->created > y->created;
}

int ns_walk_page(struct ns_walk *w)
{
	struct page p = { .w = w, .begin = w->n, .left = NS_WALK_PAGE };
	int err;

	if (w->after[0] && !begins_with(w->after, NS_PREFIX_MANAGERS) &&
	    !begins_with(w->after, NS_PREFIX_OBJECTS))
		return -EINVAL;
	err = read_page(&p);
	if (err)
		return err;
	w->ended = p.left != 0;
	if (w->ended)
		w->after[0] = '\0';
	else
		cut(&p);
	if (w->n > p.begin)
		qsort(&w->seen[p.begin], w->n - p.begin, sizeof(*w->seen), in_order);
	return 0;
}
