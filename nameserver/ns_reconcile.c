/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "ns_version.h"
#include "ns_watch.h"

struct ns_reconcile {
	struct ns_safexd	*h;
	struct ns		*ns;
	ns_reconciled		*done;
	void			*arg;
	struct ns_action	*action;
	size_t			 n, at;		/* of action */
	uint64_t		*cd;		/* applications, each planned in its turn */
	size_t			 n_cd, at_cd;	/* n_cd 0: everything */
	bool			 running, turn, ended;	/* run() */
	bool			 again;		/* something is still in use */
	bool			 writing;	/* the action's row, its last step */
	struct ns_object	 object;	/* of the action under way */
	struct dio_status	 status;
};

static void act(struct ns_reconcile *r);
static void plan_next(struct ns_reconcile *r);

/*
 * Not what is being written: it is read as it will be, and what builds on that
 * fails with it. Or a caller who has been told that it is so would be refused.
 */
bool ns_reconcile_holds(const struct ns_reconcile *r, const struct ns_id *id)
{
	size_t i;

	for (i = r ? r->at + r->writing : 0; r && i < r->n; i++)
		if (ns_id_equal(&r->action[i].id, id))
			return true;
	return false;
}

static void conclude(struct ns_reconcile *r)
{
	r->done(r->arg, &r->status, r->again);
	free(r->action);
	free(r->cd);
	free(r);
}

/* A loop, not a recursion: what an action ends with may come at once. */
static void run(struct ns_reconcile *r)
{
	if (r->running) {
		r->turn = true;
		return;
	}
	r->running = true;
	do {
		r->turn = false;
		if (!r->ended)
			act(r);
	} while (r->turn && !r->ended);
	r->running = false;
	if (r->ended)
		conclude(r);
}

static void finish(struct ns_reconcile *r)
{
	r->ended = true;
	run(r);
}

static void step_over(struct ns_reconcile *r)
{
	r->at++;
	run(r);
}

/* Ends the pass: the host is gone, the store failed, or the daemon is closing. */
static void give_up(struct ns_reconcile *r, const struct dio_status *why)
{
	r->status = *why;
	finish(r);
}

static void give_up_store(struct ns_reconcile *r, int err)
{
	dio_status_set(&r->status, DIO_E_STORE, "database: %s", strerror(-err));
	finish(r);
}

/* Says nothing of the object: the pass is to be tried again. */
static bool connection_failed(const struct dio_status *st)
{
	return ns_safexd_unanswered(st->code);
}

/* One object cannot be had now: others can, but for what needs it. */
static void defer(struct ns_reconcile *r)
{
	r->action[r->at].deferred = true;
	r->again = true;
	step_over(r);
}

static bool needs_deferred(const struct ns_reconcile *r)
{
	for (size_t i = 0; i < r->at; i++)
		if (r->action[i].deferred && ns_id_needs(&r->action[r->at].id, &r->action[i].id))
			return true;
	return false;
}

static void audit(struct ns_reconcile *r, struct ns_txn *t, enum dio_error code)
{
	struct ns_audit_entry e = {
		.verb = NS_VERB_RECOVER, .id = r->object.id, .code = code, .time = ns_now(),
	};

	ns_audit_put(r->ns, t, &e);
}

static void row_written(void *arg, int err, uint64_t revision)
{
	struct ns_reconcile *r = arg;

	(void)revision;
	r->writing = false;
	/* Somebody has changed it meanwhile, maybe for what is over, or has the database just now. */
	r->again |= err == -EAGAIN || err == -EBUSY;
	if (err && err != -EAGAIN && err != -EBUSY)
		give_up_store(r, err);
	else
		step_over(r);
}

static void row_forgotten(void *arg, int err, uint64_t revision)
{
	struct ns_reconcile *r = arg;

	if (!err)
		ns_index_object_gone(r->ns, &r->object);
	row_written(r, err, revision);
}

static void row_forget(struct ns_reconcile *r)
{
	char text[NS_TEXT_MAX], key[NS_KEY_MAX];
	struct ns_txn t;

	if (!r->object.revision) {
		step_over(r);
		return;
	}
	dio_info("forgetting %s: its process, application or creation has ended",
		 ns_id_text(&r->object.id, text));
	ns_key_object(&r->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, r->object.revision);
	ns_txn_del(&t, key);
	audit(r, &t, DIO_E_GONE);
	r->writing = true;
	ns_store_commit(r->ns->store, &t, row_forgotten, r);
	ns_txn_end(&t);
}

/* Also writes the layout, which may be another than before. */
static void row_state(struct ns_reconcile *r, enum ns_state state, enum dio_error code)
{
	char key[NS_KEY_MAX];
	struct ns_txn t;

	r->object.state = state;
	ns_key_object(&r->object.id, key);
	ns_txn_begin(&t);
	ns_txn_compare(&t, key, r->object.revision);
	ns_object_put(&t, &r->object);
	audit(r, &t, code);
	r->writing = true;
	ns_store_commit(r->ns->store, &t, row_written, r);
	ns_txn_end(&t);
}

static void removed(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_reconcile *r = arg;
	char text[NS_TEXT_MAX];

	(void)attrs;
	if (!st->code || ns_safexd_absent(st->code)) {
		row_forget(r);
	} else if (connection_failed(st)) {
		give_up(r, st);
	} else {
		dio_warn("host %s: %s cannot be removed yet: %s", ns_safexd_name(r->h),
			 ns_id_text(&r->object.id, text), st->message);
		r->again = true;
		step_over(r);
	}
}

/* As root: a host that has forgotten whose it is must not keep it. */
static void act_remove(struct ns_reconcile *r)
{
	char text[NS_TEXT_MAX];

	dio_info("host %s: removing %s", ns_safexd_name(r->h), ns_id_text(&r->object.id, text));
	ns_safexd_step(r->h, SX_DESTROY, ns_request_new(), 0, &r->object.id,
		       NS_STEP_MS, removed, r);
}

static void lost(struct ns_reconcile *r, const struct dio_status *st)
{
	char text[NS_TEXT_MAX];

	dio_warn("host %s: %s cannot be made again: %s", ns_safexd_name(r->h),
		 ns_id_text(&r->object.id, text), st->message);
	if (r->action[r->at].running)	/* an earlier version of it is there, and goes on */
		ns_version_settle(&r->object, r->action[r->at].running, 0);
	row_state(r, r->action[r->at].running ? NS_COMMITTED : NS_LOST, st->code);
}

static void made(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_reconcile *r = arg;

	(void)attrs;
	if (connection_failed(st))
		give_up(r, st);
	else if (st->code == DIO_E_BUSY)
		defer(r);
	else if (st->code)
		lost(r, st);
	else
		row_state(r, NS_COMMITTED, DIO_E_OK);
}

static void prepared(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_reconcile *r = arg;

	/* A compile that takes too long takes so at the next pass. */
	if (connection_failed(st) && !(st->code == DIO_E_TIMEOUT && r->object.has_source)) {
		give_up(r, st);
	} else if (st->code == DIO_E_BUSY) {
		defer(r);
	} else if (st->code) {
		lost(r, st);
	} else {
		r->object.layout = *attrs;
		ns_safexd_step(r->h, SX_COMMIT, ns_request_new(), r->object.uid, &r->object.id,
		       NS_STEP_MS, made, r);
	}
}

static void act_make(struct ns_reconcile *r)
{
	char text[NS_TEXT_MAX];
	ns_x_source x = { 0 };
	struct dio_status st;
	int err = ns_source_get(r->ns->store, &r->object, &x);

	if (err) {
		dio_status_set(&st, DIO_E_STORE, "its source is not in the database: %s",
			       strerror(-err));
		if (err == -ENOENT || err == -EBADMSG)
			lost(r, &st);
		else
			defer(r);
		return;
	}
	dio_info("host %s: making %s again", ns_safexd_name(r->h),
		 ns_id_text(&r->object.id, text));
	ns_safexd_prepare(r->h, ns_request_new(), &r->object, x.text.text_val, x.text.text_len, prepared, r);
	xdr_free((xdrproc_t)xdr_ns_x_source, (char *)&x);
}

static void committed(void *arg, const struct dio_status *st, struct ns_attrs *attrs)
{
	struct ns_reconcile *r = arg;

	(void)attrs;
	if (connection_failed(st))
		give_up(r, st);
	else if (ns_safexd_absent(st->code))
		act_make(r);
	else if (st->code == DIO_E_BUSY)
		defer(r);
	else if (st->code)
		lost(r, st);
	else
		row_state(r, NS_COMMITTED, DIO_E_OK);
}

static void act_settle(struct ns_reconcile *r)
{
	const struct ns_action *a = &r->action[r->at];
	uint32_t wanted = r->object.version;
	char text[NS_TEXT_MAX];

	ns_version_settle(&r->object, a->running, a->cause);
	if (r->object.version != wanted)
		dio_warn("host %s: %s went back from version %u to %u", ns_safexd_name(r->h),
			 ns_id_text(&r->object.id, text), wanted, r->object.version);
	row_state(r, NS_COMMITTED, DIO_E_OK);
}

/* Its row as it is now; what has no row is to be removed without one. */
static int action_read(struct ns_reconcile *r)
{
	const struct ns_action *a = &r->action[r->at];
	int err = ns_object_get(r->ns->store, &a->id, &r->object);

	if (!err && r->object.id.kind != a->id.kind)
		err = -ENOENT;
	if (err == -ENOENT) {
		memset(&r->object, 0, sizeof(r->object));
		r->object.id = a->id;
		err = 0;
	}
	return err;
}

static void act(struct ns_reconcile *r)
{
	int err;

	if (r->at == r->n) {
		if (r->at_cd < r->n_cd)
			plan_next(r);
		else
			finish(r);
		return;
	}
	err = action_read(r);
	if (err) {
		row_written(r, err, 0);
		return;
	}
	if (r->action[r->at].act == NS_ACT_REMOVE)
		act_remove(r);
	else if (!r->object.revision)
		step_over(r);
	else if (r->action[r->at].act == NS_ACT_FORGET)
		row_forget(r);
	else if (needs_deferred(r))
		defer(r);
	else if (r->action[r->at].act == NS_ACT_MAKE)
		act_make(r);
	else if (r->action[r->at].act == NS_ACT_SETTLE)
		act_settle(r);
	else
		ns_safexd_step(r->h, SX_COMMIT, ns_request_new(), r->object.uid, &r->object.id,
		       NS_STEP_MS, committed, r);
}

/*
 * An application that is not in the store any more, or whose process has
 * ended, wants nothing: also no contract that it made for another process.
 */
static bool app_wants(struct ns *ns, const struct ns_object *o)
{
	struct ns_known_app *a;

	if (o->id.kind == SAFEX_KIND_MANAGER)
		return true;
	a = ns_index_app(ns, o->id.cd);
	return a && ns_watch_goes_on(ns, a);
}

/* Pids mean something on this machine only. */
static bool process_wants(struct ns *ns, const struct ns_object *o)
{
	return !o->process.pid || strcmp(o->id.name.host, DIO_LOCALHOST) ||
	       ns_watch_alive(ns, &o->process);
}

static size_t keep_host(struct ns_object *row, size_t n, const char *host)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (!strcmp(row[i].id.name.host, host))
			row[kept++] = row[i];
	return kept;
}

static int plan_rows(struct ns_reconcile *r, struct ns_plan_input *in, struct ns_object *row)
{
	bool *unwanted = calloc(in->n_rows + 1, sizeof(*unwanted));
	size_t i;
	int err;

	if (!unwanted)
		return -ENOMEM;
	for (i = 0; i < in->n_rows; i++)
		unwanted[i] = !app_wants(r->ns, &row[i]) || !process_wants(r->ns, &row[i]);
	for (i = 0; i < in->n_rows; i++)
		r->again |= ns_version_on_probation(&row[i]);
	in->row = row;
	in->unwanted = unwanted;
	err = ns_plan(in, &r->action, &r->n);
	free(unwanted);
	return err;
}

/* What this host has, and should have, of all rows or of an application's. */
static int plan(struct ns_reconcile *r, struct ns_plan_input *in, uint64_t cd)
{
	struct ns_object *row;
	int err = ns_objects_list(r->ns->store, cd, &row, &in->n_rows);

	if (err)
		return err;
	in->host = ns_safexd_name(r->h);
	in->held = ns_held;
	in->held_arg = r->ns;
	in->n_rows = keep_host(row, in->n_rows, in->host);
	free(r->action);
	r->action = NULL;
	r->n = r->at = 0;
	err = plan_rows(r, in, row);
	free(row);
	return err;
}

static void planned(struct ns_reconcile *r, int err)
{
	/* There is no action that could be stepped over. */
	if (err)
		give_up_store(r, err);
	else
		run(r);
}

static void plan_next(struct ns_reconcile *r)
{
	struct ns_plan_input in = { .part = true };

	planned(r, plan(r, &in, r->cd[r->at_cd++]));
}

static void reported(void *arg, const struct dio_status *st, const struct ns_live *live, size_t n)
{
	struct ns_plan_input in = { .live = live, .n_live = n };

	if (st->code)
		give_up(arg, st);
	else
		planned(arg, plan(arg, &in, 0));
}

int ns_reconcile_start(struct ns_safexd *h, uint64_t *cd, size_t n, struct ns_reconcile **pass,
		       ns_reconciled *done, void *arg)
{
	struct ns_reconcile *r = calloc(1, sizeof(*r));

	if (!r) {
		free(cd);
		return -ENOMEM;
	}
	*r = (struct ns_reconcile){
		.h = h, .ns = ns_safexd_ns(h), .done = done, .arg = arg, .cd = cd, .n_cd = n,
	};
	*pass = r;
	if (n)
		run(r);
	else
		ns_safexd_report(h, 0, reported, r);
	return 0;
}
