// SPDX-License-Identifier: GPL-2.0-only
/*
 * Monitors whose loops have no check but may_goto, for a kernel that ends it
 * with the reservation.
 */
#include "safex.bpf.h"

#define nothing() asm volatile("")
#define call() safex_raise_event(c, 1, 1)

SEC("struct_ops/monitor")
int BPF_PROG(forever, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	while (can_loop)
		nothing();
	return RET(2, 17);
}

SEC("struct_ops/monitor")
int BPF_PROG(nested, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	while (can_loop)
		while (can_loop)
			nothing();
	return RET(2, 27);
}

SEC("struct_ops/monitor")
int BPF_PROG(calling, struct safex_ctx *c)
{
	set_attribute(c, 1, 77);
	while (can_loop)
		call();
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
	set_attribute(c, 1, 77);
	return spin(50);
}

/*
 * The same 2100 rounds of three instructions without and with may_goto; without,
 * none of them is a loop. The verifier must not know the number.
 */
SEC("struct_ops/monitor")
int BPF_PROG(plain, struct safex_ctx *c)
{
	__u64 rounds = c->zero + 4200;

	asm volatile(".rept 2100;"
		     "%[rounds] += -1;"
		     "if %[rounds] == 0 goto end_%=;"
		     ".endr;"
		     "end_%=:"
		     : [rounds] "+r"(rounds));
	return 0;
}

SEC("struct_ops/monitor")
int BPF_PROG(bounded, struct safex_ctx *c)
{
	asm volatile("r1 = 2100;"
		     "round_%=:"
		     "may_goto end_%=;"
		     "r1 += -1;"
		     "if r1 != 0 goto round_%=;"
		     "end_%=:"
		     ::: "r1");
	return 0;
}

/* Jumps back, and ends; the calls are on two ways of which one is taken. */
SEC("struct_ops/monitor")
int BPF_PROG(back, struct safex_ctx *c)
{
	asm volatile goto("goto %l[second]" :::: first, second);
first:
	set_attribute(c, 1, 77);
	return 0;
second:
	if (get_attribute(c, 0) == 5)
		goto first;
	return RET(4, 60);
}

#define FIVE(x)	x x x x x

/* No loop: what may_goto looks at must be as if nothing had ended before it. */
SEC("struct_ops/monitor")
int BPF_PROG(passing, struct safex_ctx *c)
{
	if (can_loop)
		return 0;
	return RET(2, 100);
}

/* 80 calls one after the other take too long for one without a timer. */
SEC("struct_ops/monitor")
int BPF_PROG(lengthy, struct safex_ctx *c)
{
	FIVE(FIVE(call(); call(); call();))
	FIVE(call();)
	return 0;
}

/* As many, but on five ways. */
SEC("struct_ops/monitor")
int BPF_PROG(branches, struct safex_ctx *c)
{
	switch (get_attribute(c, 0)) {
	case 1:
		FIVE(FIVE(call();))
		return RET(4, 80);
	case 2:
		FIVE(FIVE(call();))
		return RET(4, 83);
	case 5:
		FIVE(FIVE(call();))
		set_attribute(c, 1, 77);
		return 0;
	default:
		FIVE(call();)
		return RET(4, 89);
	}
}

SEC(".struct_ops.link")
struct safex_extension_ops back_ops = { .monitor = (void *)back };

SEC(".struct_ops.link")
struct safex_extension_ops passing_ops = { .monitor = (void *)passing };

SEC(".struct_ops.link")
struct safex_extension_ops lengthy_ops = { .monitor = (void *)lengthy };

SEC(".struct_ops.link")
struct safex_extension_ops branches_ops = { .monitor = (void *)branches };

SEC(".struct_ops.link")
struct safex_extension_ops forever_ops = { .monitor = (void *)forever };

SEC(".struct_ops.link")
struct safex_extension_ops nested_ops = { .monitor = (void *)nested };

SEC(".struct_ops.link")
struct safex_extension_ops calling_ops = { .monitor = (void *)calling };

SEC(".struct_ops.link")
struct safex_extension_ops plain_ops = { .monitor = (void *)plain };

SEC(".struct_ops.link")
struct safex_extension_ops bounded_ops = { .monitor = (void *)bounded };

SEC(".struct_ops.link")
struct safex_extension_ops below_ops = { .monitor = (void *)below };
