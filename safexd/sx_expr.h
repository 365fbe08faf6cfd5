/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expressions of declarations: integers, `value`, `old`, names of declared
 * attributes ({in braces} when a name is no identifier), + - * /
 * < <= > >= == != && || ! min(a, b) max(a, b) ( ).
 * All arithmetic is of 64 bits, signed, and wraps.
 */
#ifndef SX_EXPR_H
#define SX_EXPR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/safex.h>

#define SX_EXPR_WHY	160	/* bytes of what is wrong, with the NUL */
#define SX_EXPR_NODES	160	/* as many as a text has characters */

enum sx_expr_op {
	SX_X_NUMBER, SX_X_VALUE, SX_X_OLD, SX_X_ATTR, SX_X_NEGATE, SX_X_NOT,
	SX_X_MUL, SX_X_DIV, SX_X_ADD, SX_X_SUB, SX_X_LT, SX_X_LE, SX_X_GT, SX_X_GE,
	SX_X_EQ, SX_X_NE, SX_X_AND, SX_X_OR, SX_X_MIN, SX_X_MAX,
};

struct sx_expr_node {
	enum sx_expr_op op;
	int left, right;	/* indices of nodes */
	int64_t number;		/* or slot */
};

struct sx_expr {
	struct sx_expr_node node[SX_EXPR_NODES];
	unsigned int n;
	int root;
	uint64_t uses;		/* slots */
	bool uses_write;	/* `value` or `old` */
};

/* 0, or -EINVAL and what is wrong in why. */
int sx_expr_parse(struct sx_expr *e, const char *text, const struct safex_attr *attrs,
		  unsigned int n_attrs, char *why, size_t size);

/* As an expression in C, with min(), max(), divide(a, b) and attr(slot). */
void sx_expr_print(FILE *f, const struct sx_expr *e, const struct safex_attr *attrs);

/* value and old are taken as 0. 0 or -EDOM (division by zero). */
int sx_expr_eval(const struct sx_expr *e, const struct safex_attr *attrs, int64_t *result);

#endif
