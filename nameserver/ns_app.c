/* SPDX-License-Identifier: GPL-2.0-only */
/* Applications: a descriptor at the beginning, removal of everything at the end. */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns_process.h"
#include "ns_watch.h"

/*
 * The next descriptor: unique over all databases and time, never 0. Its upper
 * part is random and new with each start, so that what a restored copy of the
 * database does not know is not given a second time.
 */
static uint64_t next_descriptor(struct ns *ns)
{
	if (!ns->next_descriptor || ns->next_descriptor == 1u << NS_DESCRIPTOR_BITS) {
		ns->identity = ns_request_new() | 1ull << NS_DESCRIPTOR_BITS;
		ns->next_descriptor = 1;
	}
	return ns->identity >> NS_DESCRIPTOR_BITS << NS_DESCRIPTOR_BITS | ns->next_descriptor++;
}

static uint64_t take_descriptor(struct ns *ns)
{
	uint64_t cd = next_descriptor(ns);

	while (ns_index_app(ns, cd))
		cd = next_descriptor(ns);
	return cd;
}

static bool may_have_more(struct ns_op *op)
{
	unsigned int own = ns_index_apps(op->ns, op->who.uid);

	if (own < NS_APPS_PER_UID || op->who.uid == 0)
		return true;
	ns_op_fail(op, DIO_E_TOO_BIG, "uid %u has %u applications, the most it may have: end some",
		   op->who.uid, own);
	return false;
}

static void init_stored(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;
	struct ns *ns = op->ns;
	struct ns_process starter;
	uint64_t cd = op->cd;

	(void)revision;
	if (err) {
		ns_index_app_gone(op->ns, op->known);
		ns_op_fail_store(op, err);
		return;
	}
	starter = op->app.process;
	ns_index_app_stored(ns, op->known, cd);
	ns_op_finish(op);
	ns_watch(ns, &starter, cd, true);
}

static void init_store(struct ns_op *op)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	ns_txn_begin(&t);
	op->cd = take_descriptor(op->ns);
	op->app.cd = op->cd;
	ns_key_app(op->cd, key);
	ns_app_put(&t, &op->app);
	ns_op_record(op, &t);
	ns_op_audit(op, &t);
	ns_store_commit(op->ns->store, &t, init_stored, op);
	ns_txn_end(&t);
}

void ns_init_app(struct ns *ns, const struct ns_principal *who, const ns_init_args *args,
		 ns_answer *answer, void *arg)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_INIT, args->request, answer, arg);
	int err;

	if (!op || !ns_op_authorise(op, SAFEX_KIND_NONE, false, 0) || !may_have_more(op))
		return;
	op->app.uid = who->uid;
	op->app.created = ns_now();
	ns_name_print(args->application, op->app.name);
	err = ns_process_caller(who->pid, who->process, &op->app.process);
	if (err)
		ns_op_fail(op, DIO_E_GONE, "process %d of the application: %s", who->pid,
			   strerror(-err));
	else if (!(op->known = ns_index_app_new(ns, who->uid)))
		ns_op_fail(op, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	else
		init_store(op);
}

static void end_finally(struct ns_op *op);

static void end_stored(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;

	if (!err)
		ns_index_app_gone(op->ns, ns_index_app(op->ns, op->app.cd));
	ns_op_stored(op, err, revision);
}

/*
 * That it has nothing any more builds on removals that may be on their way, and
 * could fail: a transaction behind them tells when that is known.
 */
static void end_settled(void *arg, int err, uint64_t revision)
{
	(void)revision;
	if (err)
		ns_op_fail_store(arg, err);
	else
		end_finally(arg);
}

static void end_finally(struct ns_op *op)
{
	const struct ns_known_app *known = ns_index_app(op->ns, op->app.cd);
	char text[NS_TEXT_MAX], key[NS_KEY_MAX];
	struct ns_object *left = NULL;
	struct ns_txn t;
	size_t n = 0;
	int err = op->status.code ? 0 : ns_objects_list(op->ns->store, op->app.cd, &left, &n);

	if (op->status.code) {
		ns_op_finish(op);
	} else if (err) {
		ns_op_fail_store(op, err);
	} else if (n) {
		ns_op_fail(op, DIO_E_IN_USE, "%s is still in use: try again",
			   ns_id_text(&left[0].id, text));
	} else if (known && known->objects && !op->tries++) {
		ns_txn_begin(&t);
		ns_store_commit(op->ns->store, &t, end_settled, op);
		ns_txn_end(&t);
	} else {
		ns_key_app(op->app.cd, key);
		ns_txn_begin(&t);
		ns_txn_compare(&t, key, op->app.revision);
		ns_txn_del(&t, key);
		ns_op_audit(op, &t);
		ns_store_commit(op->ns->store, &t, end_stored, op);
		ns_txn_end(&t);
	}
	free(left);
}

static void host_tidied(void *arg, const struct dio_status *st)
{
	struct ns_op *op = arg;

	if (st->code && !op->status.code)
		op->status = *st;
	if (!--op->hosts_left)
		end_finally(op);
}

/* The application wants nothing any more; a pass at each of its hosts sees to it. */
static void end_marked(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;
	struct ns *ns = op->ns;
	struct ns_known_app *known = ns_index_app(ns, op->app.cd);
	struct ns_object *o = NULL;
	unsigned int i;
	size_t n = 0;

	if (!err && known)
		known->over = true;
	if (!err)
		err = ns_objects_list(ns->store, op->app.cd, &o, &n);
	if (err) {
		ns_op_fail_store(op, err);
		return;
	}
	op->app.revision = revision;
	op->hosts_left = 1;
	for (i = 0; i < ns->n_hosts; i++)
		if (ns_objects_at(o, n, ns_safexd_name(ns->host[i]))) {
			op->hosts_left++;
			ns_safexd_tidy(ns->host[i], op->app.cd, host_tidied, op);
		}
	free(o);
	host_tidied(op, &(struct dio_status){ 0 });
}

void ns_end_app(struct ns *ns, const struct ns_principal *who, const ns_destroy_args *args,
		ns_answer *answer, void *arg)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_END, args->request, answer, arg);
	char key[NS_KEY_MAX];
	struct ns_txn t;

	if (!op)
		return;
	op->object.id.cd = args->key.cd;
	if (!ns_op_read_app(op, args->key.cd, SAFEX_KIND_NONE))
		return;
	op->app.ending = true;
	ns_key_app(op->app.cd, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->app.revision);
	ns_app_put(&t, &op->app);
	ns_op_record(op, &t);
	ns_store_commit(ns->store, &t, end_marked, op);
	ns_txn_end(&t);
}
