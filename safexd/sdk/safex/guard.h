/* SPDX-License-Identifier: GPL-2.0-only */
/* For the guards that safexd generates; not for authors. */
#ifndef SAFEX_GUARD_H
#define SAFEX_GUARD_H

#include <safex/kernel.h>

/* Declared expressions wrap (sx_expr.h): a constant one is no mistake of an author's. */
#pragma clang diagnostic ignored "-Winteger-overflow"

#define GUARD SAFEX_POINTER("safex_self", struct safex_guard_ctx)

#define attr(slot) (GUARD->attr[slot])

/* What is set with this write. */
#define map_to(slot, v)                                                                            \
	__extension__({                                                                            \
		GUARD->mapped = (v);                                                               \
		GUARD->maps = (slot) + 1;                                                          \
	})

#define distance(a, b) ((a) > (b) ? (u64)(a) - (u64)(b) : (u64)(b) - (u64)(a))

/* A write that cannot be judged is refused, whatever its quotient is used for. */
#define divide(a, b)                                                                               \
	__extension__({                                                                            \
		s64 divide_a_ = (a), divide_b_ = (b);                                              \
		if (!divide_b_)                                                                    \
			return FAULT;                                                              \
		divide_a_ / divide_b_;                                                             \
	})

/* enum safex_verdict */
enum { OK, RANGE, STEP, RATE, CONTRACT, SUM, UNSAFE, RIGHTS, FAULT };

#endif
