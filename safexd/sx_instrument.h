/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run-time checks, put into the assembly:
 *
 *	entry		the context kept in a register or the frame, a manager's
 *			share in the frame
 *	attribute	loaded from and stored into the context
 *	back edge	`expired` of the context read; the verifier's loop bound
 *	division	by zero: the activation ends
 *
 * Each check leaves with SAFEX_RET(kind, line of the source).  Constants that
 * feed loops are made opaque to the verifier, which would otherwise follow
 * each turn of a nested loop on its own (and give up).
 */
#ifndef SX_INSTRUMENT_H
#define SX_INSTRUMENT_H

#include <linux/safex.h>
#include "sx_asm.h"

/* Assembly with its checks; release it in any case. */
struct sx_checked {
	char *text;		/* malloc'ed, with a NUL behind */
	size_t size;
	size_t *start;		/* where in text each line of what was parsed begins, and the end */
};

/*
 * a: parsed, names resolved. timed: the kernel's may_goto ends with the
 * reservation (SAFEX_FEATURE_MAY_GOTO) and is the only check at back edges.
 * 0, or -errno with status set.
 */
int sx_instrument(const struct sx_asm *a, enum safex_kind role, bool timed, const char *file,
		  struct sx_checked *out, struct dio_status *status);
void sx_checked_release(struct sx_checked *checked);

/* 0 if the program is one function that calls only what its role may. */
int sx_shape_check(const struct sx_asm *a, enum safex_kind role, const struct sx_text *source,
		   struct dio_status *status);

#endif
