/* SPDX-License-Identifier: GPL-2.0-only */
/* The run-time checks themselves. */
#include <errno.h>
#include <string.h>
#include "sx_pass.h"
#include "sx_refusals.h"

int sx_pass_fail(const struct sx_pass *p, unsigned int line, const char *what)
{
	dio_status_set(p->status, DIO_E_INSTRUMENT, "%s:%u: %s", p->file, line, what);
	return -EINVAL;
}

unsigned int sx_pass_line(const struct sx_pass *p, size_t i)
{
	while (i > 0 && !p->a->lines[i].source)
		i--;
	return p->a->lines[i].source;
}

/* The label of the exit for this kind and line, made at the end. */
static int stub(struct sx_pass *p, enum safex_end kind, unsigned int line)
{
	size_t i;

	for (i = 0; i < p->n_stubs; i++)
		if (p->stubs[i].kind == kind && p->stubs[i].line == line)
			break;
	if (i == SX_STUBS_MAX)
		return sx_pass_fail(p, line, SX_REFUSED_CHECKS);
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
void sx_check_unknown_zero(const struct sx_pass *p, int reg)
{
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u64 *)(r%d + %d)\n", reg,
		p->plan.self, reg, reg, SAFEX_CTX_ZERO);
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
	sx_check_unknown_zero(p, reg);
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

int sx_check_raise(struct sx_pass *p, enum safex_end kind, unsigned int line)
{
	int at = stub(p, kind, line);

	if (at < 0)
		return at;
	fprintf(p->out, "\tgoto .Lsafex%d\n", at);
	return 0;
}

/* The line of the compiler's failed check that comes next at line `at`, or -1. */
static long failed_check(const struct sx_asm *a, size_t at)
{
	while (at < a->n && a->lines[at].kind != SX_LINE_INSN)
		at++;
	return at < a->n && a->lines[at].insn.op == SX_OP_MARKER &&
	       a->lines[at].insn.marker == SX_MARK_CHECK ? (long)at : -1;
}

/* The first line from which control comes to a failed check: the one before it, or a jump. */
static size_t comes_from(const struct sx_pass *p, size_t check)
{
	size_t i = check;

	while (i > 0 && p->a->lines[--i].kind != SX_LINE_INSN)
		;
	if (!sx_insn_ends(&p->a->lines[i].insn))
		return i;
	for (i = 0; i < p->a->n; i++)
		if (p->a->lines[i].kind == SX_LINE_INSN && p->a->lines[i].insn.op == SX_OP_JUMP &&
		    failed_check(p->a, (size_t)p->plan.target[i]) == (long)check)
			break;
	return i;
}

int sx_check_failed(struct sx_pass *p, size_t i)
{
	return sx_check_raise(p, (enum safex_end)p->a->lines[i].insn.imm,
			      sx_pass_line(p, comes_from(p, i)));
}

/*
 * A jump forward: only its comparison matters.  The compiler makes one of all
 * ends of its checks; each is told from the others by the line of its jump.
 */
int sx_check_jump(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	long check = failed_check(p->a, (size_t)p->plan.target[i]);
	int at;

	blur_alone(p, i);
	if (check < 0 || comes_from(p, (size_t)check) == i) {
		fprintf(p->out, "\t%s\n", l->text);
		return 0;
	}
	at = stub(p, (enum safex_end)p->a->lines[check].insn.imm, sx_pass_line(p, i));
	if (at < 0)
		return at;
	fprintf(p->out, "\t%.*s.Lsafex%d\n", (int)(strlen(l->text) - strlen(l->insn.name)), l->text,
		at);
	return 0;
}

void sx_check_expired(const struct sx_pass *p, int reg, const char *label)
{
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u32 *)(r%d + %d)\n", reg, p->plan.self,
		reg, reg, SAFEX_CTX_EXPIRED);
	fprintf(p->out, "\tif r%d != 0 goto %s\n", reg, label);
}

int sx_check_loop(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	unsigned int line = loop_line(p, i);
	int budget = stub(p, SAFEX_END_BUDGET, line);
	int loop = p->timed ? budget : stub(p, SAFEX_END_LOOP, line);
	char label[32];
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
	snprintf(label, sizeof(label), ".Lsafex%d", budget);
	sx_check_expired(p, t, label);
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
		return sx_pass_fail(p, l->source, SX_REFUSED_DIVISION);
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
 * number, and the check below says all but whether it fits the frame's words.
 */
static void forget(struct sx_pass *p, const struct sx_bound *b)
{
	fprintf(p->out, "\tr%d = safex_index ll\n\t*(u64 *)(r%d + 0) = r%d\n", b->base, b->base,
		b->index);
	fprintf(p->out, "\tr%d = *(u64 *)(r%d + 0)\n", b->index, b->base);
	if (!b->name && b->unit > 1)
		fprintf(p->out, "\tr%d &= -%d\n", b->index, b->unit);
	p->index = true;
}

/* The address that the index is added to. */
static void put_base(const struct sx_pass *p, const struct sx_bound *b)
{
	if (b->name)
		fprintf(p->out, "\tr%d = \"%s\"+%lld ll\n", b->base, b->name, (long long)b->offset);
	else
		fprintf(p->out, "\tr%d = r10\n\tr%d += %lld\n", b->base, b->base, (long long)b->offset);
}

/* Adds n to a register, if there is something to add. */
static void add(const struct sx_pass *p, int reg, int64_t n)
{
	if (n)
		fprintf(p->out, "\tr%d += %lld\n", reg, (long long)n);
}

/*
 * An index into a variable must leave the access within it.  It is counted
 * from the lowest that may be, for the verifier adds no negative number to an
 * address; what is left of base and index afterwards is as it was.
 */
int sx_check_bound(struct sx_pass *p, size_t i)
{
	const struct sx_bound *b = &p->plan.bounds[i];
	const struct sx_line *l = &p->a->lines[i];
	int at = stub(p, SAFEX_END_BOUNDS, l->source);

	if (at < 0)
		return at;
	if (p->plan.inside[i])
		forget(p, b);
	add(p, b->index, -b->low);
	if (b->low > b->high)
		fprintf(p->out, "\tgoto .Lsafex%d\n", at);
	else
		fprintf(p->out, "\tif r%d > %lld goto .Lsafex%d\n", b->index,
			(long long)(b->high - b->low), at);
	if (p->plan.inside[i])
		put_base(p, b);
	add(p, b->base, b->low);
	fprintf(p->out, "\t%s\n", l->text);
	if (l->insn.dst == b->base)
		add(p, b->index, b->low);
	else
		add(p, b->base, -b->low);
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
	sx_check_unknown_zero(p, insn->dst);
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
	sx_check_unknown_zero(p, reg);
	fprintf(p->out, "\tr%d += %s\n", reg, value + 4);
	fprintf(p->out, "\t%.*s = r%d\n", (int)(value + 1 - l->text), l->text, reg);
	give_back(p, reg);
	return 0;
}
