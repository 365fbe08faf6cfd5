/* SPDX-License-Identifier: GPL-2.0-only */
/* The pass over the assembly that puts the run-time checks in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_instrument.h"

#define STACK		512	/* bytes that a BPF program has */
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
	long *target;			/* of a jump, by line: its label's line */
	bool loops;			/* at least one back edge */
	bool strings;			/* string literals are used as data */
	int self, share, zero, spill;	/* bytes below r10 */
	int scratch;			/* register for checks */
	bool scratch_used;		/* by the program: spill it */
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

/* Jumps to labels of the program itself, instructions few enough to be reached. */
static int find_jumps(struct pass *p)
{
	size_t insns = 0;

	for (size_t i = 0; i < p->a->n; i++) {
		const struct sx_line *l = &p->a->lines[i];

		if (l->kind != SX_LINE_INSN)
			continue;
		if (++insns > SX_INSNS_MAX)
			return fail(p, l->source, "program is too long");
		if (l->insn.op == SX_OP_ADDRESS && *l->insn.name)
			p->strings |= !strncmp(l->insn.name, ".L", 2);
		if (l->insn.op != SX_OP_JUMP)
			continue;
		p->target[i] = sx_asm_label(p->a, l->insn.name);
		if (p->target[i] < 0 || p->a->lines[p->target[i]].section != SX_SEC_PROGRAM)
			return fail(p, l->source, "jump leaves the program");
		p->loops |= p->target[i] < (long)i;
	}
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

/*
 * Our words go below what clang uses.  When it makes pointers into the frame
 * that cannot be followed here; its smallest constants say how deep they go.
 */
static int lay_frame(struct pass *p)
{
	bool copied = frame_copied(p->a), used[11] = { false };
	int depth = 0;

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
	}
	depth = (depth + 7) & ~7;
	if (depth + 32 > STACK)
		return fail(p, 0, "program needs more than 480 bytes for its variables");
	p->self = depth + 8;
	p->zero = depth + 16;
	p->share = depth + 24;
	p->spill = depth + 32;
	for (p->scratch = 9; p->scratch > 0 && used[p->scratch]; p->scratch--)
		;
	p->scratch_used = p->scratch == 0;
	if (p->scratch_used)
		p->scratch = 9;
	return 0;
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
	fprintf(p->out, "\tr0 = *(u64 *)(r1 + 0)\n\t*(u64 *)(r10 - %d) = r0\n", p->self);
	if (p->loops)
		fprintf(p->out, "\tr0 = *(u64 *)(r0 + 8)\n\t*(u64 *)(r10 - %d) = r0\n", p->zero);
	if (p->role == SAFEX_KIND_MANAGER)
		fprintf(p->out, "\tr0 = *(u64 *)(r1 + 8)\n\t*(u64 *)(r10 - %d) = r0\n", p->share);
	/* A register must have been written before it can be saved. */
	if (p->loops && p->scratch_used)
		fprintf(p->out, "\tr%d = 0\n", p->scratch);
}

static void save(const struct pass *p)
{
	if (p->scratch_used)
		fprintf(p->out, "\t*(u64 *)(r10 - %d) = r%d\n", p->spill, p->scratch);
}

static void restore(const struct pass *p)
{
	if (p->scratch_used)
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", p->scratch, p->spill);
}

static int back_edge(struct pass *p, const struct sx_line *l)
{
	int budget = stub(p, SAFEX_END_BUDGET, l->source), loop = stub(p, SAFEX_END_LOOP, l->source);
	int t = p->scratch;

	if (budget < 0 || loop < 0)
		return -EINVAL;
	save(p);
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d = *(u32 *)(r%d + 0)\n", t, p->self, t, t);
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

	if (!p->loops || passed_on(p, i)) {
		fprintf(p->out, "\t%s\n", l->text);
		return;
	}
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->zero);
	if (insn->w || insn->imm)
		fprintf(p->out, "\t%c%d += %lld\n", insn->w ? 'w' : 'r', insn->dst,
			(long long)insn->imm);
}

/* A variable of a loop may live in the frame. */
static void stored_constant(struct pass *p, const struct sx_line *l)
{
	const char *value = strstr(l->text, ") = ");

	if (!p->loops || l->insn.dst != 10 || !value) {
		fprintf(p->out, "\t%s\n", l->text);
		return;
	}
	save(p);
	fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n\tr%d += %s\n", p->scratch, p->zero, p->scratch,
		value + 4);
	fprintf(p->out, "\t%.*s = r%d\n", (int)(value + 1 - l->text), l->text, p->scratch);
	restore(p);
}

static int marker(struct pass *p, const struct sx_line *l)
{
	const struct sx_insn *insn = &l->insn;

	switch (insn->marker) {
	case SX_MARK_SELF:
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->self);
		return 0;
	case SX_MARK_SHARE:
		if (p->role != SAFEX_KIND_MANAGER)
			return fail(p, l->source, "only a service manager has a share");
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->share);
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
		if (p->target[i] < (long)i)
			return back_edge(p, l);
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

	if (l->section == SX_SEC_DEBUG || (l->section == SX_SEC_STRINGS && !p->strings))
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
	int ret = find_jumps(p);

	if (!ret)
		ret = lay_frame(p);
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
	p.target = calloc(a->n + 1, sizeof(*p.target));
	p.stubs = calloc(STUBS_MAX, sizeof(*p.stubs));
	if (p.out && p.target && p.stubs)
		ret = run(&p);
	if (ret == -ENOMEM)
		dio_status_set(status, DIO_E_NO_MEMORY, "%s: out of memory", file);
	if (p.out && fclose(p.out) && !ret)
		ret = -ENOMEM;
	free(p.target);
	free(p.stubs);
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}
