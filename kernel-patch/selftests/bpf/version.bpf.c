// SPDX-License-Identifier: GPL-2.0-only
/*
 * Versions of one monitor.  Each says in slot 0 which it is; the guard lets it.
 */
#include "safex.bpf.h"

SEC("struct_ops/guard")
int BPF_PROG(guard, struct safex_guard_ctx *c)
{
	return 0;
}

SEC("struct_ops/one")
int BPF_PROG(one, struct safex_ctx *c)
{
	set_attribute(c, 0, 1);
	return 0;
}

SEC("struct_ops/two")
int BPF_PROG(two, struct safex_ctx *c)
{
	set_attribute(c, 0, 2);
	return 0;
}

SEC("struct_ops/spins")
int BPF_PROG(spins, struct safex_ctx *c)
{
	set_attribute(c, 0, 3);
	while (can_loop && !is_expired(c))
		;
	return RET(1, 20);
}

SEC("struct_ops/throws")
int BPF_PROG(throws, struct safex_ctx *c)
{
	set_attribute(c, 0, 4);
	return RET(4, 30);
}

SEC("struct_ops/manager")
int BPF_PROG(manager, struct safex_ctx *c, struct safex_share *share)
{
	return 0;
}

/* Slot 2 is what it reserves for the process, per 50 ms. */
SEC("struct_ops/serves")
int BPF_PROG(serves, struct safex_ctx *c, struct safex_share *share)
{
	safex_cpu_reserve(share, get_attribute(c, 2), 50000000);
	return 0;
}

/* Version one once ran: promises more than it reserves. */
SEC("struct_ops/denies")
int BPF_PROG(denies, struct safex_ctx *c, struct safex_share *share)
{
	if (get_attribute(c, 0) == 1)
		set_attribute(c, 2, 30000000);
	safex_cpu_reserve(share, 10100000, 50000000);
	return 0;
}

/* Less than the target. */
/* Monitors that ask for so much each time. */
#define ASKS(name, ns)						\
	SEC("struct_ops/" #name)				\
	int BPF_PROG(name, struct safex_ctx *c)			\
	{							\
		set_attribute(c, 2, ns);			\
		return 0;					\
	}
ASKS(starves, 10000000)
ASKS(wants, 20000000)	/* the target */
ASKS(feeds, 30000000)
ASKS(takes, 34000000)	/* nearly all that there is beside a class that starves */

#define MONITOR(name)						\
	SEC(".struct_ops.link")					\
	struct safex_extension_ops name##_ops = { .monitor = (void *)name };
MONITOR(one)
MONITOR(two)
MONITOR(spins)
MONITOR(throws)
MONITOR(starves)
MONITOR(feeds)
MONITOR(wants)
MONITOR(takes)

SEC(".struct_ops.link")
struct safex_guard_ops guard_ops = { .guard = (void *)guard };

SEC(".struct_ops.link")
struct safex_manager_ops manager_ops = { .manager = (void *)manager };

SEC(".struct_ops.link")
struct safex_manager_ops serves_ops = { .manager = (void *)serves };

SEC(".struct_ops.link")
struct safex_manager_ops denies_ops = { .manager = (void *)denies };
