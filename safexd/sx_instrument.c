/* SPDX-License-Identifier: GPL-2.0-only */
/* The pass over the assembly that puts the run-time checks in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_instrument.h"
#include "sx_pass.h"
#include "sx_refusals.h"

static void prologue(struct sx_pass *p)
{
	if (p->entered)
		return;
	p->entered = true;
	if (p->role == SAFEX_KIND_MANAGER)
		fprintf(p->out, "\tr0 = *(u64 *)(r1 + 8)\n\t*(u64 *)(r10 - %d) = r0\n", p->plan.share);
	if (p->plan.kept != SX_NO_REG)
		fprintf(p->out, "\tr%d = *(u64 *)(r1 + 0)\n", p->plan.kept);
	else
		fprintf(p->out, "\tr0 = *(u64 *)(r1 + 0)\n\t*(u64 *)(r10 - %d) = r0\n", p->plan.self);
	/* A register must have been written before it can be saved. */
	if (p->plan.loops && p->plan.scratch_used)
		fprintf(p->out, "\tr%d = 0\n\tr%d = 0\n", p->plan.scratch, p->plan.scratch - 1);
}

/* The context, into a register. */
static void self(const struct sx_pass *p, int reg)
{
	if (p->plan.kept != SX_NO_REG)
		fprintf(p->out, "\tr%d = r%d\n", reg, p->plan.kept);
	else
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", reg, p->plan.self);
}

/* A register that has it; reg, if there is no other. */
static int base(const struct sx_pass *p, int reg)
{
	if (p->plan.kept != SX_NO_REG)
		return p->plan.kept;
	self(p, reg);
	return reg;
}

static void read(const struct sx_pass *p, const struct sx_insn *insn)
{
	int from = base(p, insn->dst);

	fprintf(p->out, "\tr%d = *(u64 *)(r%d + %d)\n", insn->dst, from,
		SAFEX_CTX_ATTR + 8 * (int)insn->imm);
}

/*
 * With the line, which is told when the write is refused; through a register,
 * for clang 14's assembler stores no constants.
 */
static void write(const struct sx_pass *p, size_t i)
{
	const struct sx_insn *insn = &p->a->lines[i].insn;
	int slot = (int)insn->imm, set = SAFEX_CTX_SET + slot / 32 * 4;
	int to = base(p, insn->dst), v = insn->src;

	fprintf(p->out, "\t*(u64 *)(r%d + %d) = r%d\n", to, SAFEX_CTX_ATTR + 8 * slot, v);
	fprintf(p->out, "\tr%d = %u\n", v, sx_pass_line(p, i));
	fprintf(p->out, "\t*(u32 *)(r%d + %d) = r%d\n", to, SAFEX_CTX_LINE + 4 * slot, v);
	fprintf(p->out, "\tr%d = *(u32 *)(r%d + %d)\n", v, to, set);
	fprintf(p->out, "\tw%d |= %d\n", v, (int)(1u << slot % 32));
	fprintf(p->out, "\t*(u32 *)(r%d + %d) = r%d\n", to, set, v);
}

static int marker(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;

	switch (insn->marker) {
	case SX_MARK_SELF:
		self(p, insn->dst);
		return 0;
	case SX_MARK_SHARE:
		if (p->role != SAFEX_KIND_MANAGER)
			return sx_pass_fail(p, l->source, SX_REFUSED_SHARE);
		fprintf(p->out, "\tr%d = *(u64 *)(r10 - %d)\n", insn->dst, p->plan.share);
		return 0;
	case SX_MARK_THROW:
		return sx_check_raise(p, SAFEX_END_THROWN, l->source);
	case SX_MARK_CHECK:
		return sx_check_failed(p, i);
	case SX_MARK_CAUSE:
		return sx_catch_begin(p, i);
	case SX_MARK_READ:
		read(p, insn);
		return 0;
	case SX_MARK_WRITE:
		write(p, i);
		return 0;
	}
	return -EINVAL;
}

/* Quoted, for a variable may be called "s" or "goto". */
static void address(const struct sx_pass *p, const struct sx_line *l)
{
	const struct sx_insn *insn = &l->insn;

	if (*insn->name)
		fprintf(p->out, "\tr%d = \"%s\"+%lld ll\n", insn->dst, insn->name,
			(long long)insn->imm);
	else
		fprintf(p->out, "\t%s\n", l->text);
}

static int instruction(struct sx_pass *p, size_t i)
{
	const struct sx_line *l = &p->a->lines[i];
	const struct sx_insn *insn = &l->insn;

	prologue(p);
	switch (insn->op) {
	case SX_OP_MARKER:
		return marker(p, i);
	case SX_OP_JUMP:
		if (p->plan.back[i])
			return sx_check_loop(p, i);
		return sx_check_jump(p, i);
	case SX_OP_DIVIDE:
		return sx_check_division(p, i);
	case SX_OP_MOVE_IMM:
		return sx_check_constant(p, i);
	case SX_OP_STORE_IMM:
		return sx_check_stored_constant(p, i);
	case SX_OP_ALU:
		if (p->plan.bounds[i].wanted)
			return sx_check_bound(p, i);
		break;
	case SX_OP_ADDRESS:
		address(p, l);
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
static bool falls_off(const struct sx_pass *p, size_t end)
{
	while (end-- > 0) {
		const struct sx_line *l = &p->a->lines[end];

		if (l->section != SX_SEC_PROGRAM || l->kind != SX_LINE_INSN) {
			if (l->kind == SX_LINE_LABEL && l->text[0] != '.')
				return true;
			continue;
		}
		return !sx_insn_ends(&l->insn);
	}
	return true;
}

/* Exits of the checks, behind the code of the program. */
static void epilogue(struct sx_pass *p, size_t end)
{
	/* clang ends a path there that has no defined meaning. */
	if (falls_off(p, end))
		fprintf(p->out, "\tr0 = %d\n\texit\n", SAFEX_RET(SAFEX_END_THROWN, 0));
	for (size_t i = 0; i < p->n_stubs; i++) {
		fprintf(p->out, ".Lsafex%zu:\n", i);
		sx_catch_exit(p, &p->stubs[i]);
	}
	sx_catch_end(p);
}

static bool dropped(const struct sx_pass *p, const struct sx_line *l)
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
static void loop_first(struct sx_pass *p, size_t i)
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

static int emit(struct sx_pass *p, size_t i)
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

static bool opens_data(const struct sx_line *l)
{
	return l->kind == SX_LINE_DIRECTIVE && l->section == SX_SEC_DATA &&
	       (!strncmp(l->text, ".section", 8) || !strcmp(l->text, ".data") || !strcmp(l->text, ".bss"));
}

/* Our own variable, and room behind the author's in each of their sections. */
static void room(struct sx_pass *p)
{
	if (p->index)
		fprintf(p->out, "\t.local safex_index\n\t.comm safex_index,8,8\n");
	if (!p->plan.reach)
		return;
	fprintf(p->out, "\t.local safex_room\n\t.comm safex_room,%d,8\n", p->plan.reach);
	for (size_t i = 0; i < p->a->n; i++)
		if (opens_data(&p->a->lines[i]))
			fprintf(p->out, "\t%s\n\t.zero %d\n", p->a->lines[i].text, p->plan.reach);
}

static int run(struct sx_pass *p, size_t *start)
{
	int ret = sx_plan_make(&p->plan, p->a, p->file, p->status);

	for (size_t i = 0; i < p->a->n && !ret; i++) {
		start[i] = (size_t)ftello(p->out);
		ret = emit(p, i);
	}
	start[p->a->n] = (size_t)ftello(p->out);
	if (!ret)
		room(p);
	return ret;
}

int sx_instrument(const struct sx_asm *a, enum safex_kind role, bool timed, const char *file,
		  struct sx_checked *out, struct dio_status *status)
{
	struct sx_pass p = { .a = a, .role = role, .timed = timed, .file = file, .status = status };
	int ret = -ENOMEM;

	*out = (struct sx_checked){ .start = calloc(a->n + 1, sizeof(*out->start)) };
	p.out = open_memstream(&out->text, &out->size);
	p.stubs = calloc(SX_STUBS_MAX, sizeof(*p.stubs));
	if (p.out && p.stubs && out->start)
		ret = run(&p, out->start);
	if (ret == -ENOMEM)
		dio_status_set(status, DIO_E_NO_MEMORY, "%s: out of memory", file);
	if (p.out && fclose(p.out) && !ret)
		ret = -ENOMEM;
	sx_plan_release(&p.plan);
	free(p.stubs);
	return ret;
}

void sx_checked_release(struct sx_checked *checked)
{
	free(checked->text);
	free(checked->start);
	*checked = (struct sx_checked){ 0 };
}
