// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scheduler for sched_ext that leaves all to the kernel: tasks run in the order
 * in which they came.
 */
#include "safex.bpf.h"

/* Matched by their names; st_attach() puts its number into the first. */
struct sched_ext_ops {
	__u32 timeout_ms;
	char name[128];
};

SEC(".struct_ops.link")
struct sched_ext_ops scx_ops = { .name = "safex_selftest" };
