/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Record marking of RFC 5531, section 11: a record is fragments, each behind
 * four bytes: the top bit says "last", the rest is its length.  Pure: bytes
 * in, records out.  Memory grows with what has arrived, never with what a
 * header promises.
 */
#ifndef DIO_RECORD_H
#define DIO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIO_RECORD_MARK	4	/* bytes of a fragment's header */

/* Zeroed: an empty one. data is malloc'ed. */
struct dio_record {
	uint8_t	*data;
	size_t	 len, size;
	uint8_t	 mark[DIO_RECORD_MARK];
	unsigned mark_len;
	uint32_t left;		/* of the fragment being read */
	unsigned fragments;
	bool	 last;
};

/*
 * Takes bytes up to the end of a record; *used is how many. 1: data and len
 * are a whole record; call dio_record_next before the next feed. 0: all bytes
 * are taken, more are wanted. -EMSGSIZE (longer than DIO_RPC_RECORD_MAX),
 * -EPROTO (more than DIO_RPC_FRAGMENTS_MAX), -ENOMEM: only dio_record_free
 * may follow.
 */
int dio_record_feed(struct dio_record *r, const uint8_t *bytes, size_t n, size_t *used);

/* Forgets a whole record, and its memory unless it is small. */
void dio_record_next(struct dio_record *r);
void dio_record_free(struct dio_record *r);

/* Has a record begun whose end has not come? */
bool dio_record_partial(const struct dio_record *r);

/* The header of a record sent as one fragment of len bytes. */
void dio_record_mark(uint8_t mark[DIO_RECORD_MARK], uint32_t len);

#endif
