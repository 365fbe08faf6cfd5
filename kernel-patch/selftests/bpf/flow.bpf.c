// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole round: the monitor reads input and raises it as an event, the
 * handler writes the event's value to output, the guard maps output to mapped.
 * Slots: 0 input, 1 output, 2 mapped, 3 ticks, 4 contract.
 */
#include "safex.bpf.h"

#define EVENT	0x1234
#define MAXIMUM	1000
#define UNSAFE	500

SEC("struct_ops/monitor")
int BPF_PROG(monitor, struct safex_ctx *c)
{
	safex_raise_event(c, EVENT, get_attribute(c, 0));
	return 0;
}

SEC("struct_ops/handler")
int BPF_PROG(handler, struct safex_ctx *c)
{
	if (c->event != EVENT)
		return RET(4, 100);
	set_attribute(c, 1, c->value);
	return 0;
}

/* Range first; then a value that is accepted but not safe; then the mapping. */
SEC("struct_ops/guard")
int BPF_PROG(guard, struct safex_guard_ctx *c)
{
	if (c->slot != 1)
		return 0;
	if (c->value < 0 || c->value > MAXIMUM)
		return 1;
	if (c->value == UNSAFE) {
		map_to(c, 2, -1);
		return 6;
	}
	map_to(c, 2, get_attribute(c, 0) + c->value);
	return 0;
}

SEC("struct_ops/manager")
int BPF_PROG(manager, struct safex_ctx *c, struct safex_share *share)
{
	set_attribute(c, 3, get_attribute(c, 3) + 1);
	return 0;
}

SEC(".struct_ops.link")
struct safex_extension_ops monitor_ops = { .monitor = (void *)monitor };

SEC(".struct_ops.link")
struct safex_extension_ops handler_ops = { .handler = (void *)handler };

SEC(".struct_ops.link")
struct safex_guard_ops guard_ops = { .guard = (void *)guard };

SEC(".struct_ops.link")
struct safex_manager_ops manager_ops = { .manager = (void *)manager };
