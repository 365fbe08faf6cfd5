/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal of one object:
 *
 *	read -> (gate) -> decide -> [row DESTROYING, request] -> destroy at
 *	the host -> [row removed, audit] -> answer
 *
 * When the host refuses, the row is COMMITTED again and the request forgotten;
 * when it cannot be reached both stay, and the object goes when it is back.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void destroy_decide(struct ns_op *op);

static enum dio_error absence(enum safex_kind kind)
{
	switch (kind) {
	case SAFEX_KIND_MANAGER:
		return DIO_E_NO_MANAGER;
	case SAFEX_KIND_CLASS:
		return DIO_E_NO_CLASS;
	case SAFEX_KIND_MONITOR:
		return DIO_E_NO_MONITOR;
	case SAFEX_KIND_HANDLER:
		return DIO_E_NO_HANDLER;
	default:
		return DIO_E_GONE;
	}
}

/* The row into op->object; false: op has ended. */
static bool read_row(struct ns_op *op)
{
	struct ns_id id = op->object.id;
	char text[NS_TEXT_MAX];
	int err = ns_object_get(op->ns->store, &id, &op->object);

	if (!err && op->object.id.kind != id.kind)
		err = -ENOENT;
	if (!err)
		return true;
	op->object.id = id;
	if (err == -ENOENT && op->again)
		ns_op_finish(op);	/* a pass over the host was faster */
	else if (err == -ENOENT)
		ns_op_fail(op, absence(id.kind), "%s does not exist", ns_id_text(&id, text));
	else
		ns_op_fail_store(op, err);
	return false;
}

/* Before the gate, and once more behind it: by then it may be another's of that name. */
static bool authorise_manager(struct ns_op *op)
{
	if (!op->who.local)
		return ns_op_authorise(op, SAFEX_KIND_MANAGER, false, 0);
	return read_row(op) && ns_op_authorise(op, SAFEX_KIND_MANAGER, true, op->object.uid);
}

void ns_destroy(struct ns *ns, const struct ns_principal *who, const ns_destroy_args *args,
		ns_answer *answer, void *arg)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_DESTROY, args->request, answer, arg);

	if (!op || !ns_op_read_key(op, &args->key))
		return;
	if (op->object.id.kind == SAFEX_KIND_MANAGER ?
		    authorise_manager(op) :
		    ns_op_read_app(op, op->object.id.cd, op->object.id.kind))
		ns_op_enter(op, destroy_decide);
}

static bool not_in_use(struct ns_op *op)
{
	char text[NS_TEXT_MAX], by[NS_TEXT_MAX];
	struct ns_object *all;
	size_t n, i;
	int err = ns_objects_list(op->ns->store, op->object.id.cd, &all, &n);

	if (err) {
		ns_op_fail_store(op, err);
		return false;
	}
	for (i = 0; i < n && !ns_id_needs(&all[i].id, &op->object.id); i++)
		;
	if (i < n)
		ns_op_fail(op, DIO_E_IN_USE, "%s is in use by %s", ns_id_text(&op->object.id, text),
			   ns_id_text(&all[i].id, by));
	err = i < n;
	free(all);
	return !err;
}

static bool in_no_hand(struct ns_op *op)
{
	char text[NS_TEXT_MAX];

	if (!ns_held(op->ns, &op->object.id) && !ns_safexd_holds(op->host, &op->object.id))
		return true;
	ns_op_busy(op, "%s is being created or removed just now", ns_id_text(&op->object.id, text));
	return false;
}

static void row_deleted(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;

	if (!err)
		ns_index_object_gone(op->ns, &op->object);
	ns_op_stored(op, err, revision);
}

static void delete_row(struct ns_op *op)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	ns_key_object(&op->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->object.revision);
	ns_txn_del(&t, key);
	ns_op_audit(op, &t);
	ns_store_commit(op->ns->store, &t, row_deleted, op);
	ns_txn_end(&t);
}

/* op->status is the host's refusal. */
static void restore_row(struct ns_op *op)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	op->object.state = NS_COMMITTED;
	ns_key_object(&op->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->object.revision);
	ns_object_put(&t, &op->object);
	ns_op_unrecord(op, &t);
	ns_store_commit(op->ns->store, &t, ns_op_stored, op);
	ns_txn_end(&t);
}

static void removed(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;

	(void)attrs;
	if (!st->code || ns_safexd_absent(st->code)) {
		delete_row(op);
		return;
	}
	op->status = *st;
	if (ns_safexd_unanswered(st->code))
		ns_op_finish(op);
	else
		restore_row(op);
}

static void marked(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;

	if (err) {
		if (err == -EAGAIN && ++op->tries < NS_TRIES) {
			op->holds = false;
			destroy_decide(op);
		} else {
			ns_op_fail_store(op, err);
		}
		return;
	}
	op->object.revision = revision;
	ns_safexd_step(op->host, SX_DESTROY, op->request, op->who.uid, &op->object.id, NS_STEP_MS,
		       removed, op);
}

static void destroy_decide(struct ns_op *op)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;
	bool manager = op->object.id.kind == SAFEX_KIND_MANAGER;

	if (!(manager ? authorise_manager(op) : read_row(op)) || !in_no_hand(op))
		return;
	if (op->again && op->object.state != NS_DESTROYING) {
		ns_op_finish(op);	/* it was removed, and this one was made since */
		return;
	}
	if (!not_in_use(op))
		return;
	op->object.state = NS_DESTROYING;
	op->holds = true;
	ns_key_object(&op->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->object.revision);
	ns_object_put(&t, &op->object);
	ns_op_record(op, &t);
	ns_store_commit(op->ns->store, &t, marked, op);
	ns_txn_end(&t);
}
