// SPDX-License-Identifier: GPL-2.0-only
/* A monitor that takes some hundred microseconds each time. */
#include "safex.bpf.h"

#define ROUNDS	20000

SEC("struct_ops/monitor")
int BPF_PROG(monitor, struct safex_ctx *c)
{
	__u64 i = c->zero;	/* which the verifier does not know */

	while (can_loop) {
		if (is_expired(c))
			return RET(1, 15);
		if (++i == ROUNDS)
			break;
	}
	return 0;
}

SEC(".struct_ops.link")
struct safex_extension_ops monitor_ops = { .monitor = (void *)monitor };
