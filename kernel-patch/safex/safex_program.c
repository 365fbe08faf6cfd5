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

/* In instructions, of the worst that a program without a timer may take. */
#define SAFEX_CALL_WEIGHT	64
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

static bool safex_insn_calls(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

/* A function of the program itself. */
static bool safex_insn_calls_own(const struct bpf_insn *insn)
{
	return safex_insn_calls(insn) && insn->src_reg == BPF_PSEUDO_CALL;
}

/*
 * It comes to its end by itself, and soon: no jump back, no function that might
 * be called more than once, and not much of the rest.
 */
static bool safex_program_is_short(const struct bpf_prog *prog)
{
	u32 weight = 0;
	u32 i;

	for (i = 0; i < prog->len && weight <= SAFEX_WEIGHT_MAX; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		if (safex_insn_goes_back(insn) || safex_insn_calls_own(insn))
			return false;
		weight += safex_insn_calls(insn) ? SAFEX_CALL_WEIGHT : 1;
	}
	return weight <= SAFEX_WEIGHT_MAX;
}

/* Of the struct_ops that was attached, the function at offset moff. */
void safex_program_bind(struct safex_program *p, const void *kdata, u32 moff)
{
	p->direct = safex_program_of(kdata, moff);
	p->ends = p->direct && safex_program_is_short(p->direct);
}
