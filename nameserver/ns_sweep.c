/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only time makes useless: answers to requests that nobody will repeat,
 * sources that no object has, the far end of the audit log, and applications
 * that have neither process nor objects.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "dio_log.h"
#include "ns_process.h"

#define SWEEP_S			600
#define REQUEST_KEEP_NS		(3600ull * 1000000000)
#define AUDIT_KEEP		100000
#define PAGE			256

static void swept(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	/* -EAGAIN: used again meanwhile, and that is well. */
	if (err && err != -EAGAIN)
		dio_error("database: sweeping: %s", strerror(-err));
}

static void drop(struct ns *ns, const struct ns_item *it)
{
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_txn_compare(&t, it->key, it->value.revision);
	ns_txn_del(&t, it->key);
	ns_store_commit(ns->store, &t, swept, ns);
	ns_txn_end(&t);
}

typedef bool is_useless(struct ns *ns, const struct ns_item *it, void *arg);

/* Page by page: the log does not fit in memory for ever. */
static void sweep(struct ns *ns, const char *prefix, is_useless *useless, void *arg)
{
	char after[NS_KEY_MAX] = "";
	struct ns_items page;
	size_t i;

	do {
		if (ns_store_list(ns->store, prefix, after[0] ? after : NULL, PAGE, &page))
			return;
		for (i = 0; i < page.n; i++)
			if (useless(ns, &page.item[i], arg))
				drop(ns, &page.item[i]);
		if (page.n)
			strcpy(after, page.item[page.n - 1].key);
		i = page.n;
		ns_items_free(&page);
	} while (i == PAGE);
}

static bool request_is_old(struct ns *ns, const struct ns_item *it, void *arg)
{
	ns_x_request r = { 0 };
	bool old;

	(void)ns;
	if (ns_row_decode(&it->value, (xdrproc_t)xdr_ns_x_request, &r))
		return false;
	old = r.time + REQUEST_KEEP_NS < *(uint64_t *)arg;
	xdr_free((xdrproc_t)xdr_ns_x_request, (char *)&r);
	return old;
}

struct objects {
	struct ns_object *o;
	size_t		  n;
};

static bool source_is_unused(struct ns *ns, const struct ns_item *it, void *arg)
{
	struct objects *all = arg;
	char key[NS_KEY_MAX];
	size_t i;

	(void)ns;
	for (i = 0; i < all->n; i++) {
		if (!all->o[i].has_source)
			continue;
		ns_key_source(all->o[i].digest, key);
		if (!strcmp(key, it->key))
			return false;
	}
	return true;
}

static bool count_down(struct ns *ns, const struct ns_item *it, void *arg)
{
	size_t *too_many = arg;

	(void)ns;
	(void)it;
	return *too_many && (*too_many)--;
}

static bool count_up(struct ns *ns, const struct ns_item *it, void *arg)
{
	(void)ns;
	(void)it;
	++*(size_t *)arg;
	return false;
}

static void sweep_all(struct ns *ns)
{
	uint64_t now = ns_now();
	struct objects all;
	size_t audit = 0;

	sweep(ns, NS_PREFIX_REQUESTS, request_is_old, &now);
	if (!ns_objects_list(ns->store, 0, &all.o, &all.n)) {
		sweep(ns, NS_PREFIX_SOURCES, source_is_unused, &all);
		free(all.o);
	}
	sweep(ns, NS_PREFIX_AUDIT, count_up, &audit);
	audit = audit > AUDIT_KEEP ? audit - AUDIT_KEEP : 0;
	if (audit)
		sweep(ns, NS_PREFIX_AUDIT, count_down, &audit);
}

static bool being_ended(struct ns *ns, uint64_t cd)
{
	struct ns_op *op;

	TAILQ_FOREACH(op, &ns->ops, entry)
		if (op->app.cd == cd)
			return true;
	return false;
}

static bool has_objects(const struct objects *all, uint64_t cd)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->o[i].id.cd == cd)
			return true;
	return false;
}

static bool app_is_over(struct ns *ns, const struct ns_item *it, void *arg)
{
	struct ns_app app;

	if (ns_app_decode(&it->value, &app))
		return false;
	if (!app.ending && ns_process_alive(&app.process))
		return false;
	return !has_objects(arg, app.cd) && !being_ended(ns, app.cd);
}

void ns_sweep_apps(struct ns *ns)
{
	struct objects all;

	if (ns_objects_list(ns->store, 0, &all.o, &all.n))
		return;
	sweep(ns, NS_PREFIX_APPS, app_is_over, &all);
	free(all.o);
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct ns *ns = arg;
	struct timeval tv = { SWEEP_S, 0 };

	(void)fd;
	(void)what;
	sweep_all(ns);
	evtimer_add(ns->sweep_timer, &tv);
}

int ns_sweep_start(struct ns *ns)
{
	ns->sweep_timer = evtimer_new(ns->base, timer_fired, ns);
	if (!ns->sweep_timer)
		return -ENOMEM;
	timer_fired(-1, 0, ns);
	return 0;
}
