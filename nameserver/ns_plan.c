/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_reconcile.h"
#include "ns_version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS 4	/* of ns_kind_order() */

struct plan {
	const struct ns_plan_input *in;
	const struct ns_object **by_id;	/* rows, in the order of their ids */
	const struct ns_live   **live;	/* the same of what is reported */
	bool		 *wanted;	/* per row */
	struct ns_action *action;
	size_t		  n;
};

static int row_order(const void *a, const void *b)
{
	return ns_id_order(&(*(const struct ns_object *const *)a)->id,
			   &(*(const struct ns_object *const *)b)->id);
}

static int live_order(const void *a, const void *b)
{
	return ns_id_order(&(*(const struct ns_live *const *)a)->id,
			   &(*(const struct ns_live *const *)b)->id);
}

static int id_and_row(const void *id, const void *row)
{
	return ns_id_order(id, &(*(const struct ns_object *const *)row)->id);
}

static int id_and_live(const void *id, const void *live)
{
	return ns_id_order(id, &(*(const struct ns_live *const *)live)->id);
}

static const struct ns_live *find_live(const struct plan *p, const struct ns_id *id)
{
	const struct ns_live **at =
		bsearch(id, p->live, p->in->n_live, sizeof(*p->live), id_and_live);

	return at ? *at : NULL;
}

/* Whether there is such a row, and it is wanted. */
static bool is_wanted(const struct plan *p, const struct ns_id *id)
{
	const struct ns_object **at =
		bsearch(id, p->by_id, p->in->n_rows, sizeof(*p->by_id), id_and_row);

	return at && p->wanted[*at - p->in->row];
}

static bool needs_are_wanted(const struct plan *p, const struct ns_id *id)
{
	struct ns_id needed[2];
	unsigned int n = ns_id_needed(id, needed);

	while (n--)
		if (!(p->in->part && !needed[n].cd) && !is_wanted(p, &needed[n]))
			return false;
	return true;
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

/* It goes if it is there; the host knows. */
static void plan_removal_of_part(struct plan *p)
{
	const struct ns_plan_input *in = p->in;
	int order;
	size_t i;

	for (order = ORDERS; order-- > 0;)
		for (i = 0; i < in->n_rows; i++)
			if (ns_kind_order(in->row[i].id.kind) == order && !p->wanted[i])
				add(p, NS_ACT_REMOVE, &in->row[i].id);
}

static void plan_removal(struct plan *p)
{
	const struct ns_plan_input *in = p->in;
	int order;
	size_t i;

	for (order = ORDERS; order-- > 0;) {
		for (i = 0; i < in->n_live; i++)
			if (ns_kind_order(in->live[i].id.kind) == order &&
			    !is_wanted(p, &in->live[i].id))
				add_live(p, &in->live[i]);
		for (i = 0; i < in->n_rows; i++)
			if (ns_kind_order(in->row[i].id.kind) == order && !p->wanted[i] &&
			    !find_live(p, &in->row[i].id))
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
			const struct ns_live *live = find_live(p, &o->id);

			if (ns_kind_order(o->id.kind) != order || !p->wanted[i])
				continue;
			if (!live)
				add(p, NS_ACT_MAKE, &o->id);
			else
				plan_version(p, o, live);
		}
}

static int plan_begin(struct plan *p)
{
	const struct ns_plan_input *in = p->in;
	size_t i;

	p->by_id = calloc(in->n_rows + 1, sizeof(*p->by_id));
	p->live = calloc(in->n_live + 1, sizeof(*p->live));
	p->wanted = calloc(in->n_rows + 1, sizeof(*p->wanted));
	p->action = calloc(in->n_rows + in->n_live + 1, sizeof(*p->action));
	if (!p->by_id || !p->live || !p->wanted || !p->action)
		return -ENOMEM;
	for (i = 0; i < in->n_rows; i++)
		p->by_id[i] = &in->row[i];
	for (i = 0; i < in->n_live; i++)
		p->live[i] = &in->live[i];
	qsort(p->by_id, in->n_rows, sizeof(*p->by_id), row_order);
	qsort(p->live, in->n_live, sizeof(*p->live), live_order);
	return 0;
}

int ns_plan(const struct ns_plan_input *in, struct ns_action **out, size_t *n)
{
	struct plan p = { .in = in };
	int err = plan_begin(&p);

	if (err) {
		free(p.action);
	} else {
		decide_wanted(&p);
		if (in->part) {
			plan_removal_of_part(&p);
		} else {
			plan_removal(&p);
			plan_making(&p);
		}
		*out = p.action;
		*n = p.n;
	}
	free(p.by_id);
	free(p.live);
	free(p.wanted);
	return err;
}
