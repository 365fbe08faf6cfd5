/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a mutating request: once, however often it is sent. */
#include "ns_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "ns_version.h"

#define BUSY_MS	1000	/* after which to try again */
#define IN_HAND_MS	250	/* the same, of what somebody else has in hand */
#define STORE_BUSY_MS	100	/* the same, of the database */

static void answer_now(ns_answer *answer, void *arg, enum dio_error code, const char *message)
{
	struct ns_attrs none = { 0 };
	struct dio_status st;

	dio_status_set(&st, code, "%s", message);
	answer(arg, &st, 0, &none);
}

static void answer_busy(ns_answer *answer, void *arg)
{
	struct ns_attrs none = { 0 };
	struct dio_status st;

	dio_status_busy(&st, BUSY_MS, "too many requests are under way");
	answer(arg, &st, 0, &none);
}

static void answer_other_use(ns_answer *answer, void *arg)
{
	answer_now(answer, arg, DIO_E_INVALID,
		   "this request number was used for something else before");
}

static void answer_version(struct ns *ns, const struct ns_id *id, uint32_t version,
			   ns_answer *answer, void *arg)
{
	const struct ns_version_of *v = NULL;
	struct ns_attrs none = { 0 };
	struct dio_status ok = { 0 };
	struct ns_object o;

	if (!ns_object_get(ns->store, id, &o))
		v = ns_version_find(&o, version);
	none.kept = v && v->kept;
	answer(arg, &ok, version, &none);
}

/* What the first did, from the store. The object may have gone since. */
static void answer_again(struct ns *ns, const ns_x_request *r, ns_answer *answer, void *arg)
{
	struct dio_status ok = { 0 };
	struct ns_object o = { 0 };
	struct ns_id id = { 0 };

	if ((r->verb == NS_VERB_CREATE || r->verb == NS_VERB_REPLACE) && !ns_id_from_wire(&r->key, &id))
		(void)ns_object_get(ns->store, &id, &o);
	if (o.id.kind != SAFEX_KIND_CLASS)
		o.layout.n = 0;
	if (r->verb == NS_VERB_REPLACE)
		answer_version(ns, &id, r->number, answer, arg);
	else
		answer(arg, &ok, r->verb == NS_VERB_INIT ? r->key.cd : 0, &o.layout);
}

/*
 * A removal is recorded when it is decided.  While what it removes is still
 * there, because the host could not be reached, a repetition drives it on.
 */
static bool still_to_do(struct ns *ns, const ns_x_request *r)
{
	struct ns_object o;
	struct ns_app app;
	struct ns_id id;

	if (r->verb == NS_VERB_END)
		return !ns_app_get(ns->store, r->key.cd, &app);
	return r->verb == NS_VERB_DESTROY && !ns_id_from_wire(&r->key, &id) &&
	       !ns_object_get(ns->store, &id, &o) && o.state == NS_DESTROYING;
}

/*
 * Whether the request is known to have succeeded; then it is answered.  Else
 * *again tells whether it was decided before.
 */
static bool repeat_done(struct ns *ns, const struct ns_principal *who, enum ns_verb verb,
			uint64_t request, ns_answer *answer, void *arg, bool *again)
{
	struct ns_value v = { 0 };
	ns_x_request r = { 0 };
	char key[NS_KEY_MAX];
	bool answered = true;
	int err;

	ns_key_request(who->uid, request, key);
	err = ns_requests_may_have(ns->requests, key, ns_now_boot()) ?
		      ns_store_get(ns->store, key, &v) : -ENOENT;
	if (!err)
		err = ns_request_decode(&v, &r);
	ns_value_free(&v);
	*again = !err && r.verb == verb && still_to_do(ns, &r);
	if (err == -ENOENT || *again)
		answered = false;
	else if (err)
		answer_now(answer, arg, DIO_E_STORE, strerror(-err));
	else if (r.verb != verb)
		answer_other_use(answer, arg);
	else
		answer_again(ns, &r, answer, arg);
	xdr_free((xdrproc_t)xdr_ns_x_request, (char *)&r);
	return answered;
}

static bool wait_for(struct ns_op *op, ns_answer *answer, void *arg)
{
	struct ns_waiter *w = malloc(sizeof(*w));

	if (!w)
		return false;
	*w = (struct ns_waiter){ .next = op->waiters, .answer = answer, .arg = arg };
	op->waiters = w;
	return true;
}

/* Joins the same request under way, if it is; counts the caller's others. */
static bool repeat_under_way(struct ns *ns, const struct ns_principal *who, enum ns_verb verb,
			     uint64_t request, ns_answer *answer, void *arg, unsigned int *others)
{
	struct ns_op *op;

	*others = 0;
	TAILQ_FOREACH(op, &ns->ops, entry) {
		if (op->who.uid != who->uid)
			continue;
		if (op->request == request) {
			if (op->verb != verb)
				answer_other_use(answer, arg);
			else if (!wait_for(op, answer, arg))
				answer_now(answer, arg, DIO_E_NO_MEMORY,
					   "the nameserver is out of memory");
			return true;
		}
		(*others)++;
	}
	return false;
}

static struct ns_op *op_new(struct ns *ns, const struct ns_principal *who, enum ns_verb verb,
			    uint64_t request, ns_answer *answer, void *arg)
{
	struct ns_op *op = calloc(1, sizeof(*op));

	if (!op || !wait_for(op, answer, arg)) {
		free(op);
		return NULL;
	}
	op->ns = ns;
	op->who = *who;
	op->verb = verb;
	op->request = request;
	op->began_ms = dio_now_ms();
	TAILQ_INSERT_TAIL(&ns->ops, op, entry);
	ns->n_ops++;
	return op;
}

struct ns_op *ns_op_begin(struct ns *ns, const struct ns_principal *who, enum ns_verb verb,
			  uint64_t request, ns_answer *answer, void *arg)
{
	unsigned int others = 0;
	bool again = false;
	struct ns_op *op;

	if (!request) {
		answer_now(answer, arg, DIO_E_INVALID, "request number 0: use a random one");
		return NULL;
	}
	/* A stranger has no uid that could own a request; authorisation refuses it. */
	if (who->local && (repeat_under_way(ns, who, verb, request, answer, arg, &others) ||
			   repeat_done(ns, who, verb, request, answer, arg, &again)))
		return NULL;
	if (ns->closing || ns->n_ops >= NS_OPS_MAX || others >= NS_OPS_PER_UID) {
		answer_busy(answer, arg);
		return NULL;
	}
	op = op_new(ns, who, verb, request, answer, arg);
	if (op)
		op->again = again;
	else
		answer_now(answer, arg, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	return op;
}

static void audit_entry(const struct ns_op *op, struct ns_audit_entry *e)
{
	*e = (struct ns_audit_entry){
		.who = op->who, .verb = op->verb, .id = op->object.id,
		.code = op->status.code, .time = ns_now(),
	};
	if (!e->id.cd)
		e->id.cd = op->cd;
}

void ns_op_record(struct ns_op *op, struct ns_txn *t)
{
	char key[NS_KEY_MAX];
	struct ns_audit_entry e;
	struct ns_wire_id id;
	ns_x_request r = { .verb = op->verb, .time = ns_now(), .boot = op->ns->boot,
			   .since_boot = ns_now_boot() };

	audit_entry(op, &e);
	ns_id_to_store(&e.id, &id);
	r.key = id.x;
	if (op->verb == NS_VERB_REPLACE)
		r.number = op->object.version;
	ns_key_request(op->who.uid, op->request, key);
	ns_requests_note(op->ns->requests, key, r.since_boot);
	ns_row_put(t, key, (xdrproc_t)xdr_ns_x_request, &r);
}

void ns_op_audit(struct ns_op *op, struct ns_txn *t)
{
	struct ns_audit_entry e;

	audit_entry(op, &e);
	ns_audit_put(op->ns, t, &e);
}

void ns_op_unrecord(struct ns_op *op, struct ns_txn *t)
{
	char key[NS_KEY_MAX];

	ns_key_request(op->who.uid, op->request, key);
	ns_txn_del(t, key);
}

static void op_free(struct ns_op *op)
{
	struct ns_waiter *w;

	while ((w = op->waiters)) {
		op->waiters = w->next;
		free(w);
	}
	free(op);
}

/*
 * A pass leaves alone what an operation holds. One that fails may leave a row that
 * nobody wants any more: another pass looks at it.
 */
static struct ns_safexd *leaves_to_pass(const struct ns_op *op)
{
	bool all = op->object.id.cd || op->verb == NS_VERB_DESTROY;

	return op->holds && op->status.code && all ? op->host : NULL;
}

void ns_op_finish(struct ns_op *op)
{
	struct ns_known_app *a = ns_index_app(op->ns, op->app.cd);
	struct ns_safexd *left = leaves_to_pass(op);
	uint64_t cd = op->object.id.cd;
	struct ns_audit_entry e;
	struct ns_waiter *w;

	TAILQ_REMOVE(&op->ns->ops, op, entry);
	op->ns->n_ops--;
	op->holds = false;
	if (a)
		ns_drop(op->ns, a);
	if (op->status.code && op->verb != NS_VERB_CHECK) {
		audit_entry(op, &e);
		ns_audit_later(op->ns, &e);
	}
	if (op->verb != NS_VERB_CREATE || op->object.id.kind != SAFEX_KIND_CLASS ||
	    op->status.code)
		op->object.layout.n = 0;
	for (w = op->waiters; w; w = w->next)
		w->answer(w->arg, &op->status, op->status.code ? 0 : op->cd, &op->object.layout);
	if (op->inside)
		ns_safexd_leave(op->host, op->compiles);
	op_free(op);
	if (left && ns_safexd_up(left))		/* else it begins with a pass over everything */
		ns_safexd_tidy(left, cd, NULL, NULL);
}

void ns_op_fail(struct ns_op *op, enum dio_error code, const char *fmt, ...)
{
	va_list ap;

	op->status.code = code;
	va_start(ap, fmt);
	if (vsnprintf(op->status.message, sizeof(op->status.message), fmt, ap) < 0)
		op->status.message[0] = '\0';
	va_end(ap);
	ns_op_finish(op);
}

void ns_op_busy(struct ns_op *op, const char *fmt, ...)
{
	char why[NS_TEXT_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	dio_status_busy(&op->status, IN_HAND_MS, "%s", why);
	ns_op_finish(op);
}

void ns_op_tell_store(struct ns_op *op, int err)
{
	dio_error("database: %s", strerror(-err));
	if (err == -EAGAIN || err == -EBUSY)
		dio_status_busy(&op->status, STORE_BUSY_MS, err == -EAGAIN ?
				"others changed the same objects" :
				"another program holds the nameserver's database");
	else
		dio_status_set(&op->status, DIO_E_STORE, "the nameserver's database failed: %s",
			       strerror(-err));
}

void ns_op_fail_store(struct ns_op *op, int err)
{
	ns_op_tell_store(op, err);
	ns_op_finish(op);
}

void ns_op_stored(void *arg, int err, uint64_t revision)
{
	(void)revision;
	if (err)
		ns_op_fail_store(arg, err);
	else
		ns_op_finish(arg);
}

int ns_op_step_ms(const struct ns_op *op)
{
	int64_t left = op->began_ms + NS_CALLER_MS - dio_now_ms();

	/* Who has something compiled waits for as long as that takes. */
	if (op->compiles || left > NS_STEP_MS)
		return NS_STEP_MS;
	return left > 1000 ? (int)left : 1000;
}

bool ns_held(void *arg, const struct ns_id *id)
{
	struct ns *ns = arg;
	struct ns_op *op;

	TAILQ_FOREACH(op, &ns->ops, entry)
		if (op->holds && ns_id_equal(&op->object.id, id))
			return true;
	return false;
}

bool ns_op_authorise(struct ns_op *op, enum safex_kind kind, bool has_owner, uid_t owner)
{
	struct ns_target on = { .kind = kind, .has_owner = has_owner, .owner = owner };

	if (ns_authz(&op->ns->policy, &op->who, op->verb, &on))
		return true;
	if (!op->who.local)
		ns_op_fail(op, DIO_E_DENIED, "only local callers may do this: connect to the"
			   " nameserver's unix: socket");
	else if (kind == SAFEX_KIND_MANAGER)
		ns_op_fail(op, DIO_E_DENIED, "uid %u may not create or destroy this service manager:"
			   " it takes root%s%s, or who created it", op->who.uid,
			   op->ns->policy.managers == NS_MANAGERS_GROUP ? ", group " : "",
			   op->ns->policy.managers == NS_MANAGERS_GROUP ? op->ns->policy.group : "");
	else
		ns_op_fail(op, DIO_E_DENIED, "this application belongs to another user, not to uid %u",
			   op->who.uid);
	return false;
}

bool ns_op_read_app(struct ns_op *op, uint64_t cd, enum safex_kind kind)
{
	int err = ns_app_get(op->ns->store, cd, &op->app);

	if (err && err != -ENOENT) {
		ns_op_fail_store(op, err);
		return false;
	}
	if (err && op->who.local) {
		ns_op_fail(op, DIO_E_INVALID, "class descriptor %016llx is not valid: its application"
			   " has ended or never was", (unsigned long long)cd);
		return false;
	}
	return ns_op_authorise(op, kind, !err, op->app.uid);
}

bool ns_op_read_key(struct ns_op *op, const dio_x_key *key)
{
	if (!ns_check_key(key, &op->object.id, &op->status))
		return true;
	ns_op_finish(op);
	return false;
}

static void fail_host(struct ns_op *op)
{
	const struct ns *ns = op->ns;
	char hosts[NS_HOSTS_MAX * (DIO_NAME_MAX + 1)] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < ns->n_hosts; i++)
		used += (size_t)snprintf(hosts + used, sizeof(hosts) - used, " %s",
					 ns_safexd_name(ns->host[i]));
	ns_op_fail(op, DIO_E_NO_HOST, "host %s is not known to the nameserver; it knows:%s",
		   op->object.id.name.host, used ? hosts : " none");
}

struct gate_arg {
	struct ns_op *op;
	void	    (*entered)(struct ns_op *op);
};

static void gate_passed(void *arg, const struct dio_status *why)
{
	struct gate_arg g = *(struct gate_arg *)arg;

	free(arg);
	if (why) {
		g.op->status = *why;
		ns_op_finish(g.op);
		return;
	}
	g.op->inside = true;
	g.entered(g.op);
}

void ns_op_enter(struct ns_op *op, void (*entered)(struct ns_op *op))
{
	struct gate_arg *g;

	op->host = ns_host(op->ns, op->object.id.name.host);
	if (!op->host) {
		fail_host(op);
		return;
	}
	g = malloc(sizeof(*g));
	if (!g) {
		ns_op_fail(op, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		return;
	}
	*g = (struct gate_arg){ op, entered };
	op->compiles = op->source_size || op->verb == NS_VERB_REPLACE || op->verb == NS_VERB_CHECK;
	ns_safexd_enter(op->host, op->who.uid, op->compiles, gate_passed, g);
}
