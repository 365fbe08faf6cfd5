/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A job as bytes: what the front hands to a worker. Of this build and machine
 * only; checked on the way in, though nobody but the front writes it.
 */
#ifndef SX_JOB_H
#define SX_JOB_H

#include "sx_pipeline.h"

#define SX_JOB_FILE	256	/* bytes of a file's name with the NUL; the rest is cut off */

/* Bytes of the largest job. */
#define SX_JOB_MAX	(64 + SAFEX_ATTRS_MAX * sizeof(struct safex_attr) + SX_JOB_FILE + SX_SOURCE_MAX)

/* out: SX_JOB_MAX bytes. 0 or -EFBIG. */
int sx_job_pack(const struct sx_job *job, uint8_t *out, size_t *size);

/* data is aligned as for a uint64_t, and what the job points to is in it. 0 or -EPROTO. */
int sx_job_unpack(const uint8_t *data, size_t size, struct sx_job *job);

#endif
