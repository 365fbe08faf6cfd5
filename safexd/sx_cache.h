/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of the pipeline by digest: the latest in memory, all in a directory
 * that only safexd may write. What cannot be read or is not sound is a miss.
 */
#ifndef SX_CACHE_H
#define SX_CACHE_H

#include "sx_pipeline.h"

#define SX_CACHE_ENTRIES	32	/* in memory */
#define SX_CACHE_FILES		512	/* in the directory; the one not used for longest goes first */

struct sx_cache;

/* dir: "" for memory only. NULL: out of memory. */
struct sx_cache *sx_cache_new(const char *dir);
void sx_cache_free(struct sx_cache *c);

/* 0 with a copy that is the caller's to release, or -ENOENT. */
int sx_cache_get(struct sx_cache *c, const uint8_t digest[SX_DIGEST],
		 struct sx_result *result);
/* Only of a success. A full disk is logged and is no failure. */
void sx_cache_put(struct sx_cache *c, const uint8_t digest[SX_DIGEST],
		  const struct sx_result *result);

#endif
