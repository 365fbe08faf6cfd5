/* SPDX-License-Identifier: GPL-2.0-only */
/* Jumps, loops, frame and registers of a program. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sx_flow.h"
#include "sx_plan.h"
#include "sx_refusals.h"
#include "sx_says.h"

#define STACK		512	/* bytes that a BPF program has */
#define REACH_MAX	1024

struct planner {
	const struct sx_asm *a;
	struct sx_plan *plan;
	const char *file;
	struct dio_status *status;
};

static int fail(const struct planner *p, unsigned int line, const char *what)
{
	dio_status_set(p->status, DIO_E_INSTRUMENT, "%s:%u: %s", p->file, line, what);
	return -EINVAL;
}

/* A literal, or a variable that the compiler has put beside them. */
static bool is_string(const struct sx_asm *a, const char *name)
{
	long at = sx_asm_label(a, name);

	return !strncmp(name, ".L", 2) || (at >= 0 && a->lines[at].section == SX_SEC_STRINGS);
}

/* Jumps to labels of the program itself, instructions few enough to be reached. */
static int find_jumps(struct planner *p)
{
	size_t insns = 0, calls = 0;

	for (size_t i = 0; i < p->a->n; i++) {
		const struct sx_line *l = &p->a->lines[i];

		if (l->kind != SX_LINE_INSN)
			continue;
		if (++insns > SX_INSNS_MAX)
			return fail(p, l->source, SX_REFUSED_LONG);
		calls += l->insn.op == SX_OP_CALL;
		if (calls > SX_CALLS_MAX)
			return fail(p, l->source, SX_REFUSED_CALLS);
		p->plan->catches |= l->insn.op == SX_OP_MARKER && l->insn.marker == SX_MARK_CAUSE;
		if (l->insn.op == SX_OP_ADDRESS && *l->insn.name)
			p->plan->strings |= is_string(p->a, l->insn.name);
		if (l->insn.op != SX_OP_JUMP)
			continue;
		p->plan->target[i] = sx_asm_label(p->a, l->insn.name);
		if (p->plan->target[i] < 0 || p->a->lines[p->plan->target[i]].section != SX_SEC_PROGRAM)
			return fail(p, l->source, SX_REFUSED_JUMP);
	}
	if (sx_flow_loops(p->a, p->plan->target, p->plan->back, p->plan->inside))
		return -ENOMEM;
	for (size_t i = 0; i < p->a->n; i++)
		p->plan->loops |= p->plan->back[i];
	return 0;
}

/* How far below r10 an instruction may reach, at most. */
static int reach(const struct sx_insn *insn, bool copied)
{
	bool memory = insn->op == SX_OP_LOAD || insn->op == SX_OP_STORE ||
		      insn->op == SX_OP_STORE_IMM;
	int base = insn->op == SX_OP_LOAD ? insn->src : insn->dst;

	if (insn->imm >= 0 || insn->imm < -STACK)
		return 0;
	if (copied ? memory || insn->op == SX_OP_ALU || insn->op == SX_OP_MOVE_IMM :
		     memory && base == 10)
		return (int)-insn->imm;
	return 0;
}

/* Does the program make pointers into its frame? */
static bool frame_copied(const struct sx_asm *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->lines[i].kind == SX_LINE_INSN && a->lines[i].insn.src == 10 &&
		    a->lines[i].insn.op != SX_OP_LOAD)
			return true;
	return false;
}

/* A register that nothing else is in, also across calls if there are any. */
static int kept(const bool used[11], bool calls)
{
	for (int reg = calls ? 6 : 2; reg < 10; reg++)
		if (!used[reg])
			return reg;
	return SX_NO_REG;
}

/*
 * Our words go below what clang uses.  When it makes pointers into the frame
 * that cannot be followed here; its smallest constants say how deep they go.
 */
static int lay_frame(struct planner *p)
{
	const struct sx_sentence *frame = sx_says(SX_SAYS_FRAME);
	bool copied = frame_copied(p->a), used[11] = { false };
	int depth = 0;
	bool calls = false;

	for (size_t i = 0; i < p->a->n; i++) {
		const struct sx_insn *insn = &p->a->lines[i].insn;
		int r;

		if (p->a->lines[i].kind != SX_LINE_INSN)
			continue;
		r = reach(insn, copied);
		depth = r > depth ? r : depth;
		if (insn->dst >= 0)
			used[insn->dst] = true;
		if (insn->src >= 0)
			used[insn->src] = true;
		calls |= insn->op == SX_OP_CALL;
	}
	depth = (depth + 7) & ~7;
	if (depth + (p->plan->catches ? 40 : 24) > STACK) {
		dio_status_set(p->status, DIO_E_INSTRUMENT, "%s: %s: %s", p->file, frame->what, frame->advice);
		return -EINVAL;
	}
	p->plan->frame = depth;
	p->plan->self = depth + 8;
	p->plan->share = depth + 16;
	p->plan->spill = depth + 24;
	p->plan->caught = depth + 32;
	p->plan->cause = depth + 40;
	for (p->plan->scratch = 9; p->plan->scratch > 0 && used[p->plan->scratch]; p->plan->scratch--)
		;
	p->plan->scratch_used = p->plan->scratch == 0;
	if (p->plan->scratch_used)
		p->plan->scratch = 9;
	p->plan->kept = p->plan->loops || p->plan->catches ? SX_NO_REG : kept(used, calls);
	return 0;
}

/*
 * A pointer may be used where sx_bounds.c does not see it, with an offset of
 * a field: what follows a checked index must be variables, too.
 */
static int reach_beyond(const struct sx_asm *a, const struct sx_bound *bounds)
{
	int64_t most = 8;
	bool any = false;

	for (size_t i = 0; i < a->n; i++) {
		const struct sx_insn *insn = &a->lines[i].insn;

		any |= bounds[i].wanted && bounds[i].name;
		if (a->lines[i].kind == SX_LINE_INSN && insn->width && insn->imm + insn->width > most)
			most = insn->imm + insn->width;
	}
	return any ? most < REACH_MAX ? (int)most : REACH_MAX : 0;
}

int sx_plan_make(struct sx_plan *plan, const struct sx_asm *a, const char *file,
		 struct dio_status *status)
{
	struct planner p = { a, plan, file, status };
	int ret;

	*plan = (struct sx_plan){ .target = calloc(a->n + 1, sizeof(*plan->target)),
				  .back = calloc(a->n + 1, sizeof(*plan->back)),
				  .inside = calloc(a->n + 1, sizeof(*plan->inside)),
				  .bounds = calloc(a->n + 1, sizeof(*plan->bounds)) };
	if (!plan->target || !plan->back || !plan->inside || !plan->bounds)
		return -ENOMEM;
	ret = find_jumps(&p);
	if (!ret)
		ret = lay_frame(&p);
	if (ret)
		return ret;
	ret = sx_bounds_find(a, plan->target, plan->frame, plan->bounds);
	plan->reach = reach_beyond(a, plan->bounds);
	return ret;
}

void sx_plan_release(struct sx_plan *plan)
{
	free(plan->target);
	free(plan->back);
	free(plan->inside);
	free(plan->bounds);
	*plan = (struct sx_plan){ 0 };
}
