// SPDX-License-Identifier: GPL-2.0-only
/*
 * Monitors that end badly, instrumented by hand as the code generator would.
 * Each writes slot 1 first, which must leave no trace.
 */
#include "safex.bpf.h"

SEC("struct_ops/monitor")
int BPF_PROG(spin, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	while (can_loop)
		if (is_expired(c))
			return RET(1, 14);
	return RET(2, 14);
}

SEC("struct_ops/monitor")
int BPF_PROG(divide, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	bpf_throw(RET(3, 23));
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(peek, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	return get_attribute(c, 4) ? 0 : RET(4, 29);
}

SEC("struct_ops/monitor")
int BPF_PROG(poke, struct safex_ctx *c)
{
	set_at(c, 4, 77, 40);
	return 0;
}

/* As one that catches what happened after its first event and first write. */
SEC("struct_ops/monitor")
int BPF_PROG(caught, struct safex_ctx *c)
{
	safex_raise_event(c, 1, 1);
	set_attribute(c, 1, 77);
	safex_catch(c);
	safex_raise_event(c, 2, 2);
	safex_raise_event(c, 3, 3);
	set_at(c, 2, 5, 51);
	return 0;
}

SEC(".struct_ops.link")
struct safex_extension_ops caught_ops = { .monitor = (void *)caught };

SEC(".struct_ops.link")
struct safex_extension_ops spin_ops = { .monitor = (void *)spin };

SEC(".struct_ops.link")
struct safex_extension_ops divide_ops = { .monitor = (void *)divide };

SEC(".struct_ops.link")
struct safex_extension_ops peek_ops = { .monitor = (void *)peek };

SEC(".struct_ops.link")
struct safex_extension_ops poke_ops = { .monitor = (void *)poke };
