// SPDX-License-Identifier: GPL-2.0-only
/*
 * A monitor that ends three times in one way, once in another, then well, and one
 * that ends in another way each time.
 */
#include "safex.bpf.h"

SEC("struct_ops/monitor")
int BPF_PROG(thrice, struct safex_ctx *c)
{
	static int runs;

	switch (runs++) {
	case 0:
	case 1:
	case 2:
		return 5;
	case 3:
		return 7;
	}
	runs = 4;
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(noise, struct safex_ctx *c)
{
	static unsigned int runs;

	return 1 + runs++ % 100;
}

SEC(".struct_ops.link")
struct safex_extension_ops noise_ops = { .monitor = (void *)noise };

SEC(".struct_ops.link")
struct safex_extension_ops thrice_ops = { .monitor = (void *)thrice };
