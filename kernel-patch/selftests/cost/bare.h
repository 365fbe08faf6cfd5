/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function of this directory is with no check but the one look at the time
 * without which no loop is let into the kernel; and with two of them, which tells
 * what one costs (twice.h).  The verifier knows the number of turns, clang doesn't.
 */
#ifndef _BARE_H
#define _BARE_H

#include "safex.bpf.h"

typedef __s64 s64;

/* Defined first, so that work() can use it as the language of extensions does. */
#define raise_event(name, v)	safex_raise_event(self, 1, v)
#define work(n)			__always_inline work(struct safex_ctx *self, n)

#ifdef TIMED
#define LOOK			is_expired(self) || !can_loop
#else
#define LOOK			is_expired(self)
#endif

#define for(...)		for (__VA_ARGS__) if (LOOK) break; else

#define MONITOR(name, function, turns)					\
	static const volatile s64 name##_of_##turns = turns;		\
	SEC("struct_ops/monitor")					\
	int BPF_PROG(monitor_##name##_##turns, struct safex_ctx *self)	\
	{								\
		get_attribute(self, 0);					\
		set_attribute(self, 1, (function)(self, name##_of_##turns)); \
		return 0;						\
	}								\
	SEC(".struct_ops.link")						\
	struct safex_extension_ops name##_##turns = {			\
		.monitor = (void *)monitor_##name##_##turns,		\
	};

#endif
