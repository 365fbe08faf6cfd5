/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deployment, step by step; each step ends in the next, or in undo:
 *
 *	read -> (gate) -> decide -> [row PREPARING] -> prepare at the host
 *	     -> [row COMMITTED, source, request, audit] -> commit at the host
 *	     -> answer
 *	undo: abort at the host -> [row and request removed] -> answer
 *
 * A crash between any two leaves a row or an object at the host that the
 * next pass of ns_reconcile.c removes, or a COMMITTED row that it makes real.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "ns_process.h"
#include "ns_version.h"
#include "ns_watch.h"

#define HOST_LACKS_MS	1000	/* after which it should have been given it */

static void create_decide(struct ns_op *op);
static void undo(struct ns_op *op);

/*
 * Whose contract it is: the caller's, whom the kernel names, unless a pid is
 * given. safexd judges whether that one is the caller's to manage.
 */
static bool read_process(struct ns_op *op, int pid)
{
	const struct ns_principal *who = &op->who;
	bool own = !pid;
	int err;

	if (strcmp(op->object.id.name.host, DIO_LOCALHOST)) {
		if (!ns_host(op->ns, op->object.id.name.host))
			return true;	/* which the gate tells */
		ns_op_fail(op, DIO_E_INVALID, "host %s: a contract is for a process of this machine",
			   op->object.id.name.host);
		return false;
	}
	if (!own && who->other_ids) {
		ns_op_fail(op, DIO_E_INVALID,
			   "process %d: process ids of the caller's pid namespace (a container's) mean "
			   "others here; give none for the caller itself, or ask from outside", pid);
		return false;
	}
	if (own)
		pid = who->pid;
	err = ns_process_of(pid, own ? who->process : 0, &op->object.process);
	if (err == -EINVAL)
		ns_op_fail(op, DIO_E_INVALID,
			   "%d is not the id of a process: it is that of a thread, or of a process that "
			   "has ended", pid);
	else if (err && own)
		ns_op_fail(op, DIO_E_GONE, "the caller has ended, or the nameserver cannot see it: %s",
			   strerror(-err));
	else if (err)
		ns_op_fail(op, DIO_E_GONE, "process %d: %s", pid, strerror(-err));
	return !err;
}

void ns_op_source(struct ns_op *op, const dio_x_spec *s)
{
	SHA2_CTX sum;

	op->source = s->source.source_val;
	op->source_size = s->source.source_len;
	op->object.has_source = op->source_size != 0;
	if (!op->object.has_source)
		return;
	SHA256Init(&sum);
	SHA256Update(&sum, op->source, op->source_size);
	SHA256Final(op->object.digest, &sum);
}

static bool read_object(struct ns_op *op, const dio_x_spec *s)
{
	struct ns_object *o = &op->object;

	if (ns_check_spec(s, &op->status)) {
		ns_op_finish(op);
		return false;
	}
	o->state = NS_PREPARING;
	o->uid = op->who.uid;
	o->period = s->period;
	o->budget = s->budget;
	o->created = ns_now();
	strncpy(o->file, s->file, sizeof(o->file) - 1);
	ns_attrs_from_wire(s->attrs.attrs_val, s->attrs.attrs_len, &o->given);
	ns_op_source(op, s);
	if (o->id.kind == SAFEX_KIND_MONITOR || o->id.kind == SAFEX_KIND_HANDLER)
		ns_version_add(o, false);
	return o->id.kind != SAFEX_KIND_CLASS || read_process(op, s->pid);
}

static bool one_host(const struct ns_id *id)
{
	return id->kind != SAFEX_KIND_CHANNEL || !strcmp(id->name.host, id->second.host);
}

void ns_create(struct ns *ns, const struct ns_principal *who, enum safex_kind kind,
	       const ns_create_args *args, ns_answer *answer, void *arg)
{
	struct ns_op *op = ns_op_begin(ns, who, NS_VERB_CREATE, args->request, answer, arg);
	const dio_x_key *key = &args->spec.key;

	if (!op || !ns_op_read_key(op, key))
		return;
	if (op->object.id.kind != kind)
		ns_op_fail(op, DIO_E_INVALID, "this procedure does not create a %s",
			   ns_kind_text(op->object.id.kind));
	else if (kind == SAFEX_KIND_MANAGER ? !ns_op_authorise(op, kind, false, 0) :
					      !ns_op_read_app(op, key->cd, kind))
		return;
	else if (!one_host(&op->object.id))
		ns_op_fail(op, DIO_E_INVALID, "monitor %s and handler %s are on different hosts",
			   key->name, key->second);
	else if (read_object(op, &args->spec))
		ns_op_enter(op, create_decide);
}

/* What the object needs is there, and stays for as long as this transaction holds. */
static bool fence(struct ns_op *op, struct ns_txn *t, const struct ns_id *id, enum dio_error missing)
{
	char text[NS_TEXT_MAX], key[NS_KEY_MAX];
	struct ns_object o;
	int err = ns_object_get(op->ns->store, id, &o);

	if (err && err != -ENOENT) {
		ns_op_fail_store(op, err);
		return false;
	}
	if (!err && o.id.kind == id->kind && o.state == NS_COMMITTED &&
	    (ns_held(op->ns, id) || ns_safexd_holds(op->host, id))) {
		ns_op_busy(op, "%s is being changed", ns_id_text(id, text));
		return false;
	}
	if (err || o.id.kind != id->kind || ns_held(op->ns, id) || o.state == NS_DESTROYING ||
	    o.state == NS_PREPARING) {
		ns_op_fail(op, missing, "%s does not exist", ns_id_text(id, text));
		return false;
	}
	if (o.state == NS_LOST) {
		ns_op_fail(op, missing, "%s was lost by its host: destroy and create it again",
			   ns_id_text(id, text));
		return false;
	}
	/* Written back: also another nameserver that destroys it is overtaken. */
	ns_key_object(id, key);
	ns_txn_compare(t, key, o.revision);
	ns_object_put(t, &o);
	return true;
}

static bool fence_manager(struct ns_op *op, struct ns_txn *t)
{
	struct ns_id id = { .kind = SAFEX_KIND_MANAGER, .name = op->object.id.name };

	id.name.extension[0] = '\0';
	return fence(op, t, &id, DIO_E_NO_MANAGER);
}

static bool fence_channel(struct ns_op *op, struct ns_txn *t)
{
	const struct ns_id *id = &op->object.id;
	struct ns_id monitor = { .kind = SAFEX_KIND_MONITOR, .cd = id->cd, .name = id->name };
	struct ns_id handler = { .kind = SAFEX_KIND_HANDLER, .cd = id->cd, .name = id->second };

	return fence(op, t, &monitor, DIO_E_NO_MONITOR) && fence(op, t, &handler, DIO_E_NO_HANDLER);
}

/* The application may have begun to end while the request waited at the gate. */
static bool app_goes_on(struct ns_op *op)
{
	uint64_t cd = op->object.id.cd;
	const struct ns_known_app *known;

	if (!cd)
		return true;
	if (!ns_op_read_app(op, cd, op->object.id.kind))
		return false;
	known = ns_index_app(op->ns, cd);
	if (!op->app.ending && !(known && known->over))
		return true;
	ns_op_fail(op, DIO_E_INVALID, "application %016llx is being ended", (unsigned long long)cd);
	return false;
}

static bool fence_needs(struct ns_op *op, struct ns_txn *t)
{
	struct ns_id class;

	switch (op->object.id.kind) {
	case SAFEX_KIND_CLASS:
		return fence_manager(op, t);
	case SAFEX_KIND_MONITOR:
	case SAFEX_KIND_HANDLER:
		ns_id_parent(&op->object.id, &class);
		if (!op->object.id.cd)
			return fence_manager(op, t);
		return fence_manager(op, t) && fence(op, t, &class, DIO_E_NO_CLASS);
	case SAFEX_KIND_CHANNEL:
		return fence_channel(op, t);
	default:
		return true;
	}
}

static bool name_is_free(struct ns_op *op)
{
	char text[NS_TEXT_MAX];
	struct ns_object o;
	int err = ns_object_get(op->ns->store, &op->object.id, &o);

	if (err == -ENOENT && !ns_safexd_holds(op->host, &op->object.id))
		return true;
	if (err && err != -ENOENT)
		ns_op_fail_store(op, err);
	else if (err || o.state == NS_DESTROYING)
		ns_op_busy(op, "%s is being removed", ns_id_text(&op->object.id, text));
	else
		ns_op_fail(op, DIO_E_EXISTS, "%s exists already%s", ns_id_text(&o.id, text),
			   o.state == NS_LOST ? ", lost by its host: destroy it first" : "");
	return false;
}

/* False: op has failed. here: objects at the host; own: of them, of op's user. */
static bool is_room(struct ns_op *op, unsigned int here, unsigned int own)
{
	const unsigned int all = NS_OBJECTS_PER_HOST, for_root = NS_OBJECTS_FOR_ROOT;
	const unsigned int kept = for_root + NS_OBJECTS_FOR_FIRST, first = NS_OBJECTS_FIRST;
	const char *host = op->object.id.name.host;
	bool is_root = op->who.uid == 0;

	if (here >= all)
		ns_op_fail(op, DIO_E_TOO_BIG, "host %s has %u objects, and no room for more", host, here);
	else if (!is_root && own >= NS_OBJECTS_PER_UID)
		ns_op_fail(op, DIO_E_TOO_BIG, "uid %u has %u objects at host %s, the most it may have:"
			   " destroy some", op->who.uid, own, host);
	else if (!is_root && here >= all - for_root)
		ns_op_fail(op, DIO_E_TOO_BIG, "host %s has %u objects; the last %u places are kept for"
			   " root", host, here, for_root);
	else if (!is_root && own >= first && here >= all - kept)
		ns_op_fail(op, DIO_E_TOO_BIG, "host %s has %u objects, %u of uid %u; the last %u places"
			   " are kept for root, and for users who have fewer than %u", host, here, own,
			   op->who.uid, kept, first);
	else
		return true;
	return false;
}

static bool host_has_room(struct ns_op *op)
{
	const char *host = op->object.id.name.host;

	return is_room(op, ns_index_objects(op->ns, host),
		       ns_index_objects_of(op->ns, host, op->who.uid));
}

bool ns_op_fits(struct ns_op *op, struct ns_txn *t)
{
	return app_goes_on(op) && fence_needs(op, t) && name_is_free(op) && host_has_room(op);
}

static void step_failed(struct ns_op *op, int err)
{
	if (err == -EAGAIN && ++op->tries < NS_TRIES)
		create_decide(op);
	else
		ns_op_fail_store(op, err);
}

static void answered(struct ns_op *op)
{
	struct ns_process contract = op->object.process, starter = op->app.process;
	uint64_t cd = op->app.cd;
	struct ns *ns = op->ns;

	ns_op_finish(op);
	/* Now, because a pass passes over what an operation has in hand. */
	ns_watch(ns, &contract, cd, false);
	ns_watch(ns, &starter, cd, true);
}

static void committed(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;

	(void)attrs;
	if (st->code) {
		op->status = *st;
		undo(op);
	} else {
		answered(op);	/* with what the prepare said */
	}
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

/* With the row that may have to be made again, not before: what is refused is not kept. */
static void put_source(const struct ns_op *op, struct ns_txn *t)
{
	ns_x_source x = { .text = { op->source_size, (char *)op->source } };
	char key[NS_KEY_MAX];

	if (!op->object.has_source)
		return;
	ns_key_source(op->object.digest, key);
	ns_row_put(t, key, (xdrproc_t)xdr_ns_x_source, &x);
}

void ns_op_store(struct ns_op *op, ns_store_done *then)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	ns_key_object(&op->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->object.revision);
	ns_object_put(&t, &op->object);
	put_source(op, &t);
	ns_op_record(op, &t);
	ns_op_audit(op, &t);
	ns_store_commit(op->ns->store, &t, then, op);
	ns_txn_end(&t);
}

/*
 * What the new object needs was there a moment ago, by the store: then the host is
 * still to be given it, or its process has just ended, which a pass finds out.
 */
static bool host_lacks(struct ns_op *op)
{
	char text[NS_TEXT_MAX];

	if (!ns_safexd_absent(op->status.code) || op->status.code == DIO_E_GONE)
		return false;
	dio_status_busy(&op->status, HOST_LACKS_MS, "the host has not yet been given all that %s needs",
			ns_id_text(&op->object.id, text));
	return true;
}

static void prepared(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;

	op->status = *st;
	if (host_lacks(op))
		op->unsure = true;	/* a pass over everything follows */
	if (st->code) {
		undo(op);
		return;
	}
	op->object.layout = *attrs;
	op->object.state = NS_COMMITTED;
	ns_op_store(op, recorded);
}

static void stored(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;

	if (err) {
		op->holds = false;
		ns_index_object_gone(op->ns, &op->object);
		step_failed(op, err);
		return;
	}
	op->object.revision = revision;
	ns_safexd_prepare(op->host, op->request, &op->object, op->source, op->source_size,
			  prepared, op);
}

static void create_decide(struct ns_op *op)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	ns_txn_begin(&t);
	if (!ns_op_fits(op, &t)) {
		;
	} else if (ns_index_object_made(op->ns, &op->object)) {
		ns_op_fail(op, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	} else {
		ns_key_object(&op->object.id, key);
		ns_txn_compare(&t, key, 0);
		ns_object_put(&t, &op->object);
		op->holds = true;
		ns_store_commit(op->ns->store, &t, stored, op);
	}
	ns_txn_end(&t);
}

static void undone(void *arg, int err, uint64_t revision)
{
	struct ns_op *op = arg;
	struct ns_safexd *tidy = op->unsure || err ? op->host : NULL;
	char text[NS_TEXT_MAX];

	(void)revision;
	if (err)
		dio_error("database: %s could not be taken back: %s",
			  ns_id_text(&op->object.id, text), strerror(-err));
	else
		ns_index_object_gone(op->ns, &op->object);
	ns_op_finish(op);
	if (tidy)
		ns_safexd_tidy(tidy, 0, NULL, NULL);
}

static void aborted(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_op *op = arg;
	char key[NS_KEY_MAX];
	struct ns_txn t;

	(void)attrs;
	/* Not aborted for sure: a pass removes what may be left there. */
	op->unsure |= st->code && !ns_safexd_absent(st->code);
	ns_key_object(&op->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, op->object.revision);
	ns_txn_del(&t, key);
	ns_op_unrecord(op, &t);
	ns_store_commit(op->ns->store, &t, undone, op);
	ns_txn_end(&t);
}

static void undo(struct ns_op *op)
{
	ns_safexd_abort(op->host, op->request, op->who.uid, &op->object.id, &op->status, aborted, op);
}
