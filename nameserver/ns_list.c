/* SPDX-License-Identifier: GPL-2.0-only */
/* What is only asked: listing with counters, exit records, where a class is. */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns_process.h"

struct listing {
	struct ns		*ns;
	struct ns_principal	 who;
	unsigned int		 kind;
	uint64_t		 cd;
	ns_listed		*listed;
	void			*arg;
	unsigned int		 hosts_left;
	struct ns_object	*object;
	size_t			 n;
	struct ns_live		*live;		/* of object[i]; kind NONE: not reported */
	char			(*program)[DIO_NAME_MAX];	/* of its process, "": none */
};

static bool may_see(struct ns *ns, const struct ns_principal *who, const struct ns_object *o)
{
	struct ns_target on = { .kind = o->id.kind, .has_owner = true, .owner = o->uid };

	return ns_authz(&ns->policy, who, NS_VERB_SEE, &on);
}

static void list_fail(ns_listed *listed, void *arg, enum dio_error code, const char *message)
{
	dio_x_list_result r = { .status = { code, (char *)message } };

	listed(arg, &r);
}

static void fill_entry(const struct listing *l, size_t i, struct ns_wire_id *id, dio_x_entry *e)
{
	const struct ns_object *o = &l->object[i];

	ns_id_to_client(&o->id, id);
	*e = (dio_x_entry){
		.key = id->x, .period = o->period, .budget = o->budget,
		.pid = o->process.pid, .command = l->program[i],
	};
	if (o->process.pid)
		ns_process_name(&o->process, l->program[i]);
	if (l->live[i].id.kind == SAFEX_KIND_NONE)
		return;
	e->active = l->live[i].active;
	e->kernel_id = l->live[i].kernel_id;
	e->stat = l->live[i].stat;
	e->number = l->live[i].version;
	e->next = l->live[i].next;
	e->previous = l->live[i].previous;
	e->failed = l->live[i].failed;
	e->cause = l->live[i].cause;
	if (l->live[i].budget)
		e->budget = l->live[i].budget;	/* the default, where none was given */
}

static void list_answer(struct listing *l)
{
	struct ns_wire_id *id = calloc(l->n + 1, sizeof(*id));
	dio_x_entry *e = calloc(l->n + 1, sizeof(*e));
	dio_x_list_result r = { .status = { DIO_E_OK, "" } };
	size_t i;

	for (i = 0; id && e && i < l->n && i < DIO_X_ENTRIES; i++)
		fill_entry(l, i, &id[i], &e[i]);
	r.entries.entries_len = i;
	r.entries.entries_val = e;
	if (id && e)
		l->listed(l->arg, &r);
	else
		list_fail(l->listed, l->arg, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	free(id);
	free(e);
	free(l->object);
	free(l->live);
	free(l->program);
	free(l);
}

struct host_part {
	struct listing	 *l;
	struct ns_safexd *h;
};

static void host_reported(void *arg, const struct dio_status *st, const struct ns_live *live,
			  size_t n)
{
	struct host_part p = *(struct host_part *)arg;
	size_t i, k;

	(void)st;	/* not reachable: what it has is shown as not active */
	free(arg);
	for (i = 0; i < p.l->n; i++) {
		if (strcmp(p.l->object[i].id.name.host, ns_safexd_name(p.h)))
			continue;
		for (k = 0; k < n; k++)
			if (ns_id_equal_at_host(&live[k].id, &p.l->object[i].id))
				p.l->live[i] = live[k];
	}
	if (!--p.l->hosts_left)
		list_answer(p.l);
}

static void ask_hosts(struct listing *l)
{
	struct ns *ns = l->ns;
	struct host_part *p;
	unsigned int i;

	l->hosts_left = 1;
	for (i = 0; i < ns->n_hosts; i++) {
		p = ns_safexd_ready(ns->host[i]) ? malloc(sizeof(*p)) : NULL;
		if (!p)
			continue;
		*p = (struct host_part){ l, ns->host[i] };
		l->hosts_left++;
		ns_safexd_report(p->h, NS_REPORT_KEEP_MS, host_reported, p);
	}
	if (!--l->hosts_left)
		list_answer(l);
}

/* Managers, then each application's in the order in which they are made. */
static int in_order(const void *a, const void *b)
{
	const struct ns_object *x = a, *y = b;

	if (x->id.cd != y->id.cd)
		return x->id.cd < y->id.cd ? -1 : 1;
	if (x->id.kind != y->id.kind)
		return x->id.kind < y->id.kind ? -1 : 1;
	return x->created < y->created ? -1 : x->created > y->created;
}

/* Keeps what was asked for and may be seen. */
static void list_keep(struct listing *l)
{
	size_t i, kept = 0;

	for (i = 0; i < l->n; i++) {
		const struct ns_object *o = &l->object[i];

		if (o->state != NS_PREPARING && (!l->kind || l->kind == o->id.kind) &&
		    (!l->cd || l->cd == o->id.cd) && may_see(l->ns, &l->who, o))
			l->object[kept++] = *o;
	}
	l->n = kept;
	qsort(l->object, l->n, sizeof(l->object[0]), in_order);
}

void ns_list(struct ns *ns, const struct ns_principal *who, const ns_list_args *args,
	     ns_listed *listed, void *arg)
{
	struct listing *l = calloc(1, sizeof(*l));
	int err = l ? ns_objects_list(ns->store, args->cd, &l->object, &l->n) : -ENOMEM;

	if (!err) {
		l->live = calloc(l->n + 1, sizeof(*l->live));
		l->program = calloc(l->n + 1, sizeof(*l->program));
		err = l->live && l->program ? 0 : -ENOMEM;
	}
	if (err) {
		if (l) {
			free(l->object);
			free(l->live);
			free(l->program);
		}
		free(l);
		list_fail(listed, arg, err == -ENOMEM ? DIO_E_NO_MEMORY : DIO_E_STORE, strerror(-err));
		return;
	}
	l->ns = ns;
	l->who = *who;
	l->kind = args->kind;
	l->cd = args->cd;
	l->listed = listed;
	l->arg = arg;
	list_keep(l);
	ask_hosts(l);
}

struct records {
	struct ns	   *ns;
	struct ns_safexd   *h;
	struct ns_principal who;
	uint64_t	    cd, first;
	ns_recorded	   *recorded;
	void		   *arg;
};

static bool may_see_app(struct ns *ns, const struct ns_principal *who, uint64_t cd)
{
	struct ns_app app;
	bool found = !ns_app_get(ns->store, cd, &app);
	struct ns_target on = {
		.kind = cd ? SAFEX_KIND_NONE : SAFEX_KIND_MANAGER,
		.has_owner = found, .owner = found ? app.uid : 0,
	};

	return ns_authz(&ns->policy, who, NS_VERB_SEE, &on);
}

static void records_fail(ns_recorded *recorded, void *arg, const struct dio_status *st)
{
	dio_x_records_result r = { .status = ns_status_to_wire(st) };

	recorded(arg, &r);
}

/* Swapped, not copied: each is still released once. How many the caller may see. */
static u_int records_keep(const struct records *q, dio_x_record *r, u_int all)
{
	u_int i, n = 0;

	for (i = 0; i < all; i++) {
		dio_x_record at = r[i];

		if (!may_see_app(q->ns, &q->who, at.cd))
			continue;
		r[i] = r[n];
		r[n++] = at;
	}
	return n;
}

/* None would say that there are no more: the host is asked on from the last it told. */
static void records_done(void *arg, const struct dio_status *st, dio_x_records_result *all)
{
	dio_x_records_result r = { .status = { DIO_E_OK, "" } };
	struct records *q = arg;
	uint64_t last = 0;
	u_int got = 0;

	if (!st->code) {
		r.records = all->records;
		got = r.records.records_len;
		last = got ? r.records.records_val[got - 1].seq : 0;
		r.records.records_len = records_keep(q, r.records.records_val, got);
	}
	if (got && !r.records.records_len && last >= q->first && last < UINT64_MAX) {
		q->first = last + 1;
		ns_safexd_records(q->h, q->cd, q->first, records_done, q);
		return;
	}
	if (st->code)
		records_fail(q->recorded, q->arg, st);
	else
		q->recorded(q->arg, &r);
	free(q);
}

/* Records are numbered by the host that wrote them: that of the classes, or the local one. */
static struct ns_safexd *records_host(struct ns *ns, uint64_t cd)
{
	struct ns_safexd *h = NULL;
	struct ns_object *o;
	size_t n;

	if (cd && !ns_objects_list(ns->store, cd, &o, &n)) {
		h = n ? ns_host(ns, o[0].id.name.host) : NULL;
		free(o);
	}
	return h ? h : ns->n_hosts ? ns->host[0] : NULL;
}

void ns_records(struct ns *ns, const struct ns_principal *who, const dio_x_records_args *args,
		ns_recorded *recorded, void *arg)
{
	struct ns_safexd *h = records_host(ns, args->cd);
	struct records *q;
	struct dio_status st = { 0 };

	if (!who->local || (args->cd && !may_see_app(ns, who, args->cd)))
		dio_status_set(&st, DIO_E_DENIED, "the caller may not see these records");
	else if (!h)
		dio_status_set(&st, DIO_E_NO_HOST, "the nameserver knows no host");
	q = st.code ? NULL : malloc(sizeof(*q));
	if (!q && !st.code)
		dio_status_set(&st, DIO_E_NO_MEMORY, "the nameserver is out of memory");
	if (!q) {
		records_fail(recorded, arg, &st);
		return;
	}
	*q = (struct records){ ns, h, *who, args->cd, args->first, recorded, arg };
	ns_safexd_records(h, args->cd, args->first, records_done, q);
}

enum dio_error ns_locate(struct ns *ns, const struct ns_principal *who, const dio_x_key *key,
			 struct dio_status *st, const char **address)
{
	char text[NS_TEXT_MAX];
	struct ns_safexd *h;
	struct ns_id id;
	int err;

	*address = "";
	if (!who->local || (key->cd && !may_see_app(ns, who, key->cd)))
		return dio_status_set(st, DIO_E_DENIED, "this class belongs to another user");
	if (ns_check_key(key, &id, st))
		return st->code;
	err = id.kind == SAFEX_KIND_CLASS ? ns_object_is(ns->store, &id) : -ENOENT;
	if (err == -ENOENT)
		return dio_status_set(st, DIO_E_NO_CLASS, "%s is no attribute class",
				      ns_id_text(&id, text));
	if (err)
		return dio_status_set(st, DIO_E_STORE, "the nameserver's database failed: %s",
				      strerror(-err));
	h = ns_host(ns, id.name.host);
	if (!h || !ns_safexd_local(h)[0])
		return dio_status_set(st, DIO_E_UNREACHABLE, "host %s has not been reached yet",
				      id.name.host);
	*address = ns_safexd_local(h);
	return dio_status_set(st, DIO_E_OK, "%s", "");
}
