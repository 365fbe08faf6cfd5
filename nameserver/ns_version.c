/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_version.h"

#include <string.h>

static uint32_t next_number(const struct ns_object *o)
{
	return o->n_versions ? o->versions[o->n_versions - 1].number + 1 : 1;
}

static struct ns_version_of *find(struct ns_object *o, uint32_t number)
{
	for (unsigned int i = 0; i < o->n_versions; i++)
		if (o->versions[i].number == number)
			return &o->versions[i];
	return NULL;
}

const struct ns_version_of *ns_version_find(const struct ns_object *o, uint32_t number)
{
	return find((struct ns_object *)o, number);
}

/* The oldest goes, but for the one that is to be gone back to. */
static void make_room(struct ns_object *o)
{
	unsigned int at = o->versions[0].number == o->version;

	if (o->n_versions < NS_VERSIONS_MAX)
		return;
	o->n_versions--;
	memmove(&o->versions[at], &o->versions[at + 1],
		(o->n_versions - at) * sizeof(o->versions[0]));
}

void ns_version_add(struct ns_object *o, bool kept)
{
	struct ns_version_of v = {
		.number = next_number(o), .state = NS_VERSION_RUNS, .kept = kept,
		.period = o->period, .budget = o->budget, .created = o->created,
	};
	struct ns_version_of *old = find(o, o->version);

	if (old) {
		old->state = NS_VERSION_REPLACED;
		v.state = NS_VERSION_PROBATION;
	}
	memcpy(v.file, o->file, sizeof(v.file));
	memcpy(v.digest, o->digest, sizeof(v.digest));
	make_room(o);
	o->versions[o->n_versions++] = v;
	o->version = v.number;
}

bool ns_version_on_probation(const struct ns_object *o)
{
	const struct ns_version_of *v = ns_version_find(o, o->version);

	return v && v->state == NS_VERSION_PROBATION;
}

static void want_again(struct ns_object *o, struct ns_version_of *v)
{
	v->state = NS_VERSION_RUNS;
	o->version = v->number;
	o->period = v->period;
	o->budget = v->budget;
	memcpy(o->file, v->file, sizeof(o->file));
	memcpy(o->digest, v->digest, sizeof(o->digest));
}

void ns_version_settle(struct ns_object *o, uint32_t running, uint32_t cause)
{
	struct ns_version_of *wanted = find(o, o->version), *runs = find(o, running);

	if (!wanted || !runs)
		return;
	if (runs == wanted) {
		wanted->state = NS_VERSION_RUNS;
		return;
	}
	wanted->state = NS_VERSION_BACK;
	wanted->cause = cause;
	want_again(o, runs);
}
