/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which additions make a pointer into a variable, and how far they may reach:
 *
 *	r3 = table ll
 *	r3 += r2	<- r2 must leave all that follows within table
 *	r1 = *(u64 *)(r3 + 8)
 *
 * The check serves the author (an index out of range ends the activation with
 * its line) and the verifier, which then knows how large r2 can be.  Of the
 * frame, where arrays have no names, it only serves the verifier: what is
 * reached is the compiler's part of it, and the compiler checks the index.
 */
#ifndef SX_BOUNDS_H
#define SX_BOUNDS_H

#include "sx_asm.h"

struct sx_bound {
	bool wanted;
	int base;			/* register with the variable's address ... */
	const char *name;		/* ... that is this, NULL: r10 ... */
	int64_t offset;			/* ... and this many bytes */
	int index;			/* the other register ... */
	int64_t low, high;		/* ... that may be this, signed; none if low > high ... */
	int unit;			/* ... and is a multiple of this, a power of 2 */
};

/*
 * target: by line, of each jump. frame: bytes below r10 that are the compiler's.
 * bounds: by line, zeroed by the caller. 0 or -ENOMEM.
 */
int sx_bounds_find(const struct sx_asm *a, const long *target, int frame, struct sx_bound *bounds);

#endif
