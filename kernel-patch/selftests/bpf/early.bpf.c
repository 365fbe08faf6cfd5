// SPDX-License-Identifier: GPL-2.0-only
/*
 * Managers that ask for runs between their ticks and count both.
 * Slots: 0 runs at ticks, 1 between them, 2 ns to ask for, 3 ns between runs.
 */
#include "safex.bpf.h"

static __u64 before;

static __always_inline void count(struct safex_ctx *c, struct safex_share *share)
{
	if (c->event) {
		set_attribute(c, 1, get_attribute(c, 1) + 1);
		set_attribute(c, 3, c->now - before);
	} else {
		set_attribute(c, 0, get_attribute(c, 0) + 1);
	}
	before = c->now;
	safex_next_tick(share, 1);
	safex_next_tick(share, get_attribute(c, 2));
}

SEC("struct_ops/manager")
int BPF_PROG(early, struct safex_ctx *c, struct safex_share *share)
{
	count(c, share);
	return 0;
}

/* 9,000 instructions, which leave no room for a third run in 50 us. */
SEC("struct_ops/manager")
int BPF_PROG(busy, struct safex_ctx *c, struct safex_share *share)
{
	count(c, share);
	asm volatile(".rept 9000; r1 = 0; .endr" ::: "r1");
	return 0;
}

/* Of a class that asks for less than nothing it uses up the budget. */
SEC("struct_ops/manager")
int BPF_PROG(outlier, struct safex_ctx *c, struct safex_share *share)
{
	if (get_attribute(c, 2) >= 0) {
		count(c, share);
		return 0;
	}
	while (can_loop)
		if (is_expired(c))
			return RET(1, 53);
	return RET(2, 53);
}

SEC(".struct_ops.link")
struct safex_manager_ops outlier_ops = { .manager = (void *)outlier };

SEC(".struct_ops.link")
struct safex_manager_ops early_ops = { .manager = (void *)early };

SEC(".struct_ops.link")
struct safex_manager_ops busy_ops = { .manager = (void *)busy };
