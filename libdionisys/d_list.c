/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings and exit records. */
#include "d_lib.h"

#include <string.h>
#include "dionisys_rpc.h"

/* Bounded by the wire: DIO_X_NAME and DIO_X_EXPLAIN are the fields' sizes less one. */
_Static_assert(sizeof(((DEntry_t *)0)->name) == DIO_X_NAME + 1, "room for a name");
_Static_assert(sizeof(((DEntry_t *)0)->program) == DIO_X_PART + 1, "room for a name");
_Static_assert(sizeof(((DRecord_t *)0)->name) == DIO_X_NAME + 1, "room for a name");
_Static_assert(sizeof(((DRecord_t *)0)->message) == DIO_X_EXPLAIN + 1, "room for a message");

static void convert_entry(const dio_x_entry *from, DEntry_t *to)
{
	const dio_x_stat *stat = &from->stat;

	memset(to, 0, sizeof(*to));
	to->kind = from->key.kind;
	to->active = from->active;
	to->cd = from->key.cd;
	strcpy(to->name, from->key.name);
	strcpy(to->second, from->key.second);
	to->period = from->period;
	to->budget = from->budget;
	to->runs = stat->runs;
	to->aborts = stat->aborts;
	to->exceptions = stat->exceptions;
	to->refused = stat->refused;
	to->events = stat->events;
	to->time_sum = stat->time_sum;
	to->time_max = stat->time_max;
	to->windows = stat->windows;
	to->violations = stat->violations;
	to->cpu_used = stat->cpu_used;
	to->charged = stat->charged;
	to->contract = stat->contract;
	to->why = stat->reason;
	to->pid = from->pid;
	strcpy(to->program, from->command);
	to->user = from->uid;
	to->unknown = from->unknown;
	to->version = from->number;
	to->previous = from->previous;
	to->failed = from->failed;
	to->cause = from->cause;
}

/* Where a listing has got to. */
struct listing {
	DEntry_t *entries;
	size_t	  n, found;
	char	  after[DIO_X_CURSOR + 1];	/* "": there is no more */
};

static int take_page(struct listing *l, const ns_list_page_result *page)
{
	u_int i;

	/* Else it would never end. */
	if (page->next[0] && !strcmp(page->next, l->after))
		return d_fail(DIO_E_PROTOCOL, "the nameserver tells the same page again");
	for (i = 0; i < page->entries.entries_len; i++, l->found++)
		if (l->found < l->n)
			convert_entry(&page->entries.entries_val[i], &l->entries[l->found]);
	strcpy(l->after, page->next);
	return 0;
}

static int ask_page(struct listing *l, DClass_Descr_t cd, unsigned int kind, d_deadline deadline)
{
	static const struct d_procedure list = { NS_LIST_PAGE, (xdrproc_t)xdr_ns_list_page_args,
						 (xdrproc_t)xdr_ns_list_page_result };
	ns_list_page_args args = { .kind = kind, .cd = cd, .after = l->after };
	ns_list_page_result result = { 0 };
	int err = d_nameserver_call(&list, &args, &result, deadline);

	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err)
		err = take_page(l, &result);
	xdr_free((xdrproc_t)xdr_ns_list_page_result, &result);
	return err;
}

int DList(DClass_Descr_t cd, unsigned int kind, DEntry_t *entries, size_t n, size_t *found)
{
	struct listing l = { .entries = entries, .n = n };
	d_deadline deadline = d_deadline_of(0);
	int err;

	if (!found || (n && !entries))
		return d_fail(DIO_E_INVALID, "there is no place for the listing: NULL");
	do
		err = ask_page(&l, cd, kind, deadline);
	while (!err && l.after[0]);
	if (!err)
		*found = l.found;
	return err;
}

static void convert_record(const dio_x_record *from, DRecord_t *to)
{
	memset(to, 0, sizeof(*to));
	to->seq = from->seq;
	to->time = from->time;
	to->date = from->date;
	to->cd = from->cd;
	to->stage = from->stage;
	to->kind = from->kind;
	to->line = from->line;
	to->count = from->count;
	to->code = from->code;
	strcpy(to->name, from->name);
	strcpy(to->message, from->message);
}

int DRecords(DClass_Descr_t cd, uint64_t first, DRecord_t *records, size_t n, size_t *found)
{
	static const struct d_procedure proc = { NS_RECORDS, (xdrproc_t)xdr_dio_x_records_args,
						 (xdrproc_t)xdr_dio_x_records_result };
	dio_x_records_args args = { .cd = cd, .first = first };
	dio_x_records_result result = { 0 };
	size_t i;
	int err;

	if (!found || (n && !records))
		return d_fail(DIO_E_INVALID, "there is no place for the records: NULL");
	err = d_nameserver_call(&proc, &args, &result, d_deadline_of(0));
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err) {
		*found = result.records.records_len;
		for (i = 0; i < *found && i < n; i++)
			convert_record(&result.records.records_val[i], &records[i]);
	}
	xdr_free((xdrproc_t)xdr_dio_x_records_result, &result);
	return err;
}
