// SPDX-License-Identifier: GPL-2.0-only
/* Monitors that take some hundred microseconds each time, and some ten. */
#include "safex.bpf.h"

#define LONG	20000	/* rounds */
#define SHORT	800

static __always_inline int turn(struct safex_ctx *c, __u64 rounds)
{
	__u64 i = c->zero;	/* which the verifier does not know */

	while (can_loop) {
		if (is_expired(c))
			return RET(1, 17);
		if (++i == rounds)
			break;
	}
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(monitor, struct safex_ctx *c)
{
	return turn(c, LONG);
}

SEC("struct_ops/monitor")
int BPF_PROG(brief, struct safex_ctx *c)
{
	return turn(c, SHORT);
}

SEC(".struct_ops.link")
struct safex_extension_ops monitor_ops = { .monitor = (void *)monitor };

SEC(".struct_ops.link")
struct safex_extension_ops brief_ops = { .monitor = (void *)brief };
