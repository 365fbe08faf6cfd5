/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_reconcile.h"
#include "ns_version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS 4	/* of ns_kind_order() */

struct plan {
	const struct ns_plan_input *in;
	bool		 *wanted;	/* per row */
	struct ns_action *action;
	size_t		  n;
};

static const struct ns_live *find_live(const struct ns_plan_input *in, const struct ns_id *id)
{
	size_t i;

	for (i = 0; i < in->n_live; i++)
		if (ns_id_equal_at_host(&in->live[i].id, id))
			return &in->live[i];
	return NULL;
}

/* Index of the row that live is, or n_rows. */
static size_t find_row(const struct ns_plan_input *in, const struct ns_live *live)
{
	size_t i;

	for (i = 0; i < in->n_rows; i++)
		if (ns_id_equal_at_host(&in->row[i].id, &live->id))
			break;
	return i;
}

/* What an id cannot be without: one object, or a channel's two. */
static unsigned int needs_count(const struct ns_id *id)
{
	return id->kind == SAFEX_KIND_MANAGER ? 0 : id->kind == SAFEX_KIND_CHANNEL ? 2 : 1;
}

static bool needs_are_wanted(const struct plan *p, const struct ns_id *id)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < p->in->n_rows; i++)
		if (p->wanted[i] && ns_id_needs(id, &p->in->row[i].id))
			found++;
	return found == needs_count(id);
}

/* From managers down, for what is wanted hangs on what it needs. */
static void decide_wanted(struct plan *p)
{
	int order;
	size_t i;

	for (order = 0; order < ORDERS; order++)
		for (i = 0; i < p->in->n_rows; i++) {
			const struct ns_object *o = &p->in->row[i];

			if (ns_kind_order(o->id.kind) == order)
				p->wanted[i] = !p->in->unwanted[i] &&
					       (o->state == NS_COMMITTED || o->state == NS_LOST ||
						p->in->held(p->in->held_arg, &o->id)) &&
					       needs_are_wanted(p, &o->id);
		}
}

static void add(struct plan *p, enum ns_act act, const struct ns_id *id)
{
	if (!p->in->held(p->in->held_arg, id))
		p->action[p->n++] = (struct ns_action){ .act = act, .id = *id };
}

/* A reported id has no host of its own. */
static void add_live(struct plan *p, const struct ns_live *live)
{
	struct ns_id id = live->id;

	strncpy(id.name.host, p->in->host, sizeof(id.name.host) - 1);
	if (id.kind == SAFEX_KIND_CHANNEL)
		strncpy(id.second.host, p->in->host, sizeof(id.second.host) - 1);
	add(p, NS_ACT_REMOVE, &id);
}

static void plan_removal(struct plan *p)
{
	const struct ns_plan_input *in = p->in;
	int order;
	size_t i, row;

	for (order = ORDERS; order-- > 0;) {
		for (i = 0; i < in->n_live; i++) {
			if (ns_kind_order(in->live[i].id.kind) != order)
				continue;
			row = find_row(in, &in->live[i]);
			if (row == in->n_rows || !p->wanted[row])
				add_live(p, &in->live[i]);
		}
		for (i = 0; i < in->n_rows; i++)
			if (ns_kind_order(in->row[i].id.kind) == order && !p->wanted[i] &&
			    !find_live(in, &in->row[i].id))
				add(p, NS_ACT_FORGET, &in->row[i].id);
	}
}

static void add_version(struct plan *p, enum ns_act act, const struct ns_object *o,
			const struct ns_live *live)
{
	size_t before = p->n;

	add(p, act, &o->id);
	if (p->n == before)
		return;
	p->action[before].running = live->version;
	p->action[before].cause = live->version == o->version ? 0 : live->cause;
}

/* It is there; is it the wanted version, and is it settled that it stays? */
static void plan_version(struct plan *p, const struct ns_object *o, const struct ns_live *live)
{
	if (!live->active || o->state != NS_COMMITTED)
		add(p, NS_ACT_COMMIT, &o->id);
	else if (!o->version || !live->version)
		return;
	else if (live->version == o->version) {
		if (!live->previous && ns_version_on_probation(o))
			add_version(p, NS_ACT_SETTLE, o, live);
	} else if (live->failed == o->version)
		add_version(p, NS_ACT_SETTLE, o, live);
	else
		add_version(p, live->next == o->version ? NS_ACT_COMMIT : NS_ACT_MAKE, o, live);
}

static void plan_making(struct plan *p)
{
	const struct ns_plan_input *in = p->in;
	int order;
	size_t i;

	for (order = 0; order < ORDERS; order++)
		for (i = 0; i < in->n_rows; i++) {
			const struct ns_object *o = &in->row[i];
			const struct ns_live *live = find_live(in, &o->id);

			if (ns_kind_order(o->id.kind) != order || !p->wanted[i])
				continue;
			if (!live)
				add(p, NS_ACT_MAKE, &o->id);
			else
				plan_version(p, o, live);
		}
}

int ns_plan(const struct ns_plan_input *in, struct ns_action **out, size_t *n)
{
	struct plan p = { .in = in };

	p.wanted = calloc(in->n_rows + 1, sizeof(*p.wanted));
	p.action = calloc(in->n_rows + in->n_live + 1, sizeof(*p.action));
	if (!p.wanted || !p.action) {
		free(p.wanted);
		free(p.action);
		return -ENOMEM;
	}
	decide_wanted(&p);
	plan_removal(&p);
	plan_making(&p);
	free(p.wanted);
	*out = p.action;
	*n = p.n;
	return 0;
}
