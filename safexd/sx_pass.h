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

/* Each writes line i of the program, with what belongs before it. 0 or -errno. */
int sx_check_loop(struct sx_pass *p, size_t i);		/* a jump that closes a loop */
int sx_check_jump(struct sx_pass *p, size_t i);		/* any other */
int sx_check_division(struct sx_pass *p, size_t i);
int sx_check_bound(struct sx_pass *p, size_t i);	/* index added to an address */
int sx_check_constant(struct sx_pass *p, size_t i);
int sx_check_stored_constant(struct sx_pass *p, size_t i);

#endif
