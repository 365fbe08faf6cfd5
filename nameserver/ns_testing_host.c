/* SPDX-License-Identifier: GPL-2.0-only */
/* The fake safexd: objects, what they hang on, and a life of its own. */
#include "ns_testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fake_at(struct fake *f, const struct ns_id *id)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (ns_id_equal_at_host(&f->object[i].id, id))
			return i;
	return -1;
}

struct fake_object *fake_find(struct fake *f, enum safex_kind kind, const char *name)
{
	struct ns_wire_id w;
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		ns_id_to_host(&f->object[i].id, &w);
		if (f->object[i].id.kind == kind && !strcmp(w.name, name))
			return &f->object[i];
	}
	return NULL;
}

static void remove_at(struct fake *f, int i)
{
	f->object[i] = f->object[--f->n];
}

static bool needs_met(struct fake *f, const struct ns_id *id)
{
	unsigned int i, found = 0;

	for (i = 0; i < f->n; i++)
		found += ns_id_needs(id, &f->object[i].id);
	return found == (id->kind == SAFEX_KIND_MANAGER ? 0u : id->kind == SAFEX_KIND_CHANNEL ? 2 : 1);
}

static bool needed(struct fake *f, const struct ns_id *id)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (ns_id_needs(&f->object[i].id, id))
			return true;
	return false;
}

static void say(struct fake_call *c, enum dio_error code)
{
	snprintf(c->message, sizeof(c->message), code ? "monitor.c:3: the host says %d" : "%d" + 2,
		 code);
	c->result.status = (dio_x_status){ code, c->message, 0 };
}

static void host_replace(struct fake *f, struct fake_call *c, struct fake_object *o,
			 uint32_t number)
{
	(void)f;
	if (number <= o->version || !o->active) {
		say(c, DIO_E_EXISTS);
		return;
	}
	o->next = number;
	c->result.prepare.kept = number % 2 == 0;
}

static void go_on(struct fake *f, struct fake_object *o)
{
	o->active = true;
	if (!o->next)
		return;
	o->previous = f->probation ? o->version : 0;
	o->version = o->next;
	o->next = o->failed = o->cause = 0;
}

static void host_prepare(struct fake *f, struct fake_call *c, const sx_prepare_args *a)
{
	unsigned int i, n = a->spec.attrs.attrs_len;
	struct ns_id id;

	if (a->spec.source.source_len == 5 && !memcmp(a->spec.source.source_val, "warns", 5))
		c->result.status.message = FAKE_WARNING;
	assert_int_equal(ns_id_from_wire(&a->spec.key, &id), 0);
	if (id.kind <= SAFEX_KIND_CLASS)
		assert_null(strchr(a->spec.key.name, '/'));	/* no host in it */
	if (fake_at(f, &id) >= 0) {
		host_replace(f, c, &f->object[fake_at(f, &id)], a->spec.number);
		return;
	}
	if (!needs_met(f, &id)) {
		say(c, DIO_E_NO_MANAGER);
		return;
	}
	assert_true(f->n < FAKE_OBJECTS);
	f->object[f->n++] = (struct fake_object){ .id = id, .uid = a->uid, .version = a->spec.number };
	if (id.kind != SAFEX_KIND_CLASS)
		return;
	assert_true(a->spec.pid > 0);
	f->object[f->n - 1].pid = a->spec.pid;
	f->object[f->n - 1].process = a->process;
	f->object[f->n - 1].own = a->own;
	/* The whole layout: the manager's first, then the application's. */
	assert_true(n < SAFEX_ATTRS_MAX);
	strcpy(c->names.attr[0].name, "actual_cpu");
	c->names.attr[0].rights = SAFEX_APP_READ;
	for (i = 0; i < n; i++)
		strcpy(c->names.attr[i + 1].name, a->spec.attrs.attrs_val[i].name);
	c->names.n = n + 1;
	ns_attrs_to_wire(&c->names, c->attr);
	c->result.prepare.attrs.attrs_val = c->attr;
	c->result.prepare.attrs.attrs_len = n + 1;
}

static void host_step(struct fake *f, struct fake_call *c, uint32_t proc, const sx_key_args *a)
{
	struct ns_id id;
	int i;

	assert_int_equal(ns_id_from_wire(&a->key, &id), 0);
	assert_true(a->request != 0);
	i = fake_at(f, &id);
	if (i < 0)
		say(c, proc == SX_ABORT ? DIO_E_OK : DIO_E_NO_CLASS);
	else if (proc == SX_COMMIT)
		go_on(f, &f->object[i]);
	else if (proc == SX_ABORT && f->object[i].active)
		f->object[i].next = 0;
	else if (needed(f, &id))
		say(c, DIO_E_IN_USE);
	else
		remove_at(f, i);
}

static void host_report(struct fake *f, struct fake_call *c)
{
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		ns_id_to_host(&f->object[i].id, &c->id[i]);
		c->entry[i] = (dio_x_entry){
			.command = "",
			.key = c->id[i].x, .active = f->object[i].active, .kernel_id = 10 + i,
			.budget = 50000, .stat = { .runs = 100 + i },
			.number = f->object[i].version, .next = f->object[i].next,
			.previous = f->object[i].previous, .failed = f->object[i].failed,
			.cause = f->object[i].cause,
		};
	}
	c->result.list.entries.entries_val = c->entry;
	c->result.list.entries.entries_len = f->n;
}

/* One record of the class asked for (or of none), one of a stranger's. */
static void host_records(struct fake *f, struct fake_call *c, const dio_x_records_args *a)
{
	c->record[0] = (dio_x_record){ .seq = a->first, .cd = a->cd, .name = "cpu/usage",
				       .message = "reservation used up" };
	if (a->first < f->secret_before)
		c->record[0].cd = 0xbad;
	c->record[1] = (dio_x_record){ .seq = a->first + 1, .cd = 0xbad, .name = "cpu/other",
				       .message = "secret" };
	c->result.records.records.records_val = c->record;
	c->result.records.records.records_len = 2;
}

static void host_check(struct fake *f, struct fake_call *c, const sx_check_args *a)
{
	dio_x_check_result *r = &c->result.check;

	f->checked_bytes = a->what.source.source_len;
	f->checked_uid = a->uid;
	r->kind = a->what.kind ? a->what.kind : f->sees_kind;
	r->stage = r->status.code ? 2 : 5;
	r->compiler = "clang 14";
	r->release = "6.12.0";
	r->used = 1000;
	r->allowed = 100000;
	c->use = (dio_x_use){ "target_cpu", 1, 0 };
	r->uses.uses_len = 1;
	r->uses.uses_val = &c->use;
}

static enum safex_kind kind_of(uint32_t proc, void *args)
{
	if (proc == SX_PREPARE)
		return ((sx_prepare_args *)args)->spec.key.kind;
	if (proc == SX_COMMIT || proc == SX_ABORT || proc == SX_DESTROY)
		return ((sx_key_args *)args)->key.kind;
	return SAFEX_KIND_NONE;
}

void fake_serve(struct fake *f, struct fake_call *c, uint32_t proc, void *args)
{
	say(c, DIO_E_OK);
	if (proc == SX_CHECK) {
		if (f->refuse_proc == SX_CHECK)
			say(c, f->refuse_code);
		host_check(f, c, args);
		return;
	}
	if (f->refuse_code && proc == f->refuse_proc &&
	    (!f->refuse_kind || f->refuse_kind == kind_of(proc, args))) {
		say(c, f->refuse_code);
		f->refuse_code = DIO_E_OK;
		return;
	}
	switch (proc) {
	case SX_HELLO:
		c->result.hello.host = "testhost";
		c->result.hello.boot = f->boot;
		c->result.hello.local = "unix:/run/safexd/app";
		break;
	case SX_PREPARE:
		host_prepare(f, c, args);
		break;
	case SX_REPORT:
		host_report(f, c);
		break;
	case SX_RECORDS:
		host_records(f, c, args);
		break;
	default:
		host_step(f, c, proc, args);
	}
}

static void unlink_call(struct fake_call *c)
{
	struct fake_call **at = &c->link->calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

static void forget_hanging(struct fake_call *c)
{
	struct fake_call **at = &c->link->fake->hanging;

	while (*at && *at != c)
		at = &(*at)->hangs_before;
	if (*at)
		*at = c->hangs_before;
}

static void answer_call(evutil_socket_t fd, short what, void *arg)
{
	struct fake_call *c = arg;

	(void)fd;
	(void)what;
	unlink_call(c);
	forget_hanging(c);
	event_free(c->event);
	if (c->held)
		c->err = -ETIMEDOUT;
	c->done(c->arg, c->err, c->err ? NULL : &c->result);
	free(c);
}

static int fake_call(void *link, uint32_t proc, void *args, int timeout_ms, ns_link_done *done,
		     void *arg)
{
	struct fake_link *l = link;
	struct fake *f = l->fake;
	struct fake_call *c = calloc(1, sizeof(*c));
	struct timeval when = { 0 };

	assert_true(timeout_ms > 0);
	f->calls[proc]++;
	*c = (struct fake_call){ .next = l->calls, .link = l, .done = done, .arg = arg };
	l->calls = c;
	c->event = evtimer_new(f->world->base, answer_call, c);
	c->held = !f->down && (f->hung || proc == f->hang_proc);
	if (f->down)
		c->err = -ECONNREFUSED;
	else if (f->hung)
		;
	else if (!world_alive(f->world))
		c->err = -ECONNRESET;
	else
		fake_serve(f, c, proc, args);
	if (!c->err && !world_alive(f->world))
		c->err = -ECONNRESET;
	if (c->held) {
		c->hangs_before = f->hanging;
		f->hanging = c;
		when = (struct timeval){ timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	}
	evtimer_add(c->event, &when);
	return 0;
}

/* Those that are made meanwhile are the next connection's. */
static void fail_calls(struct fake_link *l, int err)
{
	struct fake_call *c;

	for (c = l->calls; c; c = c->next) {
		c->held = false;
		c->ends = true;
		c->err = err;
	}
	do {
		for (c = l->calls; c && !c->ends; c = c->next)
			;
		if (c)
			answer_call(-1, 0, c);
	} while (c);
}

static void fake_drop(void *link)
{
	fail_calls(link, -ECONNRESET);
}

static void fake_close(void *link)
{
	struct fake_link *l = link;

	fail_calls(l, -ECANCELED);
	l->fake->n_links--;
	free(l);
}

const struct ns_link_ops fake_ops = { .call = fake_call, .drop = fake_drop, .close = fake_close };

void fake_release(struct fake *f)
{
	struct timeval now = { 0 };

	f->hang_proc = 0;
	for (struct fake_call *c = f->hanging; c; c = c->hangs_before) {
		c->held = false;
		evtimer_add(c->event, &now);
	}
	f->hanging = NULL;
}

void fake_restart(struct fake *f, bool all)
{
	unsigned int i = 0;

	f->boot++;
	while (i < f->n)
		if (all || !f->object[i].active)
			remove_at(f, i);
		else
			f->object[i++].next = 0;
}
