/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log.  What changed something is written in the transaction that
 * changed it.  Refusals change nothing: they are gathered for a moment and
 * only so many are kept, of each user fewer, so that nobody makes the database
 * busy, or the log a heap of nothing else, by being refused.
 */
#include "ns_internal.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "dio_log.h"

#define GATHER_US 100000

void ns_audit_put(struct ns *ns, struct ns_txn *t, const struct ns_audit_entry *e)
{
	char key[NS_KEY_MAX];
	struct ns_wire_id id;
	ns_x_audit x = {
		.time = e->time, .local = e->who.local, .uid = e->who.uid, .pid = e->who.pid,
		.verb = e->verb, .code = e->code,
	};

	ns_id_to_store(&e->id, &id);
	x.key = id.x;
	ns_key_audit(ns_store_revision(ns->store), ns->audit_number++, key);
	ns_row_put(t, key, (xdrproc_t)xdr_ns_x_audit, &x);
}

static void flushed(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	if (err)
		dio_error("audit log: refusals are lost: %s", strerror(-err));
}

void ns_audit_flush(struct ns *ns)
{
	struct ns_txn t;
	unsigned int i;

	if (!ns->n_audit)
		return;
	if (ns->n_audit_lost)
		dio_warn("audit log: %u more refusals within %d ms are not in it",
			 ns->n_audit_lost, GATHER_US / 1000);
	ns->n_audit_lost = 0;
	ns_txn_begin(&t);
	for (i = 0; i < ns->n_audit; i++)
		ns_audit_put(ns, &t, &ns->audit[i]);
	ns->n_audit = 0;
	ns_store_commit(ns->store, &t, flushed, ns);
	ns_txn_end(&t);
}

/* Strangers are one user. */
static bool has_share(const struct ns *ns, const struct ns_principal *who)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ns->n_audit; i++)
		n += ns->audit[i].who.local == who->local && ns->audit[i].who.uid == who->uid;
	return n >= NS_AUDIT_SHARE;
}

void ns_audit_later(struct ns *ns, const struct ns_audit_entry *e)
{
	struct timeval tv = { 0, GATHER_US };

	if (ns->n_audit == NS_AUDIT_LATER || has_share(ns, &e->who)) {
		ns->n_audit_lost++;
		return;
	}
	ns->audit[ns->n_audit++] = *e;
	if (!ns->closing && !evtimer_pending(ns->audit_timer, NULL))
		evtimer_add(ns->audit_timer, &tv);
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ns_audit_flush(arg);
}

int ns_audit_start(struct ns *ns)
{
	ns->audit_timer = evtimer_new(ns->base, timer_fired, ns);
	return ns->audit_timer ? 0 : -ENOMEM;
}
