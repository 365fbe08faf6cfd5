/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values that were read lately, so that a lookup does not cost a transaction of
 * the database. It may forget any of them at any time; who changes a key makes
 * it forget.
 *
 * Thread: one.
 */
#ifndef NS_CACHE_H
#define NS_CACHE_H

#include "ns_store.h"

#define NS_CACHE_SLOTS	4096
#define NS_CACHE_VALUE	4096	/* bytes; larger ones are not kept */

struct ns_cache;

struct ns_cache *ns_cache_new(void);	/* NULL: out of memory */
void ns_cache_free(struct ns_cache *c);	/* NULL is fine */

/* A copy. 0, -ENOENT: it does not know, -ENOMEM. */
int ns_cache_get(const struct ns_cache *c, const char *key, struct ns_value *out);
void ns_cache_keep(struct ns_cache *c, const char *key, const struct ns_value *v);
void ns_cache_forget(struct ns_cache *c, const char *key);
/* All that t changes. */
void ns_cache_forget_changed(struct ns_cache *c, const struct ns_txn *t);

#endif
