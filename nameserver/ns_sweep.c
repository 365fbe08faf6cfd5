/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only time makes useless: answers to requests that nobody will repeat,
 * sources that no object has, and the far end of the audit log.  A page at a
 * time, so that nobody waits for it; then a rest.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "dio_log.h"

#define REST_S			60
#define BETWEEN_PAGES_US	20000
#define PAGE			256
#define AUDIT_KEEP		100000u
#define REFUSALS_KEEP		10000u	/* apart: they must not push out what was done */

struct objects {
	struct ns_object *o;
	size_t		  n;
};

struct ns_sweep {
	struct event  *timer;
	unsigned int   phase;
	bool	       rests;
	char	       after[NS_KEY_MAX];	/* last key of the last page */
	struct objects all;			/* of the page under way */
	struct {
		uint64_t rows;			/* counted up to `after` */
		uint64_t drop;			/* of the oldest, still to go */
	} audit[2];				/* what was done; refusals */
};

static void swept(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	/* -EAGAIN: one of them is used again; next time, then. */
	if (err && err != -EAGAIN)
		dio_error("database: sweeping: %s", strerror(-err));
}

typedef bool is_useless(struct ns *ns, const struct ns_item *it);

static void drop_useless(struct ns *ns, const struct ns_items *page, is_useless *useless)
{
	struct ns_txn t;
	size_t i;

	ns_txn_begin(&t);
	for (i = 0; i < page->n; i++) {
		const struct ns_item *it = &page->item[i];

		if (!useless(ns, it))
			continue;
		ns_txn_compare(&t, it->key, it->value.revision);
		ns_txn_del(&t, it->key);
		if (t.n_del < NS_TXN_MAX)
			continue;
		ns_store_commit(ns->store, &t, swept, ns);
		ns_txn_end(&t);
		ns_txn_begin(&t);
	}
	if (t.n_del)
		ns_store_commit(ns->store, &t, swept, ns);
	ns_txn_end(&t);
}

/*
 * By the boot's clock: who sets the other one makes no request young or old. Of
 * an earlier boot, or not known of which, it is as old as it has been here.
 */
static bool request_is_old(struct ns *ns, const struct ns_item *it)
{
	uint64_t now = ns_now_boot(), since = ns->started;
	ns_x_request r = { 0 };
	bool old;

	if (ns_request_decode(&it->value, &r))
		return false;
	if (r.boot[0] && !strcmp(r.boot, ns->boot) && r.since_boot <= now)
		since = r.since_boot;
	old = since + NS_REQUEST_KEEP_NS < now;
	xdr_free((xdrproc_t)xdr_ns_x_request, (char *)&r);
	return old;
}

/* Also of a version that was gone back from, or replaced. */
static bool has_source(const struct ns_object *o, const char *source)
{
	char key[NS_KEY_MAX];

	ns_key_source(o->digest, key);
	if (o->has_source && !strcmp(key, source))
		return true;
	for (unsigned int i = 0; i < o->n_versions; i++) {
		ns_key_source(o->versions[i].digest, key);
		if (!strcmp(key, source))
			return true;
	}
	return false;
}

static bool source_is_unused(struct ns *ns, const struct ns_item *it)
{
	const struct ns_sweep *s = ns->sweep;
	size_t i;

	for (i = 0; i < s->all.n; i++)
		if (has_source(&s->all.o[i], it->key))
			return false;
	return true;
}

/* Counts the log on one round, and drops what was too much on the next. */
static bool audit_is_far(struct ns *ns, const struct ns_item *it)
{
	struct ns_sweep *s = ns->sweep;
	ns_x_audit x = { 0 };
	bool refusal;

	if (ns_row_decode(&it->value, (xdrproc_t)xdr_ns_x_audit, &x))
		return false;
	refusal = x.code && x.verb != NS_VERB_RECOVER;
	xdr_free((xdrproc_t)xdr_ns_x_audit, (char *)&x);
	if (s->audit[refusal].drop) {
		s->audit[refusal].drop--;
		return true;
	}
	s->audit[refusal].rows++;
	return false;
}

static void audit_round_ends(struct ns_sweep *s)
{
	static const uint64_t keep[] = { AUDIT_KEEP, REFUSALS_KEEP };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		s->audit[i].drop = s->audit[i].rows > keep[i] ? s->audit[i].rows - keep[i] : 0;
		s->audit[i].rows = 0;
	}
}

static const struct {
	const char *prefix;
	is_useless *useless;
} phases[] = {
	{ NS_PREFIX_REQUESTS, request_is_old },
	{ NS_PREFIX_SOURCES, source_is_unused },
	{ NS_PREFIX_AUDIT, audit_is_far },
};
#define PHASES (sizeof(phases) / sizeof(phases[0]))

/* True: there is another page in this phase. */
static bool sweep_page(struct ns *ns, struct ns_sweep *s)
{
	struct ns_items page;
	bool objects = phases[s->phase].useless == source_is_unused, more;

	if (ns_store_list(ns->store, phases[s->phase].prefix, s->after[0] ? s->after : NULL, PAGE,
			  &page))
		return false;
	s->all = (struct objects){ 0 };
	if (!objects || !page.n || !ns_objects_list(ns->store, 0, &s->all.o, &s->all.n))
		drop_useless(ns, &page, phases[s->phase].useless);
	free(s->all.o);
	more = page.n == PAGE;
	if (page.n)
		strcpy(s->after, page.item[page.n - 1].key);
	ns_items_free(&page);
	return more;
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct timeval soon = { 0, BETWEEN_PAGES_US }, rest = { REST_S, 0 };
	struct ns *ns = arg;
	struct ns_sweep *s = ns->sweep;

	(void)fd;
	(void)what;
	s->rests = false;
	if (!sweep_page(ns, s)) {
		s->after[0] = '\0';
		s->phase++;
	}
	if (s->phase == PHASES) {
		s->phase = 0;
		s->rests = true;
		audit_round_ends(s);
		evtimer_add(s->timer, &rest);
	} else {
		evtimer_add(s->timer, &soon);
	}
}

int ns_sweep_start(struct ns *ns)
{
	struct timeval soon = { 0, BETWEEN_PAGES_US };

	ns->sweep = calloc(1, sizeof(*ns->sweep));
	if (!ns->sweep)
		return -ENOMEM;
	ns->sweep->timer = evtimer_new(ns->base, timer_fired, ns);
	return ns->sweep->timer ? evtimer_add(ns->sweep->timer, &soon) : -ENOMEM;
}

bool ns_sweep_rests(const struct ns *ns)
{
	return ns->sweep->rests;
}

void ns_sweep_stop(struct ns *ns)
{
	if (ns->sweep && ns->sweep->timer)
		event_free(ns->sweep->timer);
	free(ns->sweep);
}
