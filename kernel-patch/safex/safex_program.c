// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of a program that was attached.  On a kernel that tells which
 * program is behind a struct_ops function, it is called without the trampoline
 * (a pass holds what that would take: RCU, this CPU), and its instructions say
 * whether it needs a timer to come to its end in time.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/module.h>
#include "safex_internal.h"

/* In instructions, of the longest way through a program that has no timer. */
#define SAFEX_WEIGHT_MAX	4096

#ifdef bpf_struct_ops_prog
static const struct bpf_prog *(*safex_find_prog)(const void *kdata, u32 moff);

bool safex_program_init(void)
{
	safex_find_prog = symbol_get(bpf_struct_ops_prog);
	return safex_find_prog;
}

static const struct bpf_prog *safex_program_of(const void *kdata, u32 moff)
{
	return safex_find_prog ? safex_find_prog(kdata, moff) : NULL;
}
#else
bool safex_program_init(void)
{
	return false;
}

static const struct bpf_prog *safex_program_of(const void *kdata, u32 moff)
{
	return NULL;
}
#endif

/* It comes to its end by itself, and soon. */
static bool safex_program_is_short(const struct bpf_prog *prog)
{
	s64 weight = safex_weight(prog);

	return weight >= 0 && weight <= SAFEX_WEIGHT_MAX;
}

/*
 * Of the struct_ops that is to be attached, the function at offset moff.
 * Process context.  -EINVAL: it was loaded for another module of this name, which
 * has been removed: where programs look at our flag, it would look at that one's.
 */
int safex_program_find(struct safex_program *p, const void *kdata, u32 moff)
{
	p->direct = safex_program_of(kdata, moff);
	if (p->direct && !safex_btf_is_own(p->direct->aux->attach_btf))
		return -EINVAL;
	p->ends = p->direct && safex_program_is_short(p->direct);
	return 0;
}
