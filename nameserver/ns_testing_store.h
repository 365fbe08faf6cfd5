/* SPDX-License-Identifier: GPL-2.0-only */
/* A database in a directory of its own, for tests; and commits that are waited for. */
#ifndef NS_TESTING_STORE_H
#define NS_TESTING_STORE_H

#include "dio_dir.h"
#include "ns_store.h"

struct ns_disk {
	char		   dir[DIO_DIR_MAX], file[96];
	struct event_base *base;
	struct ns_store	  *s;		/* NULL: closed */
};

struct ns_outcome {
	int	 calls, err;		/* of done() */
	uint64_t revision;
};

/* The directory; name: what it begins with. */
void ns_disk_make(struct ns_disk *d, const char *name);
int ns_disk_open(struct ns_disk *d);		/* as ns_store_sqlite_open() */
void ns_disk_close(struct ns_disk *d);
void ns_disk_reopen(struct ns_disk *d);
/* Closes and removes all; the directory must have nothing else. */
void ns_disk_remove(struct ns_disk *d);

/* An ns_store_done; arg: a struct ns_outcome. */
void ns_disk_done(void *arg, int err, uint64_t revision);
/* Commits and ends t: how it was answered. */
struct ns_outcome ns_disk_commit(struct ns_disk *d, struct ns_txn *t);
/* One key, which must succeed: its revision. */
uint64_t ns_disk_put(struct ns_disk *d, const char *key, const char *text);

#endif
