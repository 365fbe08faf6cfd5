/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A new version of a monitor or handler, step by step:
 *
 *	read -> (gate) -> decide -> prepare at the host, where it waits
 *	     -> [row with the version, source, request, audit] -> commit at the host
 *	     -> answer
 *	undo: abort at the host -> answer
 *
 * Before the row is written the host forgets a version whose commit does not
 * come; after that the next pass of ns_reconcile.c commits it, or makes it
 * again. When the probation ends a pass settles what became of it.
 */
#include "ns_internal.h"

#include <errno.h>
#include <string.h>

#include "ns_version.h"

static void undo(struct ns_op *op);

/* What the new version says nothing of, it has of the old one. */
static void read_spec(struct ns_op *op, const dio_x_spec *s)
{
	struct ns_object *o = &op->object;

	if (s->period)
		o->period = s->period;
	if (s->budget)
		o->budget = s->budget;
	o->probation = s->probation;
	o->created = ns_now();
	memset(o->file, 0, sizeof(o->file));
	strncpy(o->file, s->file, sizeof(o->file) - 1);
	ns_op_source(op, s);
}

static bool may_replace(struct ns_op *op)
{
	const struct ns_id id = op->object.id;
	char text[NS_TEXT_MAX];
	int err = ns_object_get(op->ns->store, &id, &op->object);

	if (err && err != -ENOENT)
		ns_op_fail_store(op, err);
	else if (err || op->object.id.kind == SAFEX_KIND_CHANNEL) {
		op->object.id = id;
		ns_op_fail(op, DIO_E_NO_MONITOR, "%s does not exist", ns_id_text(&id, text));
	} else if (op->object.state == NS_LOST)
		ns_op_fail(op, DIO_E_NO_MONITOR, "%s was lost by its host: destroy and create it again",
			   ns_id_text(&id, text));
	else if (op->object.state != NS_COMMITTED || ns_held(op->ns, &op->object.id) ||
		 ns_safexd_holds(op->host, &op->object.id))
		ns_op_busy(op, "%s is being changed", ns_id_text(&id, text));
	else if (ns_version_on_probation(&op->object))
		ns_op_fail(op, DIO_E_BUSY, "%s: version %u is on probation: try again later",
			   ns_id_text(&id, text), op->object.version);
	else
		return true;
	return false;
}

static bool check_spec(struct ns_op *op, const dio_x_spec *asked)
{
	dio_x_spec s = *asked;

	s.key.kind = op->object.id.kind;
	if (!s.period)
		s.period = op->object.period;
	if (!s.budget)
		s.budget = op->object.budget;
	if (!ns_check_spec(&s, &op->status))
		return true;
	ns_op_finish(op);
	return false;
}

static void committed(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;
	struct ns_safexd *h = op->host;

	(void)attrs;
	if (st->code)		/* else it stays what the prepare said */
		op->status = *st;
	ns_op_finish(op);
	/* A pass sees to it if that failed, and to the end of the probation. */
	ns_safexd_tidy(h, 0, NULL, NULL);
}

static void recorded(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;

	if (err) {
		ns_op_tell_store(op, err);
		undo(op);
		return;
	}
	op->object.revision = revision;
	ns_safexd_step(op->host, SX_COMMIT, op->request, op->who.uid, &op->object.id,
		       ns_op_step_ms(op), committed, op);
}

static void prepared(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;
	struct ns_object *o = &op->object;

	op->status = *st;
	if (st->code) {
		undo(op);
		return;
	}
	o->versions[o->n_versions - 1].kept = o->layout.kept = attrs->kept;
	ns_op_store(op, recorded);
}

static void replace_decide(struct ns_op *op)
{
	const dio_x_spec *s = op->spec;

	if (!may_replace(op) || !check_spec(op, s))
		return;
	op->holds = true;
	read_spec(op, s);
	ns_version_add(&op->object, false);
	op->cd = op->object.version;
	ns_safexd_prepare(op->host, op->request, &op->object, op->source, op->source_size,
			  prepared, op);
}

void ns_replace(struct ns *ns, const struct ns_principal *who, const ns_create_args *args,
		ns_answer *answer, void *arg)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_REPLACE, args->request, answer, arg);
	const dio_x_key *key = &args->spec.key;

	if (!op || !ns_op_read_key(op, key))
		return;
	op->spec = &args->spec;
	if (op->object.id.kind != SAFEX_KIND_MONITOR && op->object.id.kind != SAFEX_KIND_HANDLER)
		ns_op_fail(op, DIO_E_INVALID, "only a monitor or handler is replaced");
	else if (ns_op_read_app(op, key->cd, op->object.id.kind))
		ns_op_enter(op, replace_decide);
}

static void aborted(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	(void)st;	/* what is left there goes when its commit does not come */
	(void)attrs;
	ns_op_finish(arg);
}

static void undo(struct ns_op *op)
{
	ns_safexd_abort(op->host, op->request, op->who.uid, &op->object.id, &op->status, aborted, op);
}

enum dio_error ns_versions(struct ns *ns, const struct ns_principal *who, const dio_x_key *key,
			   struct dio_status *st, struct ns_object *o)
{
	struct ns_target on = { .kind = SAFEX_KIND_MONITOR };
	char text[NS_TEXT_MAX];
	struct ns_id id;
	int err;

	if (ns_check_key(key, &id, st))
		return st->code;
	on.has_owner = ns_index_app_owner(ns, id.cd, &on.owner);
	if (!ns_authz(&ns->policy, who, NS_VERB_SEE, &on))
		return dio_status_set(st, DIO_E_DENIED, "this application belongs to another user");
	err = id.kind == SAFEX_KIND_MONITOR || id.kind == SAFEX_KIND_HANDLER ?
	      ns_object_get(ns->store, &id, o) : -ENOENT;
	if (err == -ENOENT)
		return dio_status_set(st, DIO_E_NO_MONITOR, "%s does not exist",
				      ns_id_text(&id, text));
	if (err)
		return dio_status_set(st, DIO_E_STORE, "the nameserver's database failed: %s",
				      strerror(-err));
	return dio_status_set(st, DIO_E_OK, "%s", "");
}
