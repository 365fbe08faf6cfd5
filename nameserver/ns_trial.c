/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a create would succeed:
 *
 *	form -> (gate) -> asked of the host -> judged as a create is -> answer
 *
 * It is an operation as others are, so it counts in their limits, but has
 * nothing in hand, begins no transaction that ends, and is in no log of what
 * was done. The host is asked first, because what it has is told in any case;
 * what is refused for its form it is asked without the source.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD	10000000ull	/* ns, any that is allowed: what is not given the host fills in */

struct ns_trial {
	struct ns_op	   *op;
	dio_x_check	    asked;	/* its pointers are the request's */
	dio_x_check_result *result;	/* the host's, while it is answered */
	unsigned int	    stage;	/* 0 while the nameserver judges */
	ns_checked	   *answer;
	void		   *arg;
};

static void finished(void *arg, const struct dio_status *st, uint64_t cd, struct ns_attrs *attrs)
{
	dio_x_check_result r = { .compiler = "", .release = "" };
	struct ns_trial *t = arg;

	(void)cd;
	(void)attrs;
	if (t->result)
		r = *t->result;
	r.status = ns_status_to_wire(st);
	r.stage = t->stage;
	t->answer(t->arg, &r);
	free(t);
}

/* The kind may be known from the host's answer only. */
static void name_object(struct ns_op *op, const dio_x_check *x, unsigned int kind)
{
	struct ns_id *id = &op->object.id;
	bool is_manager = kind == SAFEX_KIND_MANAGER;

	id->kind = kind;
	id->cd = is_manager ? 0 : x->cd;
	strncpy(id->name.manager, is_manager ? x->name : x->manager, sizeof(id->name.manager) - 1);
	strncpy(id->name.extension, is_manager ? "" : x->name, sizeof(id->name.extension) - 1);
}

static bool is_allowed(struct ns_op *op)
{
	const struct ns_id *id = &op->object.id;

	if (id->kind == SAFEX_KIND_MANAGER)
		return ns_op_authorise(op, id->kind, false, 0);
	return !id->cd || ns_op_read_app(op, id->cd, id->kind);
}

static bool fits(struct ns_op *op)
{
	struct ns_txn t;
	bool ok;

	ns_txn_begin(&t);
	ok = ns_op_fits(op, &t);
	ns_txn_end(&t);
	return ok;
}

static bool has_kind(const dio_x_check_result *r)
{
	return r->kind == SAFEX_KIND_MANAGER || r->kind == SAFEX_KIND_MONITOR ||
	       r->kind == SAFEX_KIND_HANDLER;
}

static void host_said(void *arg, const struct dio_status *st, dio_x_check_result *result)
{
	struct ns_trial *t = arg;
	struct ns_op *op = t->op;

	t->result = result;
	if (!op->status.code && result && has_kind(result)) {
		name_object(op, &t->asked, result->kind);
		if (!is_allowed(op) || !fits(op))
			return;
	}
	if (!op->status.code) {
		t->stage = result ? result->stage : 0;
		op->status = *st;
	}
	ns_op_finish(op);
}

static void inside(struct ns_op *op)
{
	struct ns_trial *t = op->trial;

	if (op->status.code)
		t->asked.source.source_len = 0;
	ns_safexd_check(op->host, op->who.uid, &t->asked, host_said, t);
}

static bool check_names(const dio_x_check *x, struct dio_status *st)
{
	const char *const names[] = { x->host, x->manager, x->name };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i][0] && !dio_name_part_valid(names[i])) {
			dio_status_set(st, DIO_E_INVALID, "name \"%s\" is not of letters, digits,"
				       " '_', '.' and '-'", names[i]);
			return false;
		}
	return true;
}

static void check_form(const dio_x_check *x, struct dio_status *st)
{
	dio_x_spec s = {
		.key.kind = x->kind ? x->kind : x->period ? SAFEX_KIND_MONITOR : SAFEX_KIND_HANDLER,
		.period = x->period, .budget = x->budget, .file = x->file,
		.source = { x->source.source_len, x->source.source_val },
	};

	if (!s.period && s.key.kind != SAFEX_KIND_HANDLER)
		s.period = PERIOD;
	ns_check_spec(&s, st);
}

static struct ns_op *begin(struct ns *ns, const struct ns_principal *who, struct ns_trial *t)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_CHECK, ns_request_new(), finished, t);

	if (op) {
		op->trial = t;
		t->op = op;
	}
	return op;
}

void ns_check(struct ns *ns, const struct ns_principal *who, const dio_x_check *asked,
	      ns_checked *answer, void *arg)
{
	dio_x_check_result none = {
		.status = { DIO_E_NO_MEMORY, "the nameserver is out of memory" },
		.compiler = "", .release = "",
	};
	struct ns_trial *t = calloc(1, sizeof(*t));
	struct ns_op *op;

	if (!t) {
		answer(arg, &none);
		return;
	}
	t->asked = *asked;
	t->answer = answer;
	t->arg = arg;
	op = begin(ns, who, t);
	if (!op || !ns_op_authorise(op, SAFEX_KIND_NONE, false, 0))
		return;
	if (!check_names(asked, &op->status)) {
		ns_op_finish(op);
		return;
	}
	strncpy(op->object.id.name.host, asked->host[0] ? asked->host : DIO_LOCALHOST,
		sizeof(op->object.id.name.host) - 1);
	check_form(asked, &op->status);
	ns_op_enter(op, inside);
}
