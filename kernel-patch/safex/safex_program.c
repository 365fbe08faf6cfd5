// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of a program that was attached.  On a kernel that tells which
 * program is behind a struct_ops function, it is called without the trampoline
 * (a pass holds what that would take: RCU, this CPU), and its instructions say
 * whether it has a loop.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/module.h>
#include "safex_internal.h"

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

static bool safex_insn_goes_back(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	if (class != BPF_JMP && class != BPF_JMP32)
		return false;
	if (op == BPF_CALL || op == BPF_EXIT)
		return false;
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return insn->imm < 0;
	return insn->off < 0;
}

/* Calls don't count: there is no recursion, and what is called is here, too. */
static bool safex_program_loops(const struct bpf_prog *prog)
{
	u32 i;

	for (i = 0; i < prog->len; i++)
		if (safex_insn_goes_back(&prog->insnsi[i]))
			return true;
	return false;
}

/* Of the struct_ops that was attached, the function at offset moff. */
void safex_program_bind(struct safex_program *p, const void *kdata, u32 moff)
{
	p->direct = safex_program_of(kdata, moff);
	p->ends = p->direct && !safex_program_loops(p->direct);
}
