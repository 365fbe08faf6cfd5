// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest way through a program, in instructions, and the longest to its end
 * once its time is up: a walk over its jumps, which also finds whether one closes
 * a loop.  Without recursion, for a program may have thousands of jumps.
 */
#include <linux/bpf.h>
#include <linux/cpumask.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include "safex_internal.h"

/* In instructions, at most. */
#define SAFEX_CALL_WEIGHT	64
#define SAFEX_LONG_CALL_WEIGHT	1024
#define SAFEX_CPU_WEIGHT	128	/* more for each CPU whose sum it changes */
#define SAFEX_CPUS_WEIGHED	64
#define SAFEX_WEIGHT_END	0x40000000u	/* as much as anybody counts */

enum safex_seen { SAFEX_NEW, SAFEX_OPEN, SAFEX_DONE };

struct safex_step {
	u32 weight;		/* from here to the end, at most; once it is done */
	u32 below;		/* the one from which the walk came here */
	u8 seen;
};

struct safex_walk {
	const struct bpf_insn *insns;
	u32 len;
	struct safex_step *steps;
	bool expired;			/* each look at the time finds it up */
};

static bool safex_insn_calls(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static bool safex_insn_calls_own(const struct bpf_insn *insn)
{
	return safex_insn_calls(insn) && insn->src_reg == BPF_PSEUDO_CALL;
}

static u32 safex_insn_weight(const struct bpf_insn *insn)
{
	if (!safex_insn_calls(insn))
		return 1;
	if (insn->src_reg != BPF_PSEUDO_KFUNC_CALL ||
	    !safex_is_reserve(insn->imm))
		return SAFEX_CALL_WEIGHT;
	return SAFEX_LONG_CALL_WEIGHT + SAFEX_CPU_WEIGHT *
	       min(num_possible_cpus(), SAFEX_CPUS_WEIGHED);
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

static u32 safex_jump_target(const struct safex_walk *w, u32 i)
{
	const struct bpf_insn *insn = &w->insns[i];

	return i + 1 + (insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off);
}

#ifdef bpf_may_goto_flag
/* Does i look at the time?  to: where it goes from there when that is up. */
static bool safex_insn_looks(const struct safex_walk *w, u32 i, u32 *to)
{
	*to = safex_jump_target(w, i);
	return w->insns[i].code == (BPF_JMP | BPF_JCOND) &&
	       w->insns[i].src_reg == BPF_MAY_GOTO;
}
#else
/*
 * Here may_goto only counts: what looks loads ctx->expired, and jumps.  Any load
 * of that form is taken for one, for registers have no types yet when a program is
 * offered: whoever forges a look may load programs, and means it.
 */
static bool safex_insn_looks(const struct safex_walk *w, u32 i, u32 *to)
{
	const struct bpf_insn *load = &w->insns[i], *jump = load + 1;

	if (load->code != (BPF_LDX | BPF_MEM | BPF_W) ||
	    load->off != offsetof(struct safex_ctx, expired) ||
	    i + 1 == w->len || jump->dst_reg != load->dst_reg || jump->imm)
		return false;
	switch (jump->code) {
	case BPF_JMP | BPF_JNE | BPF_K:
	case BPF_JMP32 | BPF_JNE | BPF_K:
		*to = safex_jump_target(w, i + 1);
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP32 | BPF_JEQ | BPF_K:
		*to = i + 2;
		return true;
	default:
		return false;
	}
}
#endif

/* Where control goes from i, at most two; returns how many. */
static u32 safex_walk_next(const struct safex_walk *w, u32 i, u32 *next)
{
	const struct bpf_insn *insn = &w->insns[i];
	u32 n = 0;

	if (w->expired && safex_insn_looks(w, i, next))
		return 1;
	if (safex_insn_calls_own(insn))
		next[n++] = i + 1 + insn->imm;
	if (safex_insn_goes_on(insn))
		next[n++] = i + (insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1);
	if (safex_insn_jumps(insn))
		next[n++] = safex_jump_target(w, i);
	return n;
}

/*
 * Of instruction i, which is open: goes to one that was not seen, or closes i.
 * Returns where the walk is then, or -ELOOP.
 */
static s64 safex_walk_step(const struct safex_walk *w, u32 i)
{
	struct safex_step *step = &w->steps[i];
	u32 next[2], n = safex_walk_next(w, i, next), k, most = 0, sum = 0;

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
		sum = min(sum + to->weight, SAFEX_WEIGHT_END);
	}
	/* A function of its own comes back, and what follows the call is done, too. */
	if (safex_insn_calls_own(&w->insns[i]))
		most = sum;
	step->weight = min(most + safex_insn_weight(&w->insns[i]), SAFEX_WEIGHT_END);
	step->seen = SAFEX_DONE;
	return step->below;
}

static bool safex_walk_calls_own(const struct safex_walk *w)
{
	u32 i;

	for (i = 0; i < w->len; i++)
		if (safex_insn_calls_own(&w->insns[i]))
			return true;
	return false;
}

/* Of the longest way from instruction i on, or -ELOOP. */
static s64 safex_walk_from(const struct safex_walk *w, u32 i)
{
	s64 at = i;

	w->steps[i].seen = SAFEX_OPEN;
	w->steps[i].below = i;
	while (at >= 0 && w->steps[i].seen != SAFEX_DONE)
		at = safex_walk_step(w, at);
	return at < 0 ? at : w->steps[i].weight;
}

/* From wherever the program is when its time is up. */
static s64 safex_walk_longest(const struct safex_walk *w)
{
	s64 weight = 0, most = 0;
	u32 i;

	for (i = 0; i < w->len && weight >= 0; i++) {
		if (w->steps[i].seen == SAFEX_NEW)
			weight = safex_walk_from(w, i);
		most = max(most, weight);
	}
	return weight < 0 ? weight : most;
}

static s64 safex_walk(const struct bpf_prog *prog, bool expired)
{
	struct safex_walk w = {
		.insns = prog->insnsi, .len = prog->len, .expired = expired,
	};
	s64 ret;

	if (!expired && safex_walk_calls_own(&w))
		return -ELOOP;
	w.steps = kvcalloc(w.len, sizeof(*w.steps), GFP_KERNEL);
	if (!w.steps)
		return -ENOMEM;
	ret = expired ? safex_walk_longest(&w) : safex_walk_from(&w, 0);
	kvfree(w.steps);
	return ret;
}

/*
 * Of the longest way through prog, or -ELOOP: it has a loop, or functions of
 * its own, which might be called in one.  Process context.
 */
s64 safex_weight(const struct bpf_prog *prog)
{
	return safex_walk(prog, false);
}

/*
 * Of the longest way from anywhere in prog to its end, once its time is up: each
 * look finds that out, and goes where it then has to.  -ELOOP: there is a loop that
 * it does not leave so, however often the verifier lets it turn.  Functions of its
 * own count where they are called.  Process context, and prog as it was handed in:
 * later the verifier has replaced its looks.
 */
s64 safex_weight_expired(const struct bpf_prog *prog)
{
	return safex_walk(prog, true);
}
