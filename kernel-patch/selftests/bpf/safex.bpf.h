/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs of the tests share.  Field names must match the module's
 * safex_ops.h; offsets are relocated when a program is loaded.
 */
#ifndef _SAFEX_BPF_H
#define _SAFEX_BPF_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type { BPF_MAP_TYPE_HASH_UNUSED };

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)
struct safex_ctx {
	__u32 expired;
	__u32 event;
	__u64 zero;
	__u64 now;
	__s64 value;
	__u32 set[2];
	__s64 attr[64];
	__u32 line[64];
};

struct safex_guard_ctx {
	__u32 expired;
	__u32 slot;
	__u64 zero;
	__u64 now;
	__u64 last;
	__s64 value;
	__s64 old;
	__s64 others_ppm;
	__s64 cap_ppm;
	__u32 maps, unused;
	__s64 mapped;
	__s64 attr[64];
};
#pragma clang attribute pop

/* Complete, if empty: a forward declaration is another BTF kind to libbpf. */
struct safex_share {
};

struct safex_extension_ops {
	__u32 id;
	int (*monitor)(struct safex_ctx *ctx);
	int (*handler)(struct safex_ctx *ctx);
};

struct safex_manager_ops {
	__u32 id;
	int (*manager)(struct safex_ctx *ctx, struct safex_share *share);
};

struct safex_guard_ops {
	__u32 id;
	int (*guard)(struct safex_guard_ctx *ctx);
};

extern int safex_raise_event(struct safex_ctx *ctx, __u32 event,
			     __s64 value) __ksym;
extern int safex_catch(struct safex_ctx *ctx) __ksym;
extern __u64 safex_cpu_used(struct safex_share *share) __ksym;
extern __u64 safex_cpu_window(struct safex_share *share, __u32 back) __ksym;
extern __u64 safex_cpu_windows(struct safex_share *share) __ksym;
extern __u64 safex_cpu_current(struct safex_share *share) __ksym;
extern __u64 safex_cpu_rest(struct safex_share *share) __ksym;
extern int safex_next_tick(struct safex_share *share, __u64 ns) __ksym;
extern __u64 safex_cpu_violations(struct safex_share *share) __ksym;
extern int safex_cpu_reserve(struct safex_share *share, __u64 runtime,
			     __u64 period) __ksym;
extern void bpf_throw(__u64 cookie) __ksym;

/* Of a slot that is a constant.  Where in the source it was set is for records. */
#define get_attribute(c, slot)	(*(volatile __s64 *)&(c)->attr[slot])
#define set_at(c, slot, v, where)				\
	({							\
		(c)->attr[slot] = (v);				\
		(c)->line[slot] = (where);			\
		(c)->set[(slot) / 32] |= 1u << (slot) % 32;	\
	})
#define set_attribute(c, slot, v)	set_at(c, slot, v, 0)

/* What a guard sets with the write. */
#define map_to(c, slot, v)					\
	({							\
		(c)->mapped = (v);				\
		(c)->maps = (slot) + 1;				\
	})

#define RET(kind, line)	(((kind) << 24) | (line))

/* False once the verifier's loop bound is reached (8 million rounds). */
#define can_loop						\
	({							\
		__label__ stop, on;				\
		_Bool more = 1;					\
		asm volatile goto("may_goto %l[stop]" :::: stop); \
		goto on;					\
	stop:							\
		more = 0;					\
	on:;							\
		more;						\
	})

#define is_expired(c)	(*(volatile __u32 *)&(c)->expired)

char _license[] SEC("license") = "GPL";

#endif
