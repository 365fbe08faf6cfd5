// SPDX-License-Identifier: GPL-2.0-only
/*
 * A monitor that raises as many events as it may, a handler that writes slot 1
 * for each, and a guard that only looks at the share of slot 2 in a period of
 * 100 ms.
 */
#include "safex.bpf.h"

#define EVENTS	16
#define PERIOD	100000000ll

SEC("struct_ops/monitor")
int BPF_PROG(monitor, struct safex_ctx *c)
{
	int i;

#pragma unroll
	for (i = 0; i < EVENTS; i++)
		safex_raise_event(c, 1, i);
	return safex_raise_event(c, 1, i) == -28 ? 0 : RET(4, 21);
}

SEC("struct_ops/handler")
int BPF_PROG(handler, struct safex_ctx *c)
{
	set_attribute(c, 1, c->value + 1);
	return 0;
}

/* The first event takes all of its time. */
SEC("struct_ops/handler")
int BPF_PROG(outlier, struct safex_ctx *c)
{
	static _Bool once;

	if (once)
		return 0;
	once = 1;
	while (can_loop)
		if (is_expired(c))
			return RET(1, 38);
	return RET(2, 38);
}

SEC("struct_ops/guard")
int BPF_PROG(guard, struct safex_guard_ctx *c)
{
	if (c->slot == 2 &&
	    c->others_ppm + c->value * 1000000 / PERIOD > c->cap_ppm)
		return 5;
	return 0;
}

SEC(".struct_ops.link")
struct safex_extension_ops monitor_ops = { .monitor = (void *)monitor };

SEC(".struct_ops.link")
struct safex_extension_ops handler_ops = { .handler = (void *)handler };

SEC(".struct_ops.link")
struct safex_extension_ops outlier_ops = { .handler = (void *)outlier };

SEC(".struct_ops.link")
struct safex_guard_ops guard_ops = { .guard = (void *)guard };
