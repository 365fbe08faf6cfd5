/* SPDX-License-Identifier: GPL-2.0-only */
/* The pass over the assembly that puts the run-time checks in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_instrument.h"
#include "sx_plan.h"

#define STUBS_MAX	4096

struct stub {
	enum safex_end kind;
	unsigned int line;
};

struct pass {
	const struct sx_asm *a;
	enum safex_kind role;
	const char *file;
	struct dio_status *status;
	FILE *out;
	struct sx_plan plan;
	bool entered;			/* prologue is out */
	long moved;			/* line of a label that went before it */
	struct stub *stubs;
	size_t n_stubs;
};

static int fail(const struct pass *p, unsigned int line, const char *what)
{
	dio_status_set(p->status, DIO_E_INSTRUMENT, "%s:%u: %s", p->file, line, what);
	return -EINVAL;
}

/* The label of the exit for this kind and line, made at the end. */
static int stub(struct pass *p, enum safex_end kind, unsigned int line)
{
	size_t i;

	for (i = 0; i < p->n_stubs; i++)
		if (p->stubs[i].kind == kind && p->stubs[i].line == line)
			break;
	if (i == STUBS_MAX)
		return fail(p, line, "program has too many loops and divisions");
	if (i == p->n_stubs)
		p->stubs[p->n_stubs++] = (struct stub){ kind, line };
	return (int)i;
}

static void prologue(struct pass *p)
{
	if (p->entered)
		return;
	p->entered = true;
	fprintf(p->out, "\tr0 = *(u64 *)(r1 + 0)\n\t*(u64 *)(r10 - %d) = r0\n", p->plan.self);
	if (p->plan.loops)
		fprintf(p->out, "\tr0 = *(u64 *)(r0 + 8)\n\t*(u64 *)(r10 - %d) = r0\n", p->plan.zero);
	if (p->role == SAFEX_KIND_MANAGER)
		fprintf(p->out, "\tr0 = *(u64 *)(r1 + 8)\n\t*(u64 *)(r10 - %d) = r0\n", p->plan.share);
	/* A register must have been written before it can be saved. */
	if (p->plan.loops && p->plan.scratch_used)
		fprintf(p->out, "\tr%d = 0\n", p->plan.scratch);
}

static void save(const struct pass *p)
{
	if (p->plan.scratch_used)
		fprintf(p->out, "\t*(u64 *)(r10 - %d) = r%d\n", p->plan.spill, p->plan.scratch);
}

static void restore(const struct pass *p)
{
	if (p->plan.scratch_used)
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", p->plan.scratch, p->plan.spill);
}

/* Line of a jump that closes a loop; of the loop's first line when it has none itself. */
static unsigned int loop_line(const struct pass *p, size_t i)
{
	size_t at = (size_t)p->plan.target[i];

	if (p->a->lines[i].source)
		return p->a->lines[i].source;
	while (at < i && !p->a->lines[at].source)
		at++;
	return p->a->lines[at].source;
}

static int back_edge(struct pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	unsigned int line = loop_line(p, i);
	int budget = stub(p, SAFEX_END_BUDGET, line), loop = stub(p, SAFEX_END_LOOP, line);
	int t = p->plan.scratch;

	if (budget < 0 || loop < 0)
		return -EINVAL;
	save(p);
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u32 *)(r%d + 0)\n", t, p->plan.self, t, t);
	fprintf(p->out, "\tif r%d != 0 goto .Lsafex%d\n", t, budget);
	restore(p);
	fprintf(p->out, "\tmay_goto .Lsafex%d\n\t%s\n", loop, l->text);
	return 0;
}

static int division(struct pass *p, const struct sx_line *l)
{
	const struct sx_insn *insn = &l->insn;
	int at = 0;

	if (insn->src == SX_NO_REG && !insn->imm)
		return fail(p, l->source, "division by zero");
	if (insn->src != SX_NO_REG) {
		at = stub(p, SAFEX_END_DIVISION, l->source);
		if (at < 0)
			return at;
		fprintf(p->out, "\tif %c%d == 0 goto .Lsafex%d\n", insn->w ? 'w' : 'r', insn->src, at);
	}
	fprintf(p->out, "\t%s\n", l->text);
	return 0;
}

/* Is the constant only an argument of the next call, or the value returned? */
static bool passed_on(const struct pass *p, size_t i)
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

static void constant(struct pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;

	if (!p->plan.loops || passed_on(p, i)) {
		fprintf(p->out, "\t%s\n", l->text);
		return;
	}
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->plan.zero);
	if (insn->w || insn->imm)
		fprintf(p->out, "\t%c%d += %lld\n", insn->w ? 'w' : 'r', insn->dst,
			(long long)insn->imm);
}

/* A variable of a loop may live in the frame. */
static void stored_constant(struct pass *p, const struct sx_line *l)
{
	const char *value = strstr(l->text, ") = ");

	if (!p->plan.loops || l->insn.dst != 10 || !value) {
		fprintf(p->out, "\t%s\n", l->text);
		return;
	}
	save(p);
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d += %s\n", p->plan.scratch, p->plan.zero, p->plan.scratch,
		value + 4);
	fprintf(p->out, "\t%.*s = r%d\n", (int)(value + 1 - l->text), l->text, p->plan.scratch);
	restore(p);
}

static int marker(struct pass *p, const struct sx_line *l)
{
	const struct sx_insn *insn = &l->insn;

	switch (insn->marker) {
	case SX_MARK_SELF:
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->plan.self);
		return 0;
	case SX_MARK_SHARE:
		if (p->role != SAFEX_KIND_MANAGER)
			return fail(p, l->source, "only a service manager has a share");
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->plan.share);
		return 0;
	case SX_MARK_THROW:
		fprintf(p->out, "\tr0 = %d\n\texit\n", SAFEX_RET(SAFEX_END_THROWN, l->source));
		return 0;
	default:
		fprintf(p->out, "\tr%d = %lld\n", insn->dst, (long long)insn->imm);
		return 0;
	}
}

static int instruction(struct pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;

	prologue(p);
	switch (insn->op) {
	case SX_OP_MARKER:
		return marker(p, l);
	case SX_OP_JUMP:
		if (p->plan.back[i])
			return back_edge(p, i);
		break;
	case SX_OP_DIVIDE:
		return division(p, l);
	case SX_OP_MOVE_IMM:
		constant(p, i);
		return 0;
	case SX_OP_STORE_IMM:
		stored_constant(p, l);
		return 0;
	case SX_OP_MOVE:
		/* clang 19 prints "r1 = w8", which its assembler does not know. */
		if (insn->w && l->text[0] == 'r' && !strchr(l->text, '(')) {
			fprintf(p->out, "\tw%d = w%d\n", insn->dst, insn->src);
			return 0;
		}
		break;
	default:
		break;
	}
	fprintf(p->out, "\t%s\n", l->text);
	return 0;
}

/* Does control run off the end of the code at line i? */
static bool falls_off(const struct pass *p, size_t end)
{
	while (end-- > 0) {
		const struct sx_line *l = &p->a->lines[end];

		if (l->section != SX_SEC_PROGRAM || l->kind != SX_LINE_INSN) {
			if (l->kind == SX_LINE_LABEL && l->text[0] != '.')
				return true;
			continue;
		}
		return !(l->insn.op == SX_OP_EXIT ||
			 (l->insn.op == SX_OP_JUMP && l->insn.dst == SX_NO_REG) ||
			 (l->insn.op == SX_OP_MARKER && l->insn.marker == SX_MARK_THROW));
	}
	return true;
}

/* Exits of the checks, behind the code of the program. */
static void epilogue(struct pass *p, size_t end)
{
	/* clang ends a path there that has no defined meaning. */
	if (falls_off(p, end))
		fprintf(p->out, "\tr0 = %d\n\texit\n", SAFEX_RET(SAFEX_END_FAULT, 0));
	for (size_t i = 0; i < p->n_stubs; i++)
		fprintf(p->out, ".Lsafex%zu:\n\tr0 = %d\n\texit\n", i,
			SAFEX_RET(p->stubs[i].kind, p->stubs[i].line));
}

static bool dropped(const struct pass *p, const struct sx_line *l)
{
	static const char *const noise[] = { ".loc", ".file", ".cfi_", ".ident", ".addrsig",
		".local" };

	if (l->section == SX_SEC_DEBUG || (l->section == SX_SEC_STRINGS && !p->plan.strings))
		return true;
	for (size_t i = 0; l->kind == SX_LINE_DIRECTIVE && i < sizeof(noise) / sizeof(noise[0]); i++)
		if (!strncmp(l->text, noise[i], strlen(noise[i])))
			return true;
	return false;
}

/*
 * A function may begin with a loop, of which our prologue is not part. The
 * verifier wants to know the line of the first instruction, which is now ours.
 */
static void loop_first(struct pass *p, size_t i)
{
	if (p->entered)
		return;
	for (; i < p->a->n && p->a->lines[i].kind != SX_LINE_INSN && !p->moved; i++) {
		if (strncmp(p->a->lines[i].text, ".Ltmp", 5))
			continue;
		p->moved = (long)i;
		fprintf(p->out, "%s:\n", p->a->lines[i].text);
	}
	prologue(p);
}

static int emit(struct pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];

	if (dropped(p, l))
		return 0;
	if (l->kind == SX_LINE_INSN)
		return instruction(p, i);
	if (l->kind == SX_LINE_DIRECTIVE) {
		fprintf(p->out, "\t%s\n", l->text);
		return 0;
	}
	if (l->kind == SX_LINE_COMMON) {
		fprintf(p->out, "\t.local %s\n\t.comm %s,%lld,8\n", l->text, l->text,
			(long long)l->insn.imm);
		return 0;
	}
	if (l->section == SX_SEC_PROGRAM && !strncmp(l->text, ".Lfunc_end", 10))
		epilogue(p, i);
	if (l->section == SX_SEC_PROGRAM && !strncmp(l->text, "LBB", 3))
		loop_first(p, i);
	if ((long)i != p->moved)
		fprintf(p->out, "%s:\n", l->text);
	return 0;
}

static int run(struct pass *p)
{
	int ret = sx_plan_make(&p->plan, p->a, p->file, p->status);

	for (size_t i = 0; i < p->a->n && !ret; i++)
		ret = emit(p, i);
	return ret;
}

int sx_instrument(const struct sx_asm *a, enum safex_kind role, const char *file, char **text,
		  size_t *size, struct dio_status *status)
{
	struct pass p = { .a = a, .role = role, .file = file, .status = status };
	int ret = -ENOMEM;

	*text = NULL;
	*size = 0;
	p.out = open_memstream(text, size);
	p.stubs = calloc(STUBS_MAX, sizeof(*p.stubs));
	if (p.out && p.stubs)
		ret = run(&p);
	if (ret == -ENOMEM)
		dio_status_set(status, DIO_E_NO_MEMORY, "%s: out of memory", file);
	if (p.out && fclose(p.out) && !ret)
		ret = -ENOMEM;
	sx_plan_release(&p.plan);
	free(p.stubs);
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}
