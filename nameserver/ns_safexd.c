/* SPDX-License-Identifier: GPL-2.0-only */
/* A host: connection state, heartbeat. Who waits: ns_gate.c. Calls: ns_safexd_call.c */
#include "ns_safexd_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>

#include "dio_log.h"

#define RETRY_MIN_MS	250
#define RETRY_MAX_MS	5000

static void hello_ask(struct ns_safexd *h);
static void reconcile_begin(struct ns_safexd *h);

static void set_timer(struct ns_safexd *h, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(h->timer, &tv);
	h->soon = false;
}

static void tidy_answer(struct ns_tidy_list *from, const struct dio_status *why)
{
	struct ns_tidy_list list = TAILQ_HEAD_INITIALIZER(list);
	struct ns_tidy_wait *w;

	TAILQ_CONCAT(&list, from, entry);
	while ((w = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, w, entry);
		w->done(w->arg, why);
		free(w);
	}
}

static void go_down(struct ns_safexd *h, const struct dio_status *why)
{
	if (!h->closing && strcmp(h->why.message, why->message))
		dio_warn("host %s: %s", h->name, why->message);
	h->state = NS_SAFEXD_DOWN;
	h->why = *why;
	h->retry_ms = h->retry_ms ? h->retry_ms * 2 : RETRY_MIN_MS;
	if (h->retry_ms > RETRY_MAX_MS)
		h->retry_ms = RETRY_MAX_MS;
	if (!h->closing)
		set_timer(h, h->retry_ms);
	tidy_answer(&h->tidy_next, &h->why);
	ns_gate_fail_all(h);
}

/* Only brought nearer: whoever asks for passes all the time does not put the hello off. */
static void set_next(struct ns_safexd *h)
{
	if (h->tidy_again && !h->soon)
		set_timer(h, RETRY_MIN_MS);
	else if (!evtimer_pending(h->timer, NULL))
		set_timer(h, NS_HEARTBEAT_MS);
	h->soon = h->tidy_again;
}

static void reconciled(void *arg, const struct dio_status *status, bool again)
{
	struct ns_safexd *h = arg;

	h->reconcile = NULL;
	tidy_answer(&h->tidy_now, status);
	/* Who found that sees to it; a pass may end well by then with what it wrote last. */
	if (h->state == NS_SAFEXD_DOWN)
		return;
	if (status->code) {
		go_down(h, status);
		return;
	}
	if (h->stale) {
		h->stale = false;
		reconcile_begin(h);
		return;
	}
	if (h->state == NS_SAFEXD_DRIVING)
		dio_info("host %s: ready", h->name);
	h->why = (struct dio_status){ 0 };
	h->state = NS_SAFEXD_READY;
	h->retry_ms = 0;
	h->tidy_again |= again;
	set_next(h);
	ns_gate_admit(h);
	if (h->tidy_due || !TAILQ_EMPTY(&h->tidy_next))
		reconcile_begin(h);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The applications that those who wait have named, each once; *n 0: everything. NULL: out of memory. */
static uint64_t *scope_of(struct ns_safexd *h, size_t *n)
{
	bool all = h->state != NS_SAFEXD_READY || h->tidy_due;
	struct ns_tidy_wait *w;
	size_t most = 1, i, kept = 0;
	uint64_t *cd;

	TAILQ_FOREACH(w, &h->tidy_now, entry)
		most++;
	*n = 0;
	cd = calloc(most, sizeof(*cd));
	if (!cd)
		return NULL;
	TAILQ_FOREACH(w, &h->tidy_now, entry) {
		all |= !w->cd;
		cd[(*n)++] = w->cd;
	}
	qsort(cd, *n, sizeof(*cd), ascending);
	for (i = 0; i < *n; i++)
		if (!kept || cd[kept - 1] != cd[i])
			cd[kept++] = cd[i];
	*n = all ? 0 : kept;
	return cd;
}

static void reconcile_begin(struct ns_safexd *h)
{
	struct dio_status why;
	uint64_t *cd;
	size_t n;

	if (h->reconcile)
		return;
	TAILQ_CONCAT(&h->tidy_now, &h->tidy_next, entry);
	cd = scope_of(h, &n);
	h->tidy_due = false;
	if (cd && !n)
		h->tidy_again = false;
	if (!cd || ns_reconcile_start(h, cd, n, &h->reconcile, reconciled, h)) {
		dio_status_set(&why, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		reconciled(h, &why, false);
	}
}

/* A hello that answers: the same daemon as before, or one to be driven anew. */
static void hello_heard(struct ns_safexd *h, const sx_hello_result *r)
{
	bool same = h->state != NS_SAFEXD_DOWN && h->boot == r->boot;

	h->silent = false;
	set_timer(h, NS_HEARTBEAT_MS);
	h->boot = r->boot;
	strncpy(h->local, r->local, sizeof(h->local) - 1);
	if (!same) {
		h->state = NS_SAFEXD_DRIVING;
		h->stale = h->reconcile != NULL;
		reconcile_begin(h);
	} else if (h->tidy_again || !TAILQ_EMPTY(&h->tidy_next)) {
		h->tidy_due |= h->tidy_again;
		reconcile_begin(h);
	}
}

/* Hung or gone. Its calls under way would be waited for in vain. */
static void hello_unheard(struct ns_safexd *h, int err)
{
	struct dio_status why;

	ns_safexd_unreachable(h, err, NS_ASK_MS, &why);
	if (why.code == DIO_E_TIMEOUT)
		why.code = DIO_E_UNREACHABLE;
	h->silent = true;
	go_down(h, &why);
	if (!h->closing)
		h->ops->drop(h->link);
}

static void hello_done(void *arg, int err, void *result)
{
	struct ns_safexd *h = arg;
	sx_hello_result *r = result;
	struct dio_status why;

	h->asking = false;
	if (err) {
		hello_unheard(h, err);
	} else if (r->status.code) {
		ns_safexd_status(&r->status, &why);
		go_down(h, &why);
	} else {
		hello_heard(h, r);
	}
}

static void hello_ask(struct ns_safexd *h)
{
	int err;

	if (h->asking || h->closing)
		return;
	h->asking = true;
	err = h->ops->call(h->link, SX_HELLO, NULL, NS_ASK_MS, hello_done, h);
	if (err)
		hello_done(h, err, NULL);
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct ns_safexd *h = arg;

	(void)fd;
	(void)what;
	h->soon = false;
	hello_ask(h);
}

void ns_safexd_lost(struct ns_safexd *h, const struct dio_status *why)
{
	if (h->state != NS_SAFEXD_READY)
		return;		/* a hello or a pass is under way and will tell */
	dio_warn("host %s: %s", h->name, why->message);
	h->state = NS_SAFEXD_DOWN;
	h->why = *why;
	set_timer(h, 0);
}

struct ns_safexd *ns_safexd_new(struct ns *ns, const char *name, const char *address,
				const struct ns_link_ops *ops, void *link)
{
	struct ns_safexd *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->ns = ns;
	h->ops = ops;
	h->link = link;
	strncpy(h->name, name, sizeof(h->name) - 1);
	strncpy(h->address, address, sizeof(h->address) - 1);
	TAILQ_INIT(&h->tidy_now);
	TAILQ_INIT(&h->tidy_next);
	TAILQ_INIT(&h->report_waits);
	dio_status_set(&h->why, DIO_E_UNREACHABLE, "safexd of host %s has not been asked yet", name);
	h->timer = evtimer_new(ns->base, timer_fired, h);
	if (h->timer && !ns_gate_init(h))
		return h;
	ns_safexd_free(h);
	return NULL;
}

void ns_safexd_start(struct ns_safexd *h)
{
	hello_ask(h);
}

void ns_safexd_close(struct ns_safexd *h)
{
	h->closing = true;
	dio_status_set(&h->why, DIO_E_UNREACHABLE, "the nameserver is shutting down");
	h->ops->close(h->link);
	h->link = NULL;
	tidy_answer(&h->tidy_next, &h->why);
	ns_gate_fail_all(h);
}

void ns_safexd_free(struct ns_safexd *h)
{
	ns_gate_free(h);
	if (h->timer)
		event_free(h->timer);
	free(h->live);
	free(h);
}

static void tidied_nobody(void *arg, const struct dio_status *status)
{
	(void)arg;
	(void)status;
}

void ns_safexd_tidy(struct ns_safexd *h, uint64_t cd, ns_tidied *done, void *arg)
{
	struct ns_tidy_wait *w = h->closing ? NULL : malloc(sizeof(*w));
	struct dio_status why = h->why;

	done = done ? done : tidied_nobody;
	if (!w) {
		if (!h->closing)
			dio_status_set(&why, DIO_E_NO_MEMORY, "the nameserver is out of memory");
		done(arg, &why);
		return;
	}
	*w = (struct ns_tidy_wait){ .cd = cd, .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(&h->tidy_next, w, entry);
	if (h->state == NS_SAFEXD_READY)
		reconcile_begin(h);
	else if (h->state == NS_SAFEXD_DOWN)
		hello_ask(h);
}

const char *ns_safexd_name(const struct ns_safexd *h)
{
	return h->name;
}

const char *ns_safexd_local(const struct ns_safexd *h)
{
	return h->local;
}

bool ns_safexd_ready(const struct ns_safexd *h)
{
	return h->state == NS_SAFEXD_READY;
}

bool ns_safexd_up(const struct ns_safexd *h)
{
	return h->state != NS_SAFEXD_DOWN;
}

enum ns_host_is ns_safexd_is(const struct ns_safexd *h, const char **why)
{
	if (h->state == NS_SAFEXD_READY) {
		*why = "";
		return NS_HOST_READY;
	}
	*why = h->state == NS_SAFEXD_DOWN ? h->why.message :
					    "what it runs is being compared with what it should run";
	return h->state == NS_SAFEXD_DOWN ? NS_HOST_SILENT : NS_HOST_DRIVEN;
}

uint64_t ns_safexd_boot(const struct ns_safexd *h)
{
	return h->boot;
}

struct ns *ns_safexd_ns(const struct ns_safexd *h)
{
	return h->ns;
}

bool ns_safexd_holds(const struct ns_safexd *h, const struct ns_id *id)
{
	return ns_reconcile_holds(h->reconcile, id);
}
