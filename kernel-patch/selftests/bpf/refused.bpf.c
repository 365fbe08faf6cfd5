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
int BPF_PROG(write_seal, struct safex_ctx *c)
{
	((volatile __u64 *)c)[101] = 0;
	return 0;
}

/* From what may be written into what may not. */
SEC("struct_ops/monitor")
int BPF_PROG(write_across, struct safex_ctx *c)
{
	*(volatile __u64 *)((void *)c + 804) = 0;
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(write_any, struct safex_ctx *c)
{
	c->attr[c->event & 63] = 1;
	return 0;
}

SEC("struct_ops/guard")
int BPF_PROG(write_value, struct safex_guard_ctx *c)
{
	c->attr[3] = 1;
	return 0;
}

SEC("struct_ops/manager")
int BPF_PROG(write_share, struct safex_ctx *c, struct safex_share *share)
{
	*(volatile __u32 *)share = 7;
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(read_beyond, struct safex_ctx *c)
{
	return ((volatile __u64 *)c)[110];
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
	return safex_catch((struct safex_ctx *)global);
}

SEC("struct_ops/monitor")
int BPF_PROG(helper, struct safex_ctx *c)
{
	return bpf_get_current_pid_tgid();
}

#define BPF_MAP_TYPE_ARRAY	2

/* A value may be as large as memory: a call that copies it has no end in sight. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

SEC("struct_ops/monitor")
int BPF_PROG(update, struct safex_ctx *c)
{
	__u64 value = 1;
	__u32 key = 0;

	return bpf_map_update_elem(&table, &key, &value, 0);
}

SEC("struct_ops/monitor")
int BPF_PROG(delete, struct safex_ctx *c)
{
	__u32 key = 0;

	return bpf_map_delete_elem(&table, &key);
}

SEC("struct_ops/monitor")
int BPF_PROG(too_long, struct safex_ctx *c)
{
	asm volatile(".rept 32768; r1 = 0; .endr" ::: "r1");
	return 0;
}

/* The verifier follows all of them, and takes it; none looks at the time. */
#define turns()								\
	asm volatile("r1 = 1000;"					\
		     "round_%=:"					\
		     "r1 += -1;"					\
		     "if r1 != 0 goto round_%=;"			\
		     ::: "r1")

SEC("struct_ops/monitor")
int BPF_PROG(unchecked, struct safex_ctx *c)
{
	turns();
	return 0;
}

/* The outer loop looks, the one within does not. */
SEC("struct_ops/monitor")
int BPF_PROG(unchecked_within, struct safex_ctx *c)
{
	while (can_loop && !is_expired(c))
		turns();
	return 0;
}

/* It looks, in both ways, and goes on. */
SEC("struct_ops/monitor")
int BPF_PROG(unheeded, struct safex_ctx *c)
{
	int i = 0;

	while (i < 1000) {
		if (!can_loop)
			i += 3;
		if (is_expired(c))
			i++;
		else
			i += 2;
	}
	return 0;
}

#define TEN(x)		x x x x x x x x x x

/* Functions of its own, which call each other: a thousand calls of each other's. */
static __attribute__((noinline)) int ten(struct safex_ctx *c)
{
	TEN(safex_raise_event(c, 1, 1);)
	return 0;
}

static __attribute__((noinline)) int hundred(struct safex_ctx *c)
{
	TEN(ten(c);)
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(own_functions, struct safex_ctx *c)
{
	TEN(hundred(c);)
	return 0;
}

#define FOUR(x)		x x x x
#define THOUSAND(x)	FOUR(FOUR(FOUR(FOUR(FOUR(x)))))

/* No loop, and no look at the time for 1025 calls. */
SEC("struct_ops/monitor")
int BPF_PROG(calls, struct safex_ctx *c)
{
	THOUSAND(safex_raise_event(c, 1, 1);)
	return safex_raise_event(c, 1, 1);
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
MONITOR(write_seal);
MONITOR(write_across);
MONITOR(write_any);
MONITOR(read_beyond);
MONITOR(forged);
MONITOR(number);
MONITOR(helper);
MONITOR(update);
MONITOR(delete);
MONITOR(too_long);
MONITOR(unchecked);
MONITOR(unchecked_within);
MONITOR(own_functions);
MONITOR(unheeded);
MONITOR(calls);
MONITOR(loop_helper);
MONITOR(any_kfunc);
MONITOR(sleeps);
MONITOR(endless);

SEC(".struct_ops.link")
struct safex_manager_ops shifted_ops = { .manager = (void *)shifted };

SEC(".struct_ops.link")
struct safex_manager_ops write_share_ops = { .manager = (void *)write_share };

SEC(".struct_ops.link")
struct safex_guard_ops write_value_ops = { .guard = (void *)write_value };
