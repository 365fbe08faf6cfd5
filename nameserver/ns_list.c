/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings: rows that the caller may see, and what their hosts report of them. */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns_process.h"
#include "ns_walk.h"

/* One of both is there: of a whole page, or of the first entries for older programs. */
struct listing {
	ns_listed	       *listed;
	ns_listed_page	       *paged;
	void		       *arg;
	struct ns_walk		walk;
	unsigned int		hosts_left;
	dio_x_entry	       *entry;
	struct ns_wire_id      *id;
	char		      (*program)[DIO_NAME_MAX];	/* of its process, "": none */
};

static void answer(struct listing *l, enum dio_error code, const char *message, u_int n)
{
	dio_x_status st = { code, (char *)message, 0 };
	dio_x_list_result list = { st, { n, l->entry } };
	ns_list_page_result page = { st, { n, l->entry }, code ? "" : l->walk.after };

	if (l->paged)
		l->paged(l->arg, &page);
	else
		l->listed(l->arg, &list);
	free(l->walk.seen);
	free(l->entry);
	free(l->id);
	free(l->program);
	free(l);
}

static void fail(struct listing *l, int err)
{
	if (err == -ENOMEM)
		answer(l, DIO_E_NO_MEMORY, "the nameserver is out of memory", 0);
	else if (err == -EINVAL)
		answer(l, DIO_E_INVALID, "this cursor is not of a listing: begin with none", 0);
	else
		answer(l, DIO_E_STORE, strerror(-err), 0);
}

static void fill_live(dio_x_entry *e, const struct ns_live *live)
{
	e->active = live->active;
	e->kernel_id = live->kernel_id;
	e->stat = live->stat;
	e->number = live->version;
	e->next = live->next;
	e->previous = live->previous;
	e->failed = live->failed;
	e->cause = live->cause;
	if (live->budget)
		e->budget = live->budget;	/* the default, where none was given */
}

static void fill_entry(struct listing *l, size_t i)
{
	const struct ns_seen *s = &l->walk.seen[i];

	ns_id_to_client(&s->id, &l->id[i]);
	l->entry[i] = (dio_x_entry){
		.key = l->id[i].x, .period = s->period, .budget = s->budget,
		.pid = s->process.pid, .command = l->program[i], .unknown = 1,
	};
	if (!s->process.pid)
		return;
	l->entry[i].uid = s->uid;
	ns_process_name(&s->process, l->program[i]);
}

struct host_part {
	struct listing	 *l;
	struct ns_safexd *h;
};

static bool is_at(const struct listing *l, size_t i, const struct ns_safexd *h)
{
	return !strcmp(l->walk.seen[i].id.name.host, ns_safexd_name(h));
}

static void host_reported(void *arg, const struct dio_status *st, const struct ns_live *live,
			  size_t n)
{
	struct host_part p = *(struct host_part *)arg;
	const struct ns_live *found;
	size_t i;

	free(arg);
	for (i = 0; i < p.l->walk.n && !st->code; i++) {
		if (!is_at(p.l, i, p.h))
			continue;
		p.l->entry[i].unknown = 0;
		found = ns_live_find(live, n, &p.l->walk.seen[i].id);
		if (found)
			fill_live(&p.l->entry[i], found);
	}
	if (!--p.l->hosts_left)
		answer(p.l, DIO_E_OK, "", (u_int)p.l->walk.n);
}

/* Those that have something of it. */
static void ask_hosts(struct listing *l)
{
	struct ns *ns = l->walk.ns;
	struct host_part *p;
	unsigned int i;
	size_t k;

	l->hosts_left = 1;
	for (i = 0; i < ns->n_hosts; i++) {
		for (k = 0; k < l->walk.n && !is_at(l, k, ns->host[i]); k++)
			;
		p = k < l->walk.n && ns_safexd_ready(ns->host[i]) ? malloc(sizeof(*p)) : NULL;
		if (!p)
			continue;
		*p = (struct host_part){ l, ns->host[i] };
		l->hosts_left++;
		ns_safexd_report(p->h, NS_REPORT_KEEP_MS, host_reported, p);
	}
	if (!--l->hosts_left)
		answer(l, DIO_E_OK, "", (u_int)l->walk.n);
}

static void tell(struct listing *l)
{
	size_t n = l->walk.n, i;

	l->entry = calloc(n + 1, sizeof(*l->entry));
	l->id = calloc(n + 1, sizeof(*l->id));
	l->program = calloc(n + 1, sizeof(*l->program));
	if (!l->entry || !l->id || !l->program) {
		fail(l, -ENOMEM);
		return;
	}
	for (i = 0; i < n; i++)
		fill_entry(l, i);
	ask_hosts(l);
}

static struct listing *listing_new(struct ns *ns, const struct ns_principal *who, unsigned int kind,
				   uint64_t cd)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l)
		l->walk = (struct ns_walk){ .ns = ns, .who = *who, .kind = kind, .cd = cd };
	return l;
}

void ns_list(struct ns *ns, const struct ns_principal *who, const ns_list_args *args,
	     ns_listed *listed, void *arg)
{
	struct listing *l = listing_new(ns, who, args->kind, args->cd);
	dio_x_list_result none = { { DIO_E_NO_MEMORY, "the nameserver is out of memory", 0 }, { 0 } };
	int err = 0;

	if (!l) {
		listed(arg, &none);
		return;
	}
	l->listed = listed;
	l->arg = arg;
	while (!err && !l->walk.ended && l->walk.n < DIO_X_ENTRIES)
		err = ns_walk_page(&l->walk);
	if (l->walk.n > DIO_X_ENTRIES)
		l->walk.n = DIO_X_ENTRIES;
	if (err)
		fail(l, err);
	else
		tell(l);
}

void ns_list_page(struct ns *ns, const struct ns_principal *who, const ns_list_page_args *args,
		  ns_listed_page *paged, void *arg)
{
	struct listing *l = listing_new(ns, who, args->kind, args->cd);
	ns_list_page_result none = {
		{ DIO_E_NO_MEMORY, "the nameserver is out of memory", 0 }, { 0 }, "",
	};
	int err;

	if (!l) {
		paged(arg, &none);
		return;
	}
	l->paged = paged;
	l->arg = arg;
	strncpy(l->walk.after, args->after, sizeof(l->walk.after) - 1);
	err = ns_walk_page(&l->walk);
	if (err)
		fail(l, err);
	else
		tell(l);
}
