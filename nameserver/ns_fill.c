/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: ns-fill DATABASE ROWS
 *
 * A database as one that has served for long, for benchmarks: applications with
 * a class each, as many as a host has, of as many users, whom ns-load then is;
 * and the history of requests and of the audit log, of the last days.
 */
#include <err.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dio_log.h"
#include "ns_schema.h"

#define APPS_MAX	400
#define FIRST_UID	1000000
#define CLASS		"cpu"
#define APART_NS	100000000ull	/* between two requests */
#define AT_ONCE		256		/* transactions under way */

struct fill {
	struct ns_store *store;
	uint64_t now;			/* ns since 1970 */
	unsigned long row, rows;
	unsigned int under_way;
	struct ns_txn txn;
};

static void on_done(void *arg, int ret, uint64_t revision)
{
	struct fill *f = arg;

	(void)revision;
	if (ret)
		errx(1, "%s", strerror(-ret));
	f->under_way--;
}

static void commit(struct fill *f)
{
	f->under_way++;
	ns_store_commit(f->store, &f->txn, on_done, f);
	ns_txn_end(&f->txn);
	ns_txn_begin(&f->txn);
	if (f->under_way == AT_ONCE)
		ns_store_drain(f->store);
}

static void add_app(struct fill *f, uint64_t cd)
{
	struct ns_app app = { .cd = cd, .uid = FIRST_UID + (uid_t)cd - 1,
			      .name = "bench", .created = f->now };
	struct ns_object *class = calloc(1, sizeof(*class));

	if (!class)
		errx(1, "out of memory");
	class->id = (struct ns_id){ .kind = SAFEX_KIND_CLASS, .cd = cd };
	strcpy(class->id.name.host, "local");
	strcpy(class->id.name.manager, CLASS);
	class->state = NS_COMMITTED;
	class->uid = app.uid;
	class->created = f->now;
	ns_app_put(&f->txn, &app);
	ns_object_put(&f->txn, class);
	free(class);
}

static void add_history(struct fill *f, uint64_t n)
{
	uint64_t time = f->now - n * APART_NS;
	char key[NS_KEY_MAX], none[] = "";
	ns_x_request request = { .verb = 1, .time = time, .key = { 0, n, none, none },
				 .boot = none };
	ns_x_audit audit = { .time = time, .local = 1, .uid = 1000, .pid = 1, .verb = 1,
			     .key = { 0, n, none, none } };

	ns_key_request(1000, n, key);
	ns_row_put(&f->txn, key, (xdrproc_t)xdr_ns_x_request, &request);
	ns_key_audit(0, (unsigned int)n, key);
	ns_row_put(&f->txn, key, (xdrproc_t)xdr_ns_x_audit, &audit);
}

/* Two rows. */
static void add(struct fill *f)
{
	unsigned long n = f->row / 2 + 1;

	if (n <= APPS_MAX && f->row < f->rows / 2)
		add_app(f, n);
	else
		add_history(f, n);
	f->row += 2;
	if (f->txn.n_put == NS_TXN_MAX)
		commit(f);
}

int main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct fill f = { .now = (uint64_t)time(NULL) * 1000000000ull };
	int ret;

	if (argc != 3)
		errx(2, "usage: ns-fill DATABASE ROWS");
	dio_log_open("ns-fill", DIO_LOG_ERROR);
	ret = ns_store_sqlite_open(argv[1], base, &f.store);
	if (ret)
		errx(1, "%s: %s", argv[1], strerror(-ret));
	f.rows = strtoul(argv[2], NULL, 10);
	ns_txn_begin(&f.txn);
	while (f.row < f.rows)
		add(&f);
	commit(&f);
	ns_store_close(f.store);
	event_base_free(base);
	return 0;
}
