/* SPDX-License-Identifier: GPL-2.0-only */
/* For the guards that safexd generates; not for authors. */
#ifndef SAFEX_GUARD_H
#define SAFEX_GUARD_H

#include <safex/kernel.h>

SAFEX_KFUNC s64 safex_guard_attribute(struct safex_guard_ctx *ctx, u32 slot);
SAFEX_KFUNC int safex_guard_map(struct safex_guard_ctx *ctx, u32 slot, s64 value);

#define GUARD SAFEX_POINTER("safex_self", struct safex_guard_ctx)

#define attr(slot) safex_guard_attribute(GUARD, slot)
#define distance(a, b) ((a) > (b) ? (u64)(a) - (u64)(b) : (u64)(b) - (u64)(a))

/* A write that cannot be judged is refused, whatever its quotient is used for. */
#define divide(a, b)                                                                               \
	({                                                                                         \
		s64 divide_a_ = (a), divide_b_ = (b);                                              \
		if (!divide_b_)                                                                    \
			return FAULT;                                                              \
		divide_a_ / divide_b_;                                                             \
	})

/* enum safex_verdict */
enum { OK, RANGE, STEP, RATE, CONTRACT, SUM, UNSAFE, RIGHTS, FAULT };

#endif
