/* SPDX-License-Identifier: GPL-2.0-only */
/* The run-time checks themselves. */
#include <errno.h>
#include <string.h>
#include "sx_pass.h"

int sx_pass_fail(const struct sx_pass *p, unsigned int line, const char *what)
{
	dio_status_set(p->status, DIO_E_INSTRUMENT, "%s:%u: %s", p->file, line, what);
	return -EINVAL;
}

/* The label of the exit for this kind and line, made at the end. */
static int stub(struct sx_pass *p, enum safex_end kind, unsigned int line)
{
	size_t i;

	for (i = 0; i < p->n_stubs; i++)
		if (p->stubs[i].kind == kind && p->stubs[i].line == line)
			break;
	if (i == SX_STUBS_MAX)
		return sx_pass_fail(p, line, "program has too many loops and divisions");
	if (i == p->n_stubs)
		p->stubs[p->n_stubs++] = (struct sx_stub){ kind, line };
	return (int)i;
}

/* A register other than `not`, its value saved; to be given back. */
static int borrow(const struct sx_pass *p, int not)
{
	int reg = p->plan.scratch == not ? not - 1 : p->plan.scratch;

	if (p->plan.scratch_used)
		fprintf(p->out, "\t*(u64 *)(r10 - %d) = r%d\n", p->plan.spill, reg);
	return reg;
}

static void give_back(const struct sx_pass *p, int reg)
{
	if (p->plan.scratch_used)
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", reg, p->plan.spill);
}

/*
 * 0, of which the verifier knows nothing. Read from the context each time: of
 * a copy in the frame it would learn by comparisons of what was made from it.
 */
static void unknown_zero(const struct sx_pass *p, int reg)
{
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u64 *)(r%d + 8)\n", reg,
		p->plan.self, reg, reg);
}

/*
 * Where loops are within each other, the verifier must not know how a
 * comparison ends: it would keep apart each turn from which it has learnt.
 */
static void blur(const struct sx_pass *p, size_t i, int reg)
{
	const struct sx_insn *insn = &p->a->lines[i].insn;

	if (p->plan.inside[i] < 2 || insn->dst == SX_NO_REG)
		return;
	unknown_zero(p, reg);
	fprintf(p->out, "\tr%d += r%d\n", insn->dst, reg);
}

/* Line of a jump that closes a loop; of the loop's first line when it has none itself. */
static unsigned int loop_line(const struct sx_pass *p, size_t i)
{
	size_t at = (size_t)p->plan.target[i];

	if (p->a->lines[i].source)
		return p->a->lines[i].source;
	while (at < i && !p->a->lines[at].source)
		at++;
	return p->a->lines[at].source;
}

static void blur_alone(const struct sx_pass *p, size_t i)
{
	const struct sx_insn *insn = &p->a->lines[i].insn;
	int reg;

	if (p->plan.inside[i] < 2 || insn->dst == SX_NO_REG)
		return;
	reg = borrow(p, insn->dst);
	blur(p, i, reg);
	give_back(p, reg);
}

/* A jump forward: only its comparison matters. */
int sx_check_jump(struct sx_pass *p, size_t i)
{
	blur_alone(p, i);
	fprintf(p->out, "\t%s\n", p->a->lines[i].text);
	return 0;
}

int sx_check_loop(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	unsigned int line = loop_line(p, i);
	int budget = stub(p, SAFEX_END_BUDGET, line);
	int loop = p->timed ? budget : stub(p, SAFEX_END_LOOP, line);
	int t;

	if (budget < 0 || loop < 0)
		return -EINVAL;
	if (p->timed) {
		blur_alone(p, i);
		fprintf(p->out, "\tmay_goto .Lsafex%d\n\t%s\n", loop, l->text);
		return 0;
	}
	t = borrow(p, l->insn.dst);
	blur(p, i, t);
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u32 *)(r%d + 0)\n", t, p->plan.self, t, t);
	fprintf(p->out, "\tif r%d != 0 goto .Lsafex%d\n", t, budget);
	give_back(p, t);
	fprintf(p->out, "\tmay_goto .Lsafex%d\n\t%s\n", loop, l->text);
	return 0;
}

int sx_check_division(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;
	int at = 0;

	if (insn->src == SX_NO_REG && !insn->imm)
		return sx_pass_fail(p, l->source, "division by zero");
	if (insn->src != SX_NO_REG) {
		at = stub(p, SAFEX_END_DIVISION, l->source);
		if (at < 0)
			return at;
		fprintf(p->out, "\tif %c%d == 0 goto .Lsafex%d\n", insn->w ? 'w' : 'r', insn->src, at);
	}
	fprintf(p->out, "\t%s\n", l->text);
	return 0;
}

/*
 * In a loop the verifier would follow an index turn by turn, as it wants to
 * know exactly what is added to a pointer.  Once through memory, it is any
 * number, and the check below says all.
 */
static void forget(struct sx_pass *p, const struct sx_bound *b)
{
	fprintf(p->out, "\tr%d = safex_index ll\n\t*(u64 *)(r%d + 0) = r%d\n", b->base, b->base,
		b->index);
	fprintf(p->out, "\tr%d = *(u64 *)(r%d + 0)\n", b->index, b->base);
	p->index = true;
}

/* An index into a variable must leave the access within it. */
int sx_check_bound(struct sx_pass *p, size_t i)
{
	const struct sx_bound *b = &p->plan.bounds[i];
	int at = stub(p, SAFEX_END_BOUNDS, p->a->lines[i].source);

	if (at < 0)
		return at;
	if (p->plan.inside[i])
		forget(p, b);
	if (b->low > b->high)
		fprintf(p->out, "\tgoto .Lsafex%d\n", at);
	else if (b->low)
		fprintf(p->out, "\tif r%d s< %lld goto .Lsafex%d\n\tif r%d s> %lld goto .Lsafex%d\n",
			b->index, (long long)b->low, at, b->index, (long long)b->high, at);
	else
		fprintf(p->out, "\tif r%d > %lld goto .Lsafex%d\n", b->index, (long long)b->high, at);
	if (p->plan.inside[i])
		fprintf(p->out, "\tr%d = \"%s\"+%lld ll\n", b->base, b->name, (long long)b->offset);
	fprintf(p->out, "\t%s\n", p->a->lines[i].text);
	return 0;
}

/* Is the constant only an argument of the next call, or the value returned? */
static bool passed_on(const struct sx_pass *p, size_t i)
{
	int dst = p->a->lines[i].insn.dst;

	for (i++; i < p->a->n; i++) {
		const struct sx_line *l = &p->a->lines[i];

		if (l->kind == SX_LINE_DIRECTIVE || (l->kind == SX_LINE_LABEL && l->text[0] == '.'))
			continue;
		if (l->kind == SX_LINE_LABEL || l->insn.op == SX_OP_JUMP)
			return false;
		if (l->insn.op == SX_OP_CALL)
			return dst >= 1 && dst <= 5;
		if (l->insn.op == SX_OP_EXIT)
			return true;
	}
	return false;
}

int sx_check_constant(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;

	if (!p->plan.loops || passed_on(p, i)) {
		fprintf(p->out, "\t%s\n", l->text);
		return 0;
	}
	unknown_zero(p, insn->dst);
	if (insn->w || insn->imm)
		fprintf(p->out, "\t%c%d += %lld\n", insn->w ? 'w' : 'r', insn->dst,
			(long long)insn->imm);
	return 0;
}

/* A variable of a loop may live in the frame. */
int sx_check_stored_constant(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const char *value = strstr(l->text, ") = ");
	int reg;

	if (!p->plan.loops || l->insn.dst != 10 || !value) {
		fprintf(p->out, "\t%s\n", l->text);
		return 0;
	}
	reg = borrow(p, SX_NO_REG);
	unknown_zero(p, reg);
	fprintf(p->out, "\tr%d += %s\n", reg, value + 4);
	fprintf(p->out, "\t%.*s = r%d\n", (int)(value + 1 - l->text), l->text, reg);
	give_back(p, reg);
	return 0;
}
