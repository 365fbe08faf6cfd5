/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit records of this host, the latest of them: what the kernel reports and
 * what failed on the way there, under one numbering. A gap is records lost.
 */
#ifndef SX_RECORDS_H
#define SX_RECORDS_H

#include "sx_pipeline.h"
#include "sx_request.h"

#define SX_RECORDS_KEPT	1024
#define SX_RECORDS_OF_ONE	128	/* of them, of one application, which from there on loses its own */
#define SX_RECORDS_REFUSED	64	/* of them, refused requests of one user; the latest */

struct event_base;
struct sx_records;

struct sx_told {
	struct safex_record record;
	uint64_t date;			/* of record.time: ns since 1970, as the clock was when it came here */
};

/*
 * device: /dev/safex, borrowed, or -1. numbers: path of the file from which the
 * next safexd of this boot knows which numbers were given, and up to which record
 * of the kernel; borrowed, or NULL: they begin with 1. NULL: out of memory.
 */
struct sx_records *sx_records_new(struct event_base *base, int device, const char *numbers);
void sx_records_free(struct sx_records *r);

/*
 * One of the kernel, numbered on. False: the safexd before this one has told it,
 * and its number is not above the last of those.
 */
bool sx_records_add(struct sx_records *r, const struct safex_record *record);
/* A request of uid's that a stage refused; the signature is sx_core_parts.failed's. */
void sx_records_refused(void *records, const struct sx_key *key, uid_t uid, enum sx_stage stage,
			const struct dio_status *st);

/*
 * Copies up to max records with seq >= first, of cd (0: of all), oldest first.
 * Number of them.
 */
unsigned int sx_records_get(const struct sx_records *r, uint64_t cd, uint64_t first,
			    struct sx_told *out, unsigned int max);

#endif
