/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel and an extension agree on: types, contexts, calls.  Same as
 * kernel-patch/safex/safex_ops.h, but for what only safexd's own instructions
 * look into.  Extension sources include extension.h or manager.h instead.
 *
 * The names that begin with "safex_" inside asm below are no instructions:
 * safexd's instrument stage puts the real ones there, once it has checked them
 * against the attributes of the class.  The last operand is the address of
 * the name.
 */
#ifndef SAFEX_KERNEL_H
#define SAFEX_KERNEL_H

#include <safex/types.h>

struct safex_ctx {
	u32 expired;
	u32 event;
	u64 zero;
	u64 now;
	s64 value;
};

struct safex_guard_ctx {
	u32 expired;
	u32 slot;
	u64 zero;
	u64 now;
	u64 last;
	s64 value;
	s64 old;
	s64 others_ppm;
	s64 cap_ppm;
	u32 maps, unused;
	s64 mapped;
	s64 attr[64];
};

/* Not looked into, but complete: the loader compares kinds of types with the kernel's. */
struct safex_share {
	u32 opaque;
};

struct safex_extension_ops {
	u32 id;
	int (*monitor)(struct safex_ctx *ctx);
	int (*handler)(struct safex_ctx *ctx);
};

struct safex_manager_ops {
	u32 id;
	int (*manager)(struct safex_ctx *ctx, struct safex_share *share);
};

struct safex_guard_ops {
	u32 id;
	int (*guard)(struct safex_guard_ctx *ctx);
};

#define SAFEX_KFUNC extern __attribute__((section(".ksyms")))
#define SAFEX_PROGRAM(member) __attribute__((section("struct_ops/" member), used))
#define SAFEX_OBJECT __attribute__((section(".struct_ops.link"), used))
/* Internal, so that it is made part of the entry or reported missing. */
#define SAFEX_ENTRY __attribute__((internal_linkage)) void

/* The capabilities: only an entry that was handed one can name it. */
#define SAFEX_POINTER(what, type)                                                                  \
	__extension__({                                                                            \
		type *safex_p_;                                                                    \
		asm volatile("%0 = " what : "=r"(safex_p_));                                       \
		safex_p_;                                                                          \
	})
#define SAFEX_SELF SAFEX_POINTER("safex_self", struct safex_ctx)
#define SAFEX_SHARE SAFEX_POINTER("safex_share", struct safex_share)

/*
 * Ends this activation, as an exception (section 3.2 of the paper): what it
 * set and raised is dropped, and it is counted and reported with its line.
 * Any program; does not return.
 */
#define safex_throw()                                                                              \
	do {                                                                                       \
		asm volatile("safex_throw" : : : "r0");                                            \
		__builtin_unreachable();                                                           \
	} while (0)

#endif
