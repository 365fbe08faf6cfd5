/* SPDX-License-Identifier: GPL-2.0-only */
/* The procedures of safexd.x as calls with a dio_status. */
#include "ns_safexd_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "dio_rpc.h"
#include "ns_process.h"

/* What is compiled there must not keep a heartbeat from being read. */
_Static_assert((NS_SAFEXD_LANE + 2) * (DIO_X_SOURCE + 4096) <= DIO_RPC_PENDING_MAX,
	       "safexd stops reading before the lane is full");

/* A call under way, for all procedures but SX_HELLO. */
struct safexd_call {
	struct ns_safexd	*h;
	uint32_t		 proc;
	int			 timeout_ms;
	ns_safexd_done		*done;
	ns_safexd_records_done	*records_done;
	ns_safexd_checked	*checked;
	void			*arg;
	struct dio_status	 status;
	struct ns_attrs		 attrs;
};

void ns_safexd_unreachable(const struct ns_safexd *h, int err, int timeout_ms,
			   struct dio_status *out)
{
	enum dio_error code = dio_error_from_errno(err);

	if (h->closing)
		dio_status_set(out, DIO_E_UNREACHABLE, "the nameserver is shutting down");
	else if (code == DIO_E_TIMEOUT)
		dio_status_set(out, code, "safexd of host %s at %s did not answer within %d s",
			       h->name, h->address, timeout_ms / 1000);
	else if (code == DIO_E_PROTOCOL)
		dio_status_set(out, code, "safexd of host %s at %s does not speak this protocol: %s",
			       h->name, h->address, strerror(-err));
	else if (err == -EACCES || err == -EPERM)
		dio_status_set(out, DIO_E_UNREACHABLE,
			       "safexd of host %s at %s does not let the nameserver in: is it"
			       " started with this nameserver's user?", h->name, h->address);
	else if (err == -ECONNRESET)
		dio_status_set(out, DIO_E_UNREACHABLE,
			       "safexd of host %s at %s closed the connection: it has ended, or its"
			       " log says that it lets in another user than this nameserver's",
			       h->name, h->address);
	else
		dio_status_set(out, DIO_E_UNREACHABLE,
			       "safexd of host %s at %s cannot be reached: %s: is it running?",
			       h->name, h->address, strerror(-err));
}

void ns_safexd_status(const dio_x_status *x, struct dio_status *out)
{
	if (x->code < 0 || x->code > DIO_E_INTERNAL)
		dio_status_set(out, DIO_E_PROTOCOL, "safexd answered with unknown error %d: %s",
			       x->code, x->message);
	else
		dio_status_set(out, x->code, "%s", x->message);
	out->retry_ms = x->retry_ms;
}

bool ns_safexd_absent(enum dio_error code)
{
	return code == DIO_E_NO_MANAGER || code == DIO_E_NO_MONITOR || code == DIO_E_NO_HANDLER ||
	       code == DIO_E_NO_CLASS || code == DIO_E_GONE;
}

bool ns_safexd_unanswered(enum dio_error code)
{
	return code == DIO_E_UNREACHABLE || code == DIO_E_TIMEOUT;
}

/* All calls but SX_HELLO begin here. 0 or -errno, as of ns_link_ops. */
static int host_call(struct ns_safexd *h, uint32_t proc, void *args, int timeout_ms,
		     ns_link_done *done, void *arg)
{
	if (h->closing)
		return -ECANCELED;
	if (h->silent)
		return -EHOSTDOWN;
	return h->ops->call(h->link, proc, args, timeout_ms, done, arg);
}

/*
 * A compile that takes too long says nothing of the connection; every other
 * failure may have left something at the host that the store knows not.
 */
static void failed(struct ns_safexd *h, int err, int timeout_ms, struct dio_status *st)
{
	if (h->silent && !h->closing) {
		*st = h->why;
		return;
	}
	ns_safexd_unreachable(h, err, timeout_ms, st);
	if (!h->closing && !(timeout_ms == NS_PREPARE_MS && err == -ETIMEDOUT))
		ns_safexd_lost(h, st);
}

static void call_failed(struct safexd_call *c, int err)
{
	failed(c->h, err, c->timeout_ms, &c->status);
}

static void prepare_read(struct safexd_call *c, const sx_prepare_result *r)
{
	ns_safexd_status(&r->status, &c->status);
	if (c->status.code)
		return;
	if (ns_attrs_from_wire(r->attrs.attrs_val, r->attrs.attrs_len, &c->attrs))
		dio_status_set(&c->status, DIO_E_PROTOCOL,
			       "safexd of host %s sent a layout with a bad name", c->h->name);
	c->attrs.kept = r->kept;
}

static void call_done(void *arg, int err, void *result)
{
	struct safexd_call *c = arg;

	if (err)
		call_failed(c, err);
	else if (c->proc == SX_PREPARE)
		prepare_read(c, result);
	else
		ns_safexd_status(result, &c->status);
	c->h->live_old = true;		/* whatever it was, it may have changed something */
	c->done(c->arg, &c->status, c->status.code ? NULL : &c->attrs);
	free(c);
}

static struct safexd_call *call_new(struct ns_safexd *h, uint32_t proc, int timeout_ms, void *arg)
{
	struct safexd_call *c = calloc(1, sizeof(*c));

	if (c) {
		c->h = h;
		c->proc = proc;
		c->timeout_ms = timeout_ms;
		c->arg = arg;
	}
	return c;
}

/* answered: also of what cannot be sent. */
static void call_send(struct safexd_call *c, void *args, ns_link_done *answered)
{
	int err = host_call(c->h, c->proc, args, c->timeout_ms, answered, c);

	if (err)
		answered(c, err, NULL);
}

static void no_memory(ns_safexd_done *done, void *arg)
{
	struct dio_status st;

	dio_status_set(&st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	done(arg, &st, NULL);
}

/* A contract of the process that called DinitApp, and not of another one. */
static bool is_own(struct ns_safexd *h, const struct ns_object *o)
{
	struct ns_app app;

	return o->process.pid && !ns_app_get(h->ns->store, o->id.cd, &app) &&
	       ns_process_same(&app.process, &o->process);
}

void ns_safexd_prepare(struct ns_safexd *h, uint64_t request, const struct ns_object *object,
		       const void *source, size_t size, ns_safexd_done *done, void *arg)
{
	struct safexd_call *c = call_new(h, SX_PREPARE, size ? NS_PREPARE_MS : NS_STEP_MS, arg);
	dio_x_attr given[SAFEX_ATTRS_MAX];
	struct ns_object o = *object;
	struct ns_wire_id id;
	sx_prepare_args a = {
		.request = request, .uid = o.uid,
		.process = o.process.id, .own = is_own(h, &o),
		.spec = {
			.period = o.period, .budget = o.budget, .pid = o.process.pid, .file = o.file,
			.attrs = { o.given.n, given },
			.source = { size, (char *)source },
			.number = o.version, .probation = o.probation,
		},
	};

	if (!c) {
		no_memory(done, arg);
		return;
	}
	c->done = done;
	ns_id_to_host(&o.id, &id);
	a.spec.key = id.x;
	ns_attrs_to_wire(&o.given, given);
	call_send(c, &a, call_done);
}

void ns_safexd_step(struct ns_safexd *h, uint32_t proc, uint64_t request, uid_t uid,
		    const struct ns_id *id, int timeout_ms, ns_safexd_done *done, void *arg)
{
	struct safexd_call *c = call_new(h, proc, timeout_ms, arg);
	sx_key_args a = { .request = request, .uid = uid };
	struct ns_wire_id w;

	if (!c) {
		no_memory(done, arg);
		return;
	}
	c->done = done;
	ns_id_to_host(id, &w);
	a.key = w.x;
	call_send(c, &a, call_done);
}

static void abort_ended(void *arg, const struct dio_status *status, struct ns_attrs *attrs)
{
	(void)arg;
	(void)status;
	(void)attrs;
}

void ns_safexd_abort(struct ns_safexd *h, uint64_t request, uid_t uid, const struct ns_id *id,
		     const struct dio_status *why, ns_safexd_done *done, void *arg)
{
	bool wait = !ns_safexd_unanswered(why->code);
	struct dio_status st = *why;

	ns_safexd_step(h, SX_ABORT, request, uid, id, NS_STEP_MS, wait ? done : abort_ended, arg);
	if (!wait)
		done(arg, &st, NULL);
}

static int live_read(const dio_x_list_result *r, struct ns_live *live)
{
	u_int i;
	int err;

	for (i = 0; i < r->entries.entries_len; i++) {
		const dio_x_entry *e = &r->entries.entries_val[i];

		err = ns_id_from_wire(&e->key, &live[i].id);
		if (err)
			return err;
		live[i].active = e->active;
		live[i].kernel_id = e->kernel_id;
		live[i].period = e->period;
		live[i].budget = e->budget;
		live[i].stat = e->stat;
		live[i].version = e->number;
		live[i].next = e->next;
		live[i].previous = e->previous;
		live[i].failed = e->failed;
		live[i].cause = e->cause;
	}
	return 0;
}

static int live_order(const void *a, const void *b)
{
	return ns_id_order(&((const struct ns_live *)a)->id, &((const struct ns_live *)b)->id);
}

const struct ns_live *ns_live_find(const struct ns_live *live, size_t n, const struct ns_id *id)
{
	struct ns_live key = { .id = *id };

	return n ? bsearch(&key, live, n, sizeof(*live), live_order) : NULL;
}

static void live_keep(struct ns_safexd *h, const dio_x_list_result *r, struct dio_status *st)
{
	u_int n = r->entries.entries_len;
	struct ns_live *live = calloc(n + 1, sizeof(*live));

	if (!live)
		dio_status_set(st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	else if (live_read(r, live))
		dio_status_set(st, DIO_E_PROTOCOL, "safexd of host %s reports a bad name", h->name);
	if (st->code) {
		free(live);
		return;
	}
	qsort(live, n, sizeof(*live), live_order);
	free(h->live);
	h->live = live;
	h->n_live = n;
	h->live_ms = dio_now_ms();
	h->live_old = false;
}

static void report_answer(struct ns_safexd *h, const struct dio_status *st)
{
	struct ns_report_list list = TAILQ_HEAD_INITIALIZER(list);
	struct ns_report_wait *w;

	TAILQ_CONCAT(&list, &h->report_waits, entry);
	while ((w = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, w, entry);
		w->done(w->arg, st, st->code ? NULL : h->live, st->code ? 0 : h->n_live);
		free(w);
	}
}

static void report_done(void *arg, int err, void *result)
{
	struct ns_safexd *h = arg;
	dio_x_list_result *r = result;
	struct dio_status st;

	h->reporting = false;
	if (err) {
		failed(h, err, NS_ASK_MS, &st);
	} else {
		ns_safexd_status(&r->status, &st);
		if (!st.code)
			live_keep(h, r, &st);
	}
	report_answer(h, &st);
}

void ns_safexd_report(struct ns_safexd *h, int keep_ms, ns_safexd_reported *done, void *arg)
{
	struct ns_report_wait *w;
	struct dio_status st = { 0 };
	int err;

	if (h->live && !h->live_old && !h->closing && dio_now_ms() - h->live_ms < keep_ms) {
		done(arg, &st, h->live, h->n_live);
		return;
	}
	w = malloc(sizeof(*w));
	if (!w) {
		dio_status_set(&st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		done(arg, &st, NULL, 0);
		return;
	}
	*w = (struct ns_report_wait){ .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(&h->report_waits, w, entry);
	if (h->reporting)
		return;
	h->reporting = true;
	err = host_call(h, SX_REPORT, NULL, NS_ASK_MS, report_done, h);
	if (err)
		report_done(h, err, NULL);
}

static void records_done(void *arg, int err, void *result)
{
	struct safexd_call *c = arg;
	dio_x_records_result *r = result;

	if (err)
		call_failed(c, err);
	else
		ns_safexd_status(&r->status, &c->status);
	c->records_done(c->arg, &c->status, c->status.code ? NULL : r);
	free(c);
}

void ns_safexd_records(struct ns_safexd *h, uint64_t cd, uint64_t first,
		       ns_safexd_records_done *done, void *arg)
{
	struct safexd_call *c = call_new(h, SX_RECORDS, NS_ASK_MS, arg);
	dio_x_records_args a = { .cd = cd, .first = first };
	struct dio_status st;

	if (!c) {
		dio_status_set(&st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		done(arg, &st, NULL);
		return;
	}
	c->records_done = done;
	call_send(c, &a, records_done);
}

static void check_done(void *arg, int err, void *result)
{
	struct safexd_call *c = arg;

	if (err)
		call_failed(c, err);
	else
		ns_safexd_status(&((dio_x_check_result *)result)->status, &c->status);
	c->checked(c->arg, &c->status, err ? NULL : result);
	free(c);
}

void ns_safexd_check(struct ns_safexd *h, uid_t uid, const dio_x_check *asked,
		     ns_safexd_checked *done, void *arg)
{
	struct safexd_call *c = call_new(h, SX_CHECK, NS_PREPARE_MS, arg);
	sx_check_args a = { .uid = uid, .what = *asked };
	struct dio_status st;

	if (!c) {
		dio_status_set(&st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		done(arg, &st, NULL);
		return;
	}
	c->checked = done;
	call_send(c, &a, check_done);
}
