/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What transactions on their way to the disk change. Whoever decides reads
 * through it: in memory each transaction has happened as soon as it was begun,
 * in their order, though it is answered only when it is durable. One that fails
 * takes with it, by its revision, those that compare what it would have written.
 *
 * Thread: one.
 */
#ifndef NS_PENDING_H
#define NS_PENDING_H

#include "ns_store.h"

struct ns_pending;

struct ns_pending *ns_pending_new(void);	/* NULL: out of memory */
void ns_pending_free(struct ns_pending *p);	/* NULL is fine */

/*
 * t stays where it is until ns_pending_gone(), and revision is higher than any
 * before. 0 or -ENOMEM, and then nothing has changed.
 */
int ns_pending_add(struct ns_pending *p, const struct ns_txn *t, uint64_t revision);
/* It has been written, or has failed. */
void ns_pending_gone(struct ns_pending *p, const struct ns_txn *t, uint64_t revision);

/* A copy of the key's last value. -ENOENT: deleted; -ENODATA: none changes it; -ENOMEM. */
int ns_pending_get(const struct ns_pending *p, const char *key, struct ns_value *out);
/* 0: deleted. 0 or -ENODATA. */
int ns_pending_revision(const struct ns_pending *p, const char *key, uint64_t *revision);

/* How many keys with this prefix are deleted. */
size_t ns_pending_deleted(const struct ns_pending *p, const char *prefix);
/*
 * Adds that to items, which a store has listed without it, up to limit and as
 * many more as are deleted: now they are what ns_store_list() gives. 0 or
 * -ENOMEM, and then there are none.
 */
int ns_pending_merge(const struct ns_pending *p, const char *prefix, const char *after,
		     size_t limit, struct ns_items *items);

#endif
