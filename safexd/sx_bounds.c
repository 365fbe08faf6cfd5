/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sx_bounds.h"

/* By line: the first and last jump to it; first is 0 if there is none. */
struct jumps {
	size_t first, last;
};

struct window {
	int64_t first, last;		/* bytes touched from the pointer on: first .. last-1 */
	int width;			/* of the widest access */
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
	if (i->op == SX_OP_MARKER && i->marker == SX_MARK_WRITE && i->src == reg)
		return true;
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
	if (i->width > w->width)
		w->width = i->width;
	w->any = true;
}

/* What is touched through reg from line i on, in its block. */
static struct window accesses(const struct sx_asm *a, size_t i, int reg)
{
	struct window w = { 0, 1, 1, false };

	for (; i < a->n && !ends_block(&a->lines[i]); i++) {
		if (a->lines[i].kind != SX_LINE_INSN)
			continue;
		touch(&w, &a->lines[i].insn, reg);
		if (writes(&a->lines[i].insn, reg))
			break;
	}
	return w;
}

/* What an index is added to: a variable, or the frame. */
struct area {
	struct sx_bound to;		/* base, name, offset */
	int64_t first, last;		/* bytes of it: first .. last-1, from name on */
};

struct finder {
	const struct sx_asm *a;
	const struct jumps *jumps;
	struct sx_bound *bounds;
};

/*
 * Does a register that was set at line `from`, and not since, have that value
 * behind line i? Not if control may come to it from elsewhere, or a call was
 * made.
 */
static bool still_set(const struct finder *f, size_t from, size_t i, int reg)
{
	const struct sx_line *l = &f->a->lines[i];

	if (l->section != SX_SEC_PROGRAM)
		return false;
	if (l->kind == SX_LINE_LABEL && f->jumps[i].first)
		return f->jumps[i].first > from && f->jumps[i].last < i;
	return l->kind != SX_LINE_INSN || l->insn.op != SX_OP_CALL || reg > 5;
}

/* Line `at` adds to.base and to.index; both go on in its destination. */
static void set(const struct sx_asm *a, const struct area *area, size_t at, struct sx_bound *b)
{
	struct window w = accesses(a, at + 1, a->lines[at].insn.dst);

	b->wanted = true;
	b->unit = b->offset % w.width ? 1 : w.width;
	b->low = area->first - b->offset - w.first;
	b->high = area->last - b->offset - w.last;
}

/* Line i puts the address of an area into a register: where is it added to? */
static void follow(const struct finder *f, size_t from, const struct area *area)
{
	const struct sx_asm *a = f->a;
	struct sx_bound b = area->to;

	for (size_t i = from + 1; i < a->n && still_set(f, from, i, b.base); i++) {
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
			set(a, area, i, &b);
			f->bounds[i] = b;
		}
		if (writes(insn, b.base))
			return;
	}
}

/* false: the line makes no address of one. */
static bool area_of(const struct sx_asm *a, const struct sx_line *l, int frame, struct area *area)
{
	const struct sx_insn *insn = &l->insn;

	if (l->kind != SX_LINE_INSN)
		return false;
	area->to = (struct sx_bound){ .base = insn->dst };
	if (insn->op == SX_OP_MOVE && !insn->w && insn->src == 10) {
		area->first = -frame;
		area->last = 0;
		return frame > 0;
	}
	if (insn->op != SX_OP_ADDRESS || !*insn->name)
		return false;
	area->to.name = insn->name;
	area->to.offset = insn->imm;
	area->first = 0;
	area->last = size_of(a, insn->name);
	return area->last > 0;
}

static void find_jumps(const struct sx_asm *a, const long *target, struct jumps *jumps)
{
	for (size_t i = 0; i < a->n; i++) {
		struct jumps *to;

		if (a->lines[i].kind != SX_LINE_INSN || a->lines[i].insn.op != SX_OP_JUMP)
			continue;
		to = &jumps[target[i]];
		if (!to->first)
			to->first = i;
		to->last = i;
	}
}

int sx_bounds_find(const struct sx_asm *a, const long *target, int frame, struct sx_bound *bounds)
{
	struct jumps *jumps = calloc(a->n + 1, sizeof(*jumps));
	const struct finder f = { a, jumps, bounds };
	struct area area;

	if (!jumps)
		return -ENOMEM;
	find_jumps(a, target, jumps);
	for (size_t i = 0; i < a->n; i++)
		if (area_of(a, &a->lines[i], frame, &area))
			follow(&f, i, &area);
	free(jumps);
	return 0;
}
