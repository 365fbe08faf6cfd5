// SPDX-License-Identifier: GPL-2.0-only
/*
 * Monitors whose loops have no check but may_goto, for a kernel that ends it
 * with the reservation.
 */
#include "safex.bpf.h"

#define nothing() asm volatile("")

SEC("struct_ops/monitor")
int BPF_PROG(forever, struct safex_ctx *c)
{
	safex_set_attribute(c, 1, 77);
	while (can_loop)
		nothing();
	return RET(2, 17);
}

SEC("struct_ops/monitor")
int BPF_PROG(nested, struct safex_ctx *c)
{
	safex_set_attribute(c, 1, 77);
	while (can_loop)
		while (can_loop)
			nothing();
	return RET(2, 27);
}

SEC("struct_ops/monitor")
int BPF_PROG(calling, struct safex_ctx *c)
{
	safex_set_attribute(c, 1, 77);
	while (can_loop)
		safex_get_attribute(c, 0);
	return RET(2, 36);
}

static __attribute__((noinline)) int spin(int line)
{
	while (can_loop)
		nothing();
	return RET(2, line);
}

SEC("struct_ops/monitor")
int BPF_PROG(below, struct safex_ctx *c)
{
	safex_set_attribute(c, 1, 77);
	return spin(50);
}

/* The same 1000 rounds of three instructions without and with may_goto. */
SEC("struct_ops/monitor")
int BPF_PROG(plain, struct safex_ctx *c)
{
	asm volatile("r1 = 1000;"
		     "round_%=:"
		     "r1 += -1;"
		     "if r1 != 0 goto round_%=;"
		     ::: "r1");
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(bounded, struct safex_ctx *c)
{
	asm volatile("r1 = 1000;"
		     "round_%=:"
		     "may_goto end_%=;"
		     "r1 += -1;"
		     "if r1 != 0 goto round_%=;"
		     "end_%=:"
		     ::: "r1");
	return 0;
}

SEC(".struct_ops.link")
struct safex_extension_ops forever_ops = { .monitor = (void *)forever };

SEC(".struct_ops.link")
struct safex_extension_ops nested_ops = { .monitor = (void *)nested };

SEC(".struct_ops.link")
struct safex_extension_ops calling_ops = { .monitor = (void *)calling };

SEC(".struct_ops.link")
struct safex_extension_ops below_ops = { .monitor = (void *)below };

SEC(".struct_ops.link")
struct safex_extension_ops plain_ops = { .monitor = (void *)plain };

SEC(".struct_ops.link")
struct safex_extension_ops bounded_ops = { .monitor = (void *)bounded };
