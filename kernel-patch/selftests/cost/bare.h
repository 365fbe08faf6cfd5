/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function of this directory is without checks: a loop that the
 * verifier follows to its end.  It knows the number of turns, clang doesn't.
 */
#ifndef _BARE_H
#define _BARE_H

#include "safex.bpf.h"

typedef __s64 s64;

/* Defined first, so that work() can use it as the language of extensions does. */
#define raise_event(name, v)	safex_raise_event(self, 1, v)
#define work(n)			__always_inline work(struct safex_ctx *self, n)

#define BARE(turns)							\
	static const volatile s64 turns_##turns = turns;		\
	SEC("struct_ops/monitor")					\
	int BPF_PROG(monitor_##turns, struct safex_ctx *self)		\
	{								\
		get_attribute(self, 0);					\
		set_attribute(self, 1, (work)(self, turns_##turns));	\
		return 0;						\
	}								\
	SEC(".struct_ops.link")						\
	struct safex_extension_ops bare_##turns = {			\
		.monitor = (void *)monitor_##turns,			\
	};

#endif
