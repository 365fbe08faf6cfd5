// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest way through a program, in instructions: a walk over its jumps,
 * which also finds whether one closes a loop.  Without recursion, for a program
 * may have thousands of jumps.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include "safex_internal.h"

/* In instructions, at most. */
#define SAFEX_CALL_WEIGHT	64
#define SAFEX_LONG_CALL_WEIGHT	1024

enum safex_seen { SAFEX_NEW, SAFEX_OPEN, SAFEX_DONE };

struct safex_step {
	u32 weight;		/* from here to the end; once it is done */
	u32 below;		/* the one from which the walk came here */
	u8 seen;
};

struct safex_walk {
	const struct bpf_insn *insns;
	u32 len;
	struct safex_step *steps;
};

static bool safex_insn_calls(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static u32 safex_insn_weight(const struct bpf_insn *insn)
{
	if (!safex_insn_calls(insn))
		return 1;
	return insn->src_reg == BPF_PSEUDO_KFUNC_CALL &&
	       safex_is_reserve(insn->imm) ?
	       SAFEX_LONG_CALL_WEIGHT : SAFEX_CALL_WEIGHT;
}

static bool safex_insn_jumps(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL &&
	       op != BPF_EXIT;
}

static bool safex_insn_goes_on(const struct bpf_insn *insn)
{
	return insn->code != (BPF_JMP | BPF_EXIT) &&
	       insn->code != (BPF_JMP | BPF_JA) &&
	       insn->code != (BPF_JMP32 | BPF_JA);
}

/* Where control goes from i, at most two; returns how many. */
static u32 safex_walk_next(const struct safex_walk *w, u32 i, u32 *next)
{
	const struct bpf_insn *insn = &w->insns[i];
	u32 n = 0;

	if (safex_insn_goes_on(insn))
		next[n++] = i + (insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1);
	if (safex_insn_jumps(insn))
		next[n++] = i + 1 + (insn->code == (BPF_JMP32 | BPF_JA) ?
				     insn->imm : insn->off);
	return n;
}

/*
 * Of instruction i, which is open: goes to one that was not seen, or closes i.
 * Returns where the walk is then, or -ELOOP.
 */
static s64 safex_walk_step(const struct safex_walk *w, u32 i)
{
	struct safex_step *step = &w->steps[i];
	u32 next[2], n = safex_walk_next(w, i, next), k, most = 0;

	for (k = 0; k < n; k++) {
		struct safex_step *to = &w->steps[next[k]];

		if (next[k] >= w->len || to->seen == SAFEX_OPEN)
			return -ELOOP;
		if (to->seen == SAFEX_NEW) {
			to->seen = SAFEX_OPEN;
			to->below = i;
			return next[k];
		}
		most = max(most, to->weight);
	}
	step->weight = most + safex_insn_weight(&w->insns[i]);
	step->seen = SAFEX_DONE;
	return step->below;
}

static bool safex_walk_calls_own(const struct safex_walk *w)
{
	u32 i;

	for (i = 0; i < w->len; i++)
		if (safex_insn_calls(&w->insns[i]) &&
		    w->insns[i].src_reg == BPF_PSEUDO_CALL)
			return true;
	return false;
}

static s64 safex_walk_all(const struct safex_walk *w)
{
	s64 at = 0;

	w->steps[0].seen = SAFEX_OPEN;
	while (at >= 0 && w->steps[0].seen != SAFEX_DONE)
		at = safex_walk_step(w, at);
	return at < 0 ? at : w->steps[0].weight;
}

/*
 * Of the longest way through prog, or -ELOOP: it has a loop, or functions of
 * its own, which might be called in one.  Process context.
 */
s64 safex_weight(const struct bpf_prog *prog)
{
	struct safex_walk w = { .insns = prog->insnsi, .len = prog->len };
	s64 ret;

	if (safex_walk_calls_own(&w))
		return -ELOOP;
	w.steps = kvcalloc(w.len, sizeof(*w.steps), GFP_KERNEL);
	if (!w.steps)
		return -ENOMEM;
	ret = safex_walk_all(&w);
	kvfree(w.steps);
	return ret;
}
