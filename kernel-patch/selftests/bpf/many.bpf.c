// SPDX-License-Identifier: GPL-2.0-only
/*
 * One program for a hundred monitors: loading is what takes its time.  WORK
 * is what it does.
 */
#include "safex.bpf.h"

#ifndef WORK
#define WORK(c) safex_raise_event(c, 1, get_attribute(c, 0))
#endif

SEC("struct_ops/monitor")
int BPF_PROG(monitor, struct safex_ctx *c)
{
	WORK(c);
	return 0;
}

#define ONE(n)							\
	SEC(".struct_ops.link")					\
	struct safex_extension_ops monitor_##n = { .monitor = (void *)monitor };
#define TEN(n)	ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3) ONE(n##4)	\
		ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)

TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)
