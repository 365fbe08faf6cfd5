/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: random expressions of declarations, as trees that the test has
 * made itself, with an evaluation of its own: nothing of sx_expr.c.
 */
#ifndef T_EXPR_H
#define T_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define T_EXPR_NODES	64

enum t_op {
	T_NUMBER, T_VALUE, T_OLD, T_ATTR, T_NEGATE, T_NOT, T_MUL, T_DIV, T_ADD, T_SUB, T_LT, T_LE,
	T_GT, T_GE, T_EQ, T_NE, T_AND, T_OR, T_MIN, T_MAX, T_OPS,
};

struct t_expr {
	struct {
		enum t_op op;
		int left, right;
		int64_t number;		/* or index of an attribute */
	} node[T_EXPR_NODES];
	int n;				/* the root is the last; 0: no expression */
};

/* What it is about: attributes, the value that is written and the one there is. */
struct t_values {
	const int64_t *attr;
	int64_t value, old;
};

uint64_t t_random(uint64_t *seed);

/* n: of attributes. Any of depth 0 .. depth. */
void t_expr_make(struct t_expr *e, uint64_t *seed, unsigned int n, unsigned int depth);

/* As a text, with no more brackets than needed; false if it does not fit. */
bool t_expr_text(const struct t_expr *e, const char (*names)[32], char *buf, size_t size);

/* False: there is no result, for something is divided by 0. */
bool t_expr_value(const struct t_expr *e, const struct t_values *v, int64_t *result);

#endif
