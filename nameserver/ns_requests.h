/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which answers to requests the database may have, so that one that is sent for
 * the first time need not be looked for there: that would be the dearest part of
 * a small request. Some thousand that never were pass for there, none that is for
 * absent, until it is too old to be asked for (NS_REQUEST_KEEP_NS).
 *
 * Memory: NS_REQUESTS_BITS twice, all of it from the beginning. Thread: the loop's.
 */
#ifndef NS_REQUESTS_H
#define NS_REQUESTS_H

#include <stdbool.h>

#include "ns_store.h"

#define NS_REQUEST_KEEP_NS	(600ull * 1000000000)
#define NS_REQUESTS_BITS	(1u << 23)	/* for a million, one of 70 is wrong */
#define NS_REQUESTS_READ	16384		/* rows at a start; of more it knows nothing for a while */

struct ns_requests;

/* Reads what s has. now: ns of CLOCK_BOOTTIME. NULL: out of memory. */
struct ns_requests *ns_requests_new(struct ns_store *s, uint64_t now);
void ns_requests_free(struct ns_requests *r);	/* NULL is fine */

/* key: of ns_key_request(), whose row is about to be written. */
void ns_requests_note(struct ns_requests *r, const char *key, uint64_t now);
bool ns_requests_may_have(const struct ns_requests *r, const char *key, uint64_t now);

#endif
