/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SAFEX_TYPES_H
#define SAFEX_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed char s8;
typedef short s16;
typedef int s32;
/* As <stdint.h> has them, so that pointers go together; SAFEX_LONG_LONG: for a source that says otherwise. */
#ifdef SAFEX_LONG_LONG
typedef unsigned long long u64;
typedef long long s64;
#else
typedef __UINT64_TYPE__ u64;
typedef __INT64_TYPE__ s64;
#endif
typedef _Bool bool;

/* The kernel's other names for them. */
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;
#define __always_inline inline __attribute__((always_inline))

#define true 1
#define false 0
#ifndef NULL
#define NULL ((void *)0)
#endif

/* Times are nanoseconds. */
#define US 1000LL
#define MS 1000000LL
#define SEC 1000000000LL

/*
 * Fixed point, for there is no floating point in the kernel: FX(1.3) is a
 * constant with 16 bits behind the point, fx_mul(FX(1.3), x) is 1.3 * x for
 * |1.3 * x| < 2^47, rounded down.
 */
#define FX(constant) (__builtin_constant_p(1) ? /* so that it is one wherever C wants one */           \
		      (s64)((constant) * 65536.0 + ((constant) < 0 ? -0.5 : 0.5)) : 0)
#define fx_mul(factor, x) (__extension__((factor) * (s64)(x)) >> 16)

/*
 * Of s64; each argument is evaluated once. A source that defines a function min()
 * has its own: what a macro of ours begins with, "(" or "__extension__", cannot
 * stand where a name is declared, and safexd takes it away. "({" alone would hide
 * a forgotten semicolon or parenthesis before the macro: compilers complain of what
 * is within it then.
 */
#define min(a, b)                                                                                  \
	__extension__({                                                                            \
		s64 min_a_ = (a), min_b_ = (b);                                                    \
		min_a_ < min_b_ ? min_a_ : min_b_;                                                 \
	})
#define max(a, b)                                                                                  \
	__extension__({                                                                            \
		s64 max_a_ = (a), max_b_ = (b);                                                    \
		max_a_ > max_b_ ? max_a_ : max_b_;                                                 \
	})

#endif
