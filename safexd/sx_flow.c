/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strongly connected components (Tarjan's algorithm, without recursion, for a
 * program may have many jumps): a jump within one component lies on a loop.
 */
#include <errno.h>
#include <stdlib.h>
#include "sx_flow.h"

struct line_state {
	size_t index, low;	/* 0: not seen */
	size_t component;	/* 0: not yet */
	unsigned char next;	/* successor to look at */
};

struct flow {
	const struct sx_asm *a;
	const long *target;
	struct line_state *s;
	size_t *path, n_path;	/* lines being visited */
	size_t *open, n_open;	/* lines without a component */
	size_t count;
};

static bool falls_through(const struct sx_line *l)
{
	return l->kind != SX_LINE_INSN || !sx_insn_ends(&l->insn);
}

/* The next successor of a line, or -1: the following line, then a jump's target. */
static long successor(const struct flow *f, size_t at)
{
	const struct sx_line *l = &f->a->lines[at];

	if (f->s[at].next == 0) {
		f->s[at].next++;
		if (falls_through(l) && at + 1 < f->a->n &&
		    f->a->lines[at + 1].section == SX_SEC_PROGRAM)
			return (long)at + 1;
	}
	if (f->s[at].next == 1) {
		f->s[at].next++;
		if (l->kind == SX_LINE_INSN && l->insn.op == SX_OP_JUMP)
			return f->target[at];
	}
	return -1;
}

static void enter(struct flow *f, size_t at)
{
	f->s[at].index = f->s[at].low = ++f->count;
	f->path[f->n_path++] = at;
	f->open[f->n_open++] = at;
}

/* All of a line's successors were seen: it may be the first line of a component. */
static void leave(struct flow *f, size_t at)
{
	size_t member;

	if (f->s[at].low == f->s[at].index) {
		do {
			member = f->open[--f->n_open];
			f->s[member].component = f->s[at].index;
		} while (member != at);
	}
	f->n_path--;
	if (f->n_path) {
		struct line_state *before = &f->s[f->path[f->n_path - 1]];

		if (f->s[at].low < before->low)
			before->low = f->s[at].low;
	}
}

static void visit(struct flow *f, size_t from)
{
	enter(f, from);
	while (f->n_path) {
		size_t at = f->path[f->n_path - 1];
		long to = successor(f, at);

		if (to < 0)
			leave(f, at);
		else if (!f->s[to].index)
			enter(f, (size_t)to);
		else if (!f->s[to].component && f->s[to].index < f->s[at].low)
			f->s[at].low = f->s[to].index;
	}
}

static void count_inside(const struct flow *f, const bool *back, unsigned int *inside)
{
	size_t *jumps = f->path;	/* not needed any more: by component */

	for (size_t i = 0; i < f->a->n; i++)
		jumps[i] = 0;
	for (size_t i = 0; i < f->a->n; i++)
		if (back[i])
			jumps[f->s[i].component - 1]++;
	for (size_t i = 0; i < f->a->n; i++)
		inside[i] = f->s[i].component ? (unsigned int)jumps[f->s[i].component - 1] : 0;
}

int sx_flow_loops(const struct sx_asm *a, const long *target, bool *back, unsigned int *inside)
{
	struct flow f = { .a = a, .target = target };
	int ret = -ENOMEM;

	f.s = calloc(a->n + 1, sizeof(*f.s));
	f.path = calloc(a->n + 1, sizeof(*f.path));
	f.open = calloc(a->n + 1, sizeof(*f.open));
	for (size_t i = 0; f.s && f.path && f.open && i < a->n; i++) {
		if (a->lines[i].section == SX_SEC_PROGRAM && !f.s[i].index)
			visit(&f, i);
		ret = 0;
	}
	for (size_t i = 0; !ret && i < a->n; i++)
		back[i] = a->lines[i].kind == SX_LINE_INSN && a->lines[i].insn.op == SX_OP_JUMP &&
			  target[i] < (long)i &&
			  f.s[target[i]].component == f.s[i].component;
	if (!ret)
		count_inside(&f, back, inside);
	free(f.s);
	free(f.path);
	free(f.open);
	return ret;
}
