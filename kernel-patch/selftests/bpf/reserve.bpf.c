// SPDX-License-Identifier: GPL-2.0-only
/*
 * A manager that changes every reservation once per request period, between
 * 100.5 and 101 % of the target.
 * Slots: 0 target, 1 period, 2 windows seen, 3 least CPU time in a window.
 */
#include "safex.bpf.h"

SEC("struct_ops/manager")
int BPF_PROG(manager, struct safex_ctx *c, struct safex_share *share)
{
	__s64 target = get_attribute(c, 0);
	__s64 period = get_attribute(c, 1);
	__s64 seen = get_attribute(c, 2);
	__s64 least = get_attribute(c, 3);
	__s64 windows = safex_cpu_windows(share);
	__s64 used = safex_cpu_window(share, 0);
	__s64 step = windows & 1 ? target / 200 : target / 100;

	if (seen == windows)
		return 0;
	if (windows > 0 && used < least)
		set_attribute(c, 3, used);
	if (safex_cpu_reserve(share, target + step, period))
		return 0;
	set_attribute(c, 2, windows);
	return 0;
}

/*
 * One that wants more than was admitted.  Slot 2: what it is told; slot 3: its
 * share, if it may have it.
 */
SEC("struct_ops/greedy")
int BPF_PROG(greedy, struct safex_ctx *c, struct safex_share *share)
{
	__s64 target = get_attribute(c, 0);

	set_attribute(c, 2, safex_cpu_reserve(share, target * 3, get_attribute(c, 1)));
	set_attribute(c, 3, target * 3);
	return 0;
}

/* One that takes back half of the target every second period, and wants it again. */
SEC("struct_ops/swing")
int BPF_PROG(swing, struct safex_ctx *c, struct safex_share *share)
{
	__s64 target = get_attribute(c, 0);

	if (safex_cpu_windows(share) & 1)
		target /= 2;
	safex_cpu_reserve(share, target, get_attribute(c, 1));
	return 0;
}

SEC(".struct_ops.link")
struct safex_manager_ops manager_ops = { .manager = (void *)manager };

SEC(".struct_ops.link")
struct safex_manager_ops greedy_ops = { .manager = (void *)greedy };

SEC(".struct_ops.link")
struct safex_manager_ops swing_ops = { .manager = (void *)swing };
