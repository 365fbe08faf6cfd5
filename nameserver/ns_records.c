/* SPDX-License-Identifier: GPL-2.0-only */
/* What is only asked, of one application: exit records, where a class is. */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	struct ns_target on = { .kind = cd ? SAFEX_KIND_NONE : SAFEX_KIND_MANAGER };

	on.has_owner = ns_index_app_owner(ns, cd, &on.owner);
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

/* Of one of its objects, the first. */
static struct ns_safexd *host_of_app(struct ns *ns, uint64_t cd)
{
	struct ns_safexd *h = NULL;
	char prefix[NS_KEY_MAX];
	struct ns_items items;
	struct ns_object o;

	ns_key_objects_of(cd, prefix);
	if (ns_store_list(ns->store, prefix, NULL, 1, &items))
		return NULL;
	if (items.n && !ns_object_decode(&items.item[0].value, &o))
		h = ns_host(ns, o.id.name.host);
	ns_items_free(&items);
	return h;
}

/* Records are numbered by the host that wrote them: that of the classes, or the local one. */
static struct ns_safexd *records_host(struct ns *ns, uint64_t cd)
{
	struct ns_safexd *h = cd ? host_of_app(ns, cd) : NULL;

	return h ? h : ns->n_hosts ? ns->host[0] : NULL;
}

void ns_records(struct ns *ns, const struct ns_principal *who, const dio_x_records_args *args,
		ns_recorded *recorded, void *arg)
{
	struct ns_safexd *h = NULL;
	struct records *q = NULL;
	struct dio_status st = { 0 };

	if (!who->local || (args->cd && !may_see_app(ns, who, args->cd)))
		dio_status_set(&st, DIO_E_DENIED, "the caller may not see these records");
	else if (!(h = records_host(ns, args->cd)))
		dio_status_set(&st, DIO_E_NO_HOST, "the nameserver knows no host");
	else if (!(q = malloc(sizeof(*q))))
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
