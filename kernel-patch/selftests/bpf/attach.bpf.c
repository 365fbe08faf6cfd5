// SPDX-License-Identifier: GPL-2.0-only
/*
 * Managers to be attached one after the other: one that uses up its budget
 * every time, and one that counts its runs in slot 0.
 */
#include "safex.bpf.h"

SEC("struct_ops/manager")
int BPF_PROG(spin, struct safex_ctx *c, struct safex_share *share)
{
	while (can_loop)
		if (is_expired(c))
			return RET(1, 13);
	return RET(2, 13);
}

SEC("struct_ops/manager")
int BPF_PROG(count, struct safex_ctx *c, struct safex_share *share)
{
	set_attribute(c, 0, get_attribute(c, 0) + 1);
	return 0;
}

SEC(".struct_ops.link")
struct safex_manager_ops spin_ops = { .manager = (void *)spin };

SEC(".struct_ops.link")
struct safex_manager_ops count_ops = { .manager = (void *)count };
