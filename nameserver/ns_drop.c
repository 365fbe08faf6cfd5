/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applications that are over and have nothing any more: their rows go, as many as
 * a transaction holds at a time, and one transaction in a turn of the loop.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "dio_log.h"

#define RETRY_S	1	/* after the store has failed */

struct ns_drop {
	struct event *timer;
	TAILQ_HEAD(, ns_known_app) list;
	bool	      writing;
	uint64_t      cd[NS_TXN_MAX];	/* of the transaction under way */
	unsigned int  n;
};

static void in_s(struct ns_drop *d, int s)
{
	struct timeval tv = { s, 0 };

	if (!d->writing && !TAILQ_EMPTY(&d->list))
		evtimer_add(d->timer, &tv);
}

static void add(struct ns_drop *d, struct ns_known_app *a)
{
	a->dropping = NS_TO_DROP;
	TAILQ_INSERT_TAIL(&d->list, a, to_drop);
}

void ns_drop(struct ns *ns, struct ns_known_app *a)
{
	if (!a->over || a->objects || a->dropping != NS_STAYS || !ns->drop)
		return;
	add(ns->drop, a);
	in_s(ns->drop, 0);
}

void ns_drop_forget(struct ns *ns, struct ns_known_app *a)
{
	if (a->dropping == NS_TO_DROP)
		TAILQ_REMOVE(&ns->drop->list, a, to_drop);
}

static void written(void *arg, int err, uint64_t revision)
{
	struct ns *ns = arg;
	struct ns_drop *d = ns->drop;
	struct ns_known_app *a;

	(void)revision;
	d->writing = false;
	while (d->n) {
		a = ns_index_app(ns, d->cd[--d->n]);
		if (!err)
			ns_index_app_gone(ns, a);
		else if (a)
			add(d, a);
	}
	/* -EAGAIN: one of them has just been changed. */
	if (err && err != -EAGAIN)
		dio_error("database: dropping applications: %s", strerror(-err));
	in_s(d, err && err != -EAGAIN ? RETRY_S : 0);
}

/* Its end asks again. */
static bool in_hand(struct ns *ns, uint64_t cd)
{
	struct ns_op *op;

	TAILQ_FOREACH(op, &ns->ops, entry)
		if (op->app.cd == cd)
			return true;
	return false;
}

/* 0, or -errno: it is to be tried again. */
static int drop_one(struct ns *ns, struct ns_known_app *a, struct ns_txn *t)
{
	struct ns_drop *d = ns->drop;
	char key[NS_KEY_MAX];
	struct ns_app app;
	int err;

	TAILQ_REMOVE(&d->list, a, to_drop);
	a->dropping = NS_STAYS;
	if (a->objects || in_hand(ns, a->cd))
		return 0;
	err = ns_app_get(ns->store, a->cd, &app);
	if (err == -ENOENT) {
		ns_index_app_gone(ns, a);
		return 0;
	}
	if (err) {
		dio_error("database: application %016llx: %s", (unsigned long long)a->cd,
			  strerror(-err));
		add(d, a);
		return err;
	}
	a->dropping = NS_DROPPING;
	d->cd[d->n++] = a->cd;
	ns_key_app(a->cd, key);
	ns_txn_compare(t, key, app.revision);
	ns_txn_del(t, key);
	return 0;
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct ns *ns = arg;
	struct ns_drop *d = ns->drop;
	struct ns_known_app *a;
	struct ns_txn t;
	unsigned int tries;
	int err = 0;

	(void)fd;
	(void)what;
	ns_txn_begin(&t);
	for (tries = 0; !err && tries < NS_TXN_MAX && (a = TAILQ_FIRST(&d->list)); tries++)
		err = drop_one(ns, a, &t);
	if (d->n) {
		d->writing = true;
		ns_store_commit(ns->store, &t, written, ns);
	} else {
		in_s(d, err ? RETRY_S : 0);
	}
	ns_txn_end(&t);
}

int ns_drop_start(struct ns *ns)
{
	struct ns_drop *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	ns->drop = d;
	TAILQ_INIT(&d->list);
	d->timer = evtimer_new(ns->base, timer_fired, ns);
	return d->timer ? 0 : -ENOMEM;
}

void ns_drop_stop(struct ns *ns)
{
	if (ns->drop && ns->drop->timer)
		event_free(ns->drop->timer);
	free(ns->drop);
	ns->drop = NULL;
}
