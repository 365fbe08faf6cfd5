/* SPDX-License-Identifier: GPL-2.0-only */
/* The pass of the instrument stage, inside: sx_instrument.c walks, sx_checks.c writes. */
#ifndef SX_PASS_H
#define SX_PASS_H

#include <stdio.h>
#include <linux/safex.h>
#include "sx_plan.h"

#define SX_STUBS_MAX	4096

/* An exit for one cause and line, behind the program. */
struct sx_stub {
	enum safex_end kind;
	unsigned int line;
};

struct sx_pass {
	const struct sx_asm *a;
	enum safex_kind role;
	const char *file;
	struct dio_status *status;
	FILE *out;
	struct sx_plan plan;
	bool timed;			/* may_goto ends with the reservation */
	bool entered;			/* prologue is out */
	bool index;			/* safex_index is used */
	long moved;			/* line of a label that went before it */
	struct sx_stub *stubs;
	size_t n_stubs;
};

/* -EINVAL, with status set. */
int sx_pass_fail(const struct sx_pass *p, unsigned int line, const char *what);

/* The author's line of line i of the assembly, or of the nearest before it; 0: none. */
unsigned int sx_pass_line(const struct sx_pass *p, size_t i);

/* Leaves by an exception of this kind and line. 0 or -EINVAL. */
int sx_check_raise(struct sx_pass *p, enum safex_end kind, unsigned int line);

/* sx_catch.c: where a program goes on that has an exception to catch ... */
int sx_catch_begin(struct sx_pass *p, size_t i);	/* at line i. 0 or -EINVAL */
void sx_catch_exit(struct sx_pass *p, const struct sx_stub *stub);	/* how it gets there, or ends */
void sx_catch_end(struct sx_pass *p);			/* behind the program */

/* Writes to a register 0, of which the verifier knows nothing. */
void sx_check_unknown_zero(const struct sx_pass *p, int reg);
/*
 * Jumps to label if the time is up. The kernel knows a look at the time by these
 * instructions: the load, and right behind it the jump.
 */
void sx_check_expired(const struct sx_pass *p, int reg, const char *label);

/* Each writes line i of the program, with what belongs before it. 0 or -errno. */
int sx_check_loop(struct sx_pass *p, size_t i);		/* a jump that closes a loop */
int sx_check_jump(struct sx_pass *p, size_t i);		/* any other */
int sx_check_failed(struct sx_pass *p, size_t i);	/* a check of the compiler's */
int sx_check_division(struct sx_pass *p, size_t i);
int sx_check_bound(struct sx_pass *p, size_t i);	/* index added to an address */
int sx_check_constant(struct sx_pass *p, size_t i);
int sx_check_stored_constant(struct sx_pass *p, size_t i);

#endif
