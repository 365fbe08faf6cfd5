/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include "sx_bounds.h"

struct window {
	int64_t first, last;		/* bytes touched from the pointer on: first .. last-1 */
	bool any;
};

/* Bytes of the variable at a label or common line, 0: not known. */
static int64_t size_of(const struct sx_asm *a, const char *name)
{
	long at = sx_asm_label(a, name);
	size_t n = strlen(name);

	if (at < 0)
		return 0;
	if (a->lines[at].kind == SX_LINE_COMMON)
		return a->lines[at].insn.imm;
	for (size_t i = (size_t)at; i < a->n; i++) {
		const char *text = a->lines[i].text;

		/* ".size name, bytes" follows the data */
		if (a->lines[i].kind != SX_LINE_DIRECTIVE || strncmp(text, ".size", 5))
			continue;
		text += 5 + strspn(text + 5, " \t");
		if (!strncmp(text, name, n) && text[n] == ',')
			return strtoll(text + n + 1, NULL, 10);
	}
	return 0;
}

/* An instruction after which a register or the block is no longer what it was. */
static bool ends_block(const struct sx_line *l)
{
	return (l->kind == SX_LINE_LABEL && l->text[0] != '.') ||
	       (l->kind == SX_LINE_INSN &&
		(l->insn.op == SX_OP_JUMP || l->insn.op == SX_OP_EXIT || l->insn.op == SX_OP_CALL));
}

static bool writes(const struct sx_insn *i, int reg)
{
	return i->dst == reg && i->op != SX_OP_STORE && i->op != SX_OP_STORE_IMM;
}

static bool is_add(const struct sx_line *l)
{
	return l->insn.op == SX_OP_ALU && !l->insn.w && strstr(l->text, " += ");
}

static void touch(struct window *w, const struct sx_insn *i, int reg)
{
	int base = i->op == SX_OP_LOAD ? i->src : i->dst;

	if ((i->op != SX_OP_LOAD && i->op != SX_OP_STORE && i->op != SX_OP_STORE_IMM) || base != reg)
		return;
	if (!w->any || i->imm < w->first)
		w->first = i->imm;
	if (!w->any || i->imm + i->width > w->last)
		w->last = i->imm + i->width;
	w->any = true;
}

/* What is touched through reg from line i on, in its block. */
static struct window accesses(const struct sx_asm *a, size_t i, int reg)
{
	struct window w = { 0, 1, false };

	for (; i < a->n && !ends_block(&a->lines[i]); i++) {
		if (a->lines[i].kind != SX_LINE_INSN)
			continue;
		touch(&w, &a->lines[i].insn, reg);
		if (writes(&a->lines[i].insn, reg))
			break;
	}
	return w;
}

/* Line `at` adds b->base and b->index; both go on in its destination. */
static void set(const struct sx_asm *a, struct sx_bound *b, size_t at, int64_t size)
{
	struct window w = accesses(a, at + 1, a->lines[at].insn.dst);

	b->wanted = true;
	b->low = -(b->offset + w.first);
	b->high = size - b->offset - w.last;
}

/* Line i puts the address of a variable of `size` bytes into a register: where is it added to? */
static void follow(const struct sx_asm *a, size_t i, int64_t size, struct sx_bound *bounds)
{
	const struct sx_insn *source = &a->lines[i].insn;
	struct sx_bound b = { .base = source->dst, .name = source->name, .offset = source->imm };

	for (i++; i < a->n && !ends_block(&a->lines[i]); i++) {
		const struct sx_insn *insn = &a->lines[i].insn;

		if (a->lines[i].kind != SX_LINE_INSN)
			continue;
		if (is_add(&a->lines[i]) && insn->dst == b.base && insn->src == SX_NO_REG) {
			b.offset += insn->imm;
			continue;
		}
		if (is_add(&a->lines[i]) && insn->dst != insn->src &&
		    (insn->dst == b.base || insn->src == b.base)) {
			b.index = insn->dst == b.base ? insn->src : insn->dst;
			set(a, &b, i, size);
			bounds[i] = b;
		}
		if (writes(insn, b.base))
			return;
	}
}

void sx_bounds_find(const struct sx_asm *a, struct sx_bound *bounds)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct sx_line *l = &a->lines[i];
		int64_t size;

		if (l->kind != SX_LINE_INSN || l->insn.op != SX_OP_ADDRESS || !*l->insn.name)
			continue;
		size = size_of(a, l->insn.name);
		if (size)
			follow(a, i, size, bounds);
	}
}
