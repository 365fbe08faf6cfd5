/* SPDX-License-Identifier: GPL-2.0-only */
/* What the instrument stage must know of a whole program before it writes the first line. */
#ifndef SX_PLAN_H
#define SX_PLAN_H

#include "sx_asm.h"
#include "sx_bounds.h"

struct sx_plan {
	long *target;			/* of a jump, by line: its label's line */
	bool *back;			/* by line: jump that closes a loop */
	unsigned int *inside;		/* by line: jumps that close the loops it is in */
	struct sx_bound *bounds;	/* by line */
	bool loops;			/* there is one */
	int reach;			/* bytes an access may go beyond a checked index, 0: none is */
	bool strings;			/* string literals are used as data */
	bool catches;			/* exceptions */
	int frame;			/* bytes below r10 that the compiler uses */
	int self, share, spill;		/* our words: bytes below r10 */
	int kept;			/* register with the context in place of self, or none */
	int caught, cause;		/* more of them, if it catches: 1 once it has, and what */
	int scratch;			/* register for checks */
	bool scratch_used;		/* by the program: to be saved around a check */
};

/* 0, or -errno with status set (but for -ENOMEM). Release in both cases. */
int sx_plan_make(struct sx_plan *plan, const struct sx_asm *a, const char *file,
		 struct dio_status *status);
void sx_plan_release(struct sx_plan *plan);

#endif
