// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that must not load; st_refused.c has the text that says why.
 */
#include "safex.bpf.h"

extern void *bpf_rdonly_cast(const void *p, __u32 type) __ksym __weak;

__s64 global;

SEC("struct_ops/monitor")
int BPF_PROG(write_ctx, struct safex_ctx *c)
{
	c->value = 1;
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(read_beyond, struct safex_ctx *c)
{
	return ((volatile __u64 *)c)[8];
}

SEC("struct_ops/monitor")
int BPF_PROG(forged, struct safex_ctx *c)
{
	return safex_cpu_reserve((struct safex_share *)c, 1000000, 10000000);
}

SEC("struct_ops/manager")
int BPF_PROG(shifted, struct safex_ctx *c, struct safex_share *share)
{
	return safex_cpu_windows((void *)share + 8);
}

SEC("struct_ops/monitor")
int BPF_PROG(number, struct safex_ctx *c)
{
	return safex_get_attribute((struct safex_ctx *)global, 0);
}

SEC("struct_ops/monitor")
int BPF_PROG(helper, struct safex_ctx *c)
{
	return bpf_get_current_pid_tgid();
}

static long step(__u64 i, void *sum)
{
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(loop_helper, struct safex_ctx *c)
{
	return bpf_loop(1 << 23, step, &global, 0);
}

SEC("struct_ops/monitor")
int BPF_PROG(any_kfunc, struct safex_ctx *c)
{
	return *(int *)bpf_rdonly_cast(c, 1);
}

SEC("struct_ops.s/monitor")
int BPF_PROG(sleeps, struct safex_ctx *c)
{
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(endless, struct safex_ctx *c)
{
	while (!is_expired(c))
		global++;
	return 0;
}

#define MONITOR(name)						\
	SEC(".struct_ops.link")					\
	struct safex_extension_ops name##_ops = { .monitor = (void *)name }

MONITOR(write_ctx);
MONITOR(read_beyond);
MONITOR(forged);
MONITOR(number);
MONITOR(helper);
MONITOR(loop_helper);
MONITOR(any_kfunc);
MONITOR(sleeps);
MONITOR(endless);

SEC(".struct_ops.link")
struct safex_manager_ops shifted_ops = { .manager = (void *)shifted };
