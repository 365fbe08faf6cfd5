/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_testing_store.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

void ns_disk_make(struct ns_disk *d, const char *name)
{
	assert_int_equal(dio_dir_make(d->dir, name), 0);
	snprintf(d->file, sizeof(d->file), "%s/db", d->dir);
	d->base = event_base_new();
	assert_non_null(d->base);
}

int ns_disk_open(struct ns_disk *d)
{
	return ns_store_sqlite_open(d->file, d->base, &d->s);
}

void ns_disk_close(struct ns_disk *d)
{
	ns_store_close(d->s);
	d->s = NULL;
}

void ns_disk_reopen(struct ns_disk *d)
{
	ns_disk_close(d);
	assert_int_equal(ns_disk_open(d), 0);
}

void ns_disk_remove(struct ns_disk *d)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	char path[128];

	ns_disk_close(d);
	event_base_free(d->base);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", d->file, suffixes[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(d->dir), 0);
}

void ns_disk_done(void *arg, int err, uint64_t revision)
{
	struct ns_outcome *o = arg;

	o->calls++;
	o->err = err;
	o->revision = revision;
}

struct ns_outcome ns_disk_commit(struct ns_disk *d, struct ns_txn *t)
{
	struct ns_outcome o = { 0 };

	ns_store_commit(d->s, t, ns_disk_done, &o);
	ns_txn_end(t);
	while (!o.calls)
		event_base_loop(d->base, EVLOOP_ONCE);
	assert_int_equal(o.calls, 1);
	return o;
}

uint64_t ns_disk_put(struct ns_disk *d, const char *key, const char *text)
{
	struct ns_outcome o;
	struct ns_txn t;

	ns_txn_begin(&t);
	ns_txn_put(&t, key, text, strlen(text));
	o = ns_disk_commit(d, &t);
	assert_int_equal(o.err, 0);
	return o.revision;
}
