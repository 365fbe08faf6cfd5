/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include "t_expr.h"

uint64_t t_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int64_t some_number(uint64_t *seed)
{
	static const int64_t numbers[] = { 0, 1, 2, 3, 7, 100, 1000, 1000000, 1000000000, INT64_MAX };

	return t_random(seed) % 4 ? numbers[t_random(seed) % 10] :
				    (int64_t)(t_random(seed) >> (1 + t_random(seed) % 62));
}

static int leaf(struct t_expr *e, uint64_t *seed, unsigned int n)
{
	enum t_op op = (enum t_op)(t_random(seed) % 6);
	int64_t number = 0;

	if (op > T_ATTR)
		op = T_ATTR;
	if (op == T_ATTR)
		number = (int64_t)(t_random(seed) % n);
	else if (op == T_NUMBER)
		number = some_number(seed);
	e->node[e->n].op = op;
	e->node[e->n].number = number;
	return e->n++;
}

static int tree(struct t_expr *e, uint64_t *seed, unsigned int n, unsigned int depth)
{
	int left, right = 0;
	enum t_op op;

	if (!depth || t_random(seed) % 5 == 0 || e->n > T_EXPR_NODES - 34)
		return leaf(e, seed, n);
	op = (enum t_op)(T_NEGATE + t_random(seed) % (T_OPS - T_NEGATE));
	left = tree(e, seed, n, depth - 1);
	if (op > T_NOT)
		right = tree(e, seed, n, depth - 1);
	e->node[e->n].op = op;
	e->node[e->n].left = left;
	e->node[e->n].right = right;
	return e->n++;
}

void t_expr_make(struct t_expr *e, uint64_t *seed, unsigned int n, unsigned int depth)
{
	e->n = 0;
	tree(e, seed, n, depth);
}

/* How tight: || && comparison sum product unary. */
static int level(enum t_op op)
{
	switch (op) {
	case T_OR: return 0;
	case T_AND: return 1;
	case T_ADD:
	case T_SUB: return 3;
	case T_MUL:
	case T_DIV: return 4;
	default: return op >= T_LT && op <= T_NE ? 2 : 5;
	}
}

struct writer {
	const struct t_expr *e;
	const char (*names)[32];
	char *buf;
	size_t n, size;
};

static void put(struct writer *w, const char *text)
{
	size_t n = strlen(text);

	if (w->n + n < w->size)
		memcpy(w->buf + w->n, text, n + 1);
	w->n += n;
}

static void number(struct writer *w, int64_t v)
{
	char text[32];

	snprintf(text, sizeof(text), v & 1 ? "%lld" : "0x%llx", (long long)v);
	put(w, text);
}

/* An own name is no identifier when it has a '-', and then goes into braces. */
static void name(struct writer *w, int64_t i)
{
	bool braces = strchr(w->names[i], '-') || strchr(w->names[i], '.');

	put(w, braces ? "{" : "");
	put(w, w->names[i]);
	put(w, braces ? "}" : "");
}

static void text(struct writer *w, int at, int least)
{
	static const char *const words[] = { "", "value", "old", "", "-", "!", " * ", "/", " + ", " - ",
		" < ", "<=", " > ", " >= ", " == ", "!=", " && ", "||", "min(", "max( " };
	enum t_op op = w->e->node[at].op;
	bool brackets = level(op) < least;

	put(w, brackets ? "(" : "");
	if (op == T_NUMBER)
		number(w, w->e->node[at].number);
	else if (op == T_ATTR)
		name(w, w->e->node[at].number);
	else if (op < T_MUL || op >= T_MIN)
		put(w, words[op]);
	if (op == T_NEGATE || op == T_NOT) {
		text(w, w->e->node[at].left, 5);
	} else if (op >= T_MIN) {
		text(w, w->e->node[at].left, 0);
		put(w, " ,");
		text(w, w->e->node[at].right, 0);
		put(w, ")");
	} else if (op >= T_MUL) {
		text(w, w->e->node[at].left, level(op));
		put(w, words[op]);
		text(w, w->e->node[at].right, level(op) + 1);
	}
	put(w, brackets ? ")" : "");
}

bool t_expr_text(const struct t_expr *e, const char (*names)[32], char *buf, size_t size)
{
	struct writer w = { e, names, buf, 0, size };

	*buf = '\0';
	if (e->n)
		text(&w, e->n - 1, 0);
	return w.n < size;
}

static bool compare(enum t_op op, int64_t l, int64_t r)
{
	switch (op) {
	case T_LT: return l < r;
	case T_LE: return l <= r;
	case T_GT: return l > r;
	case T_GE: return l >= r;
	case T_EQ: return l == r;
	default: return l != r;
	}
}

static bool binary(enum t_op op, int64_t l, int64_t r, int64_t *out)
{
	uint64_t a = (uint64_t)l, b = (uint64_t)r;

	switch (op) {
	case T_MUL: *out = (int64_t)(a * b); break;
	case T_ADD: *out = (int64_t)(a + b); break;
	case T_SUB: *out = (int64_t)(a - b); break;
	case T_MIN: *out = l < r ? l : r; break;
	case T_MAX: *out = l < r ? r : l; break;
	case T_DIV:
		if (!r)
			return false;
		*out = r == -1 ? (int64_t)-a : l / r;
		break;
	default: *out = compare(op, l, r);
	}
	return true;
}

static bool value(const struct t_expr *e, int at, const struct t_values *v, int64_t *out)
{
	enum t_op op = e->node[at].op;
	int64_t l, r;

	switch (op) {
	case T_NUMBER: *out = e->node[at].number; return true;
	case T_VALUE: *out = v->value; return true;
	case T_OLD: *out = v->old; return true;
	case T_ATTR: *out = v->attr[e->node[at].number]; return true;
	default: break;
	}
	if (!value(e, e->node[at].left, v, &l))
		return false;
	if (op == T_NEGATE || op == T_NOT) {
		*out = op == T_NOT ? !l : (int64_t)-(uint64_t)l;
		return true;
	}
	/* What is decided by the left side does not ask the right one. */
	if ((op == T_AND && !l) || (op == T_OR && l)) {
		*out = op == T_OR;
		return true;
	}
	if (!value(e, e->node[at].right, v, &r))
		return false;
	if (op == T_AND || op == T_OR) {
		*out = r != 0;
		return true;
	}
	return binary(op, l, r, out);
}

bool t_expr_value(const struct t_expr *e, const struct t_values *v, int64_t *result)
{
	return value(e, e->n - 1, v, result);
}
