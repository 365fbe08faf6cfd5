/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pipeline result as bytes: what a worker writes into its socket and the
 * cache into a file. Of this build and machine only, and checked on the way
 * in: a worker reads hostile objects and may have been taken over.
 */
#ifndef SX_PACK_H
#define SX_PACK_H

#include "sx_pipeline.h"

/* Bytes of the largest result. */
#define SX_PACK_MAX	(2 * SX_OBJECT_MAX + 128 * 1024)

/* *out is malloc'ed and the caller's. 0 or -ENOMEM, -EFBIG. */
int sx_pack(const struct sx_result *result, uint8_t **out, size_t *size);

/* 0, or -EPROTO, -ENOMEM with an empty result. To be released either way. */
int sx_unpack(const uint8_t *data, size_t size, struct sx_result *result);

#endif
