/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sx_expr.h"
#include "sx_refusals.h"

#define DEPTH_MAX	32
#define LEVELS		5	/* of binary operators */

struct reader {
	struct sx_expr *e;
	const char *p;
	const struct safex_attr *attrs;
	unsigned int n_attrs;
	unsigned int depth;
	char *why;
	size_t size;
};

static int level(struct reader *r, unsigned int n);

static int wrong(struct reader *r, const char *what, const char *at)
{
	snprintf(r->why, r->size, "%s at \"%.32s\"", what, at);
	return -EINVAL;
}

/* What stands where an operator or the end might. */
static int stray(struct reader *r, const char *what)
{
	if (*r->p && strchr("%&|^~?:=", *r->p))
		what = SX_REFUSED_X_OPERATOR;
	return wrong(r, what, r->p);
}

/* Index of a new node, or -EINVAL. */
static int node(struct reader *r, enum sx_expr_op op, int left, int right, int64_t number)
{
	if (r->e->n == SX_EXPR_NODES)
		return wrong(r, SX_REFUSED_X_LONG, r->p);
	r->e->node[r->e->n] = (struct sx_expr_node){ op, left, right, number };
	return (int)r->e->n++;
}

static void blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static bool accept(struct reader *r, const char *text)
{
	blanks(r);
	if (strncmp(r->p, text, strlen(text)))
		return false;
	r->p += strlen(text);
	return true;
}

static int number(struct reader *r)
{
	char *after;
	long long v;

	errno = 0;
	v = strtoll(r->p, &after, 0);
	if (errno)
		return wrong(r, SX_REFUSED_X_WIDE, r->p);
	if (*after == '.')
		return wrong(r, SX_REFUSED_X_FRACTION, r->p);
	if (isalnum((unsigned char)*after) || *after == '_')
		return wrong(r, SX_REFUSED_X_NUMBER, r->p);
	r->p = after;
	return node(r, SX_X_NUMBER, 0, 0, v);
}

static int attribute(struct reader *r, const char *name, size_t n, const char *at)
{
	for (unsigned int i = 0; i < r->n_attrs; i++) {
		if (strlen(r->attrs[i].name) != n || memcmp(r->attrs[i].name, name, n))
			continue;
		r->e->uses |= 1ull << i;
		return node(r, SX_X_ATTR, 0, 0, i);
	}
	return wrong(r, at[n] == '(' ? SX_REFUSED_X_FUNCTION :
			SX_REFUSED_X_ATTRIBUTE, at);
}

/* min(a, b) and max(a, b), behind the '('. */
static int pair(struct reader *r, enum sx_expr_op op)
{
	int left = level(r, 0), right;

	if (left < 0)
		return left;
	if (!accept(r, ","))
		return stray(r, SX_REFUSED_X_COMMA);
	right = level(r, 0);
	if (right < 0)
		return right;
	return accept(r, ")") ? node(r, op, left, right, 0) : stray(r, SX_REFUSED_X_BRACKET);
}

static int word(struct reader *r)
{
	const char *at = r->p;
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '_')
		n++;
	r->p += n;
	if (n == 3 && (!memcmp(at, "min", 3) || !memcmp(at, "max", 3)) && accept(r, "("))
		return pair(r, at[1] == 'i' ? SX_X_MIN : SX_X_MAX);
	if ((n == 5 && !memcmp(at, "value", 5)) || (n == 3 && !memcmp(at, "old", 3))) {
		r->e->uses_write = true;
		return node(r, n == 5 ? SX_X_VALUE : SX_X_OLD, 0, 0, 0);
	}
	return attribute(r, at, n, at);
}

static int primary(struct reader *r)
{
	const char *end;
	int inner;

	blanks(r);
	if (isdigit((unsigned char)*r->p))
		return number(r);
	if (isalpha((unsigned char)*r->p) || *r->p == '_')
		return word(r);
	if (*r->p == '{' && (end = strchr(r->p, '}'))) {
		const char *name = r->p + 1;

		r->p = end + 1;
		return attribute(r, name, (size_t)(end - name), name);
	}
	if (!accept(r, "("))
		return stray(r, *r->p ? SX_REFUSED_X_WORD : SX_REFUSED_X_END);
	inner = level(r, 0);
	if (inner >= 0 && !accept(r, ")"))
		return stray(r, SX_REFUSED_X_BRACKET);
	return inner;
}

static int unary(struct reader *r)
{
	int inner;
	bool negate, not;

	if (++r->depth > DEPTH_MAX)
		return wrong(r, SX_REFUSED_X_DEEP, r->p);
	negate = accept(r, "-");
	not = !negate && accept(r, "!");
	inner = negate || not ? unary(r) : primary(r);
	r->depth--;
	if (inner < 0 || (!negate && !not))
		return inner;
	return node(r, negate ? SX_X_NEGATE : SX_X_NOT, inner, 0, 0);
}

/* Operators by level; of two that begin alike the longer is first. */
static const struct {
	const char *text;
	unsigned int level;
	enum sx_expr_op op;
} operators[] = {
	{ "||", 0, SX_X_OR }, { "&&", 1, SX_X_AND }, { "<=", 2, SX_X_LE }, { ">=", 2, SX_X_GE },
	{ "==", 2, SX_X_EQ }, { "!=", 2, SX_X_NE },  { "<", 2, SX_X_LT },  { ">", 2, SX_X_GT },
	{ "+", 3, SX_X_ADD }, { "-", 3, SX_X_SUB },  { "*", 4, SX_X_MUL }, { "/", 4, SX_X_DIV },
};

static bool operator_at(struct reader *r, unsigned int n, enum sx_expr_op *op)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (operators[i].level != n || !accept(r, operators[i].text))
			continue;
		*op = operators[i].op;
		return true;
	}
	return false;
}

static int level(struct reader *r, unsigned int n)
{
	enum sx_expr_op op;
	int left, right;

	if (n == LEVELS)
		return unary(r);
	left = level(r, n + 1);
	while (left >= 0 && operator_at(r, n, &op)) {
		right = level(r, n + 1);
		left = right < 0 ? right : node(r, op, left, right, 0);
	}
	return left;
}

int sx_expr_parse(struct sx_expr *e, const char *text, const struct safex_attr *attrs,
		  unsigned int n_attrs, char *why, size_t size)
{
	struct reader r = { e, text, attrs, n_attrs, 0, why, size };

	*e = (struct sx_expr){ .n = 0 };
	e->root = level(&r, 0);
	if (e->root < 0)
		return e->root;
	blanks(&r);
	return *r.p ? stray(&r, SX_REFUSED_X_WORD) : 0;
}

static const char *text_of(enum sx_expr_op op)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (operators[i].op == op)
			return operators[i].text;
	return NULL;
}

static const char *function_of(enum sx_expr_op op)
{
	return op == SX_X_DIV ? "divide" : op == SX_X_MIN ? "min" : "max";
}

static void print(FILE *f, const struct sx_expr *e, int at, const struct safex_attr *attrs)
{
	const struct sx_expr_node *n = &e->node[at];

	switch (n->op) {
	case SX_X_NUMBER:
		fprintf(f, "%lldLL", (long long)n->number);
		return;
	case SX_X_VALUE:
	case SX_X_OLD:
		fputs(n->op == SX_X_VALUE ? "value" : "old", f);
		return;
	case SX_X_ATTR:
		fprintf(f, "attr(%lld /* %s */)", (long long)n->number, attrs[n->number].name);
		return;
	case SX_X_NEGATE:
	case SX_X_NOT:
		fputs(n->op == SX_X_NOT ? "!(" : "-(", f);
		print(f, e, n->left, attrs);
		fputc(')', f);
		return;
	case SX_X_DIV:
	case SX_X_MIN:
	case SX_X_MAX:
		fprintf(f, "%s(", function_of(n->op));
		print(f, e, n->left, attrs);
		fputs(", ", f);
		print(f, e, n->right, attrs);
		fputc(')', f);
		return;
	default:
		fputc('(', f);
		print(f, e, n->left, attrs);
		fprintf(f, " %s ", text_of(n->op));
		print(f, e, n->right, attrs);
		fputc(')', f);
	}
}

void sx_expr_print(FILE *f, const struct sx_expr *e, const struct safex_attr *attrs)
{
	print(f, e, e->root, attrs);
}

static int64_t wrap(uint64_t v)
{
	return (int64_t)v;
}

static int64_t divide(int64_t l, int64_t r)
{
	return l == INT64_MIN && r == -1 ? l : l / r;
}

static int eval(const struct sx_expr *e, int at, const struct safex_attr *attrs, int64_t *out)
{
	const struct sx_expr_node *n = &e->node[at];
	int64_t l = 0, r = 0;
	int ret = 0;

	if (n->op > SX_X_ATTR)
		ret = eval(e, n->left, attrs, &l);
	/* The right side of a decided && or || isn't looked at. */
	if (!ret && (n->op == SX_X_AND || n->op == SX_X_OR) && !l == (n->op == SX_X_AND)) {
		*out = !!l;
		return 0;
	}
	if (!ret && n->op > SX_X_NOT)
		ret = eval(e, n->right, attrs, &r);
	if (ret)
		return ret;
	switch (n->op) {
	case SX_X_NUMBER: *out = n->number; break;
	case SX_X_VALUE:
	case SX_X_OLD: *out = 0; break;
	case SX_X_ATTR: *out = attrs[n->number].value; break;
	case SX_X_NEGATE: *out = wrap(-(uint64_t)l); break;
	case SX_X_NOT: *out = !l; break;
	case SX_X_MUL: *out = wrap((uint64_t)l * (uint64_t)r); break;
	case SX_X_DIV:
		if (!r)
			return -EDOM;
		*out = divide(l, r);
		break;
	case SX_X_ADD: *out = wrap((uint64_t)l + (uint64_t)r); break;
	case SX_X_SUB: *out = wrap((uint64_t)l - (uint64_t)r); break;
	case SX_X_LT: *out = l < r; break;
	case SX_X_LE: *out = l <= r; break;
	case SX_X_GT: *out = l > r; break;
	case SX_X_GE: *out = l >= r; break;
	case SX_X_EQ: *out = l == r; break;
	case SX_X_NE: *out = l != r; break;
	case SX_X_AND:
	case SX_X_OR: *out = !!r; break;
	case SX_X_MIN: *out = l < r ? l : r; break;
	case SX_X_MAX: *out = l > r ? l : r; break;
	}
	return 0;
}

int sx_expr_eval(const struct sx_expr *e, const struct safex_attr *attrs, int64_t *result)
{
	return eval(e, e->root, attrs, result);
}
