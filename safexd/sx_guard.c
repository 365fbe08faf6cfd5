/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations -> guard. The paper's Figure 4, for any attribute. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "sx_expr.h"
#include "sx_guard.h"

struct generator {
	const struct sx_declared *all;
	FILE *f;
};

static void expression(const struct generator *g, const char *text)
{
	struct sx_expr e;
	char why[96];

	/* sx_declare.c has parsed each once. */
	if (!sx_expr_parse(&e, text, g->all->attrs, g->all->n, why, sizeof(why)))
		sx_expr_print(g->f, &e, g->all->attrs);
}

static int slot_of(const struct generator *g, const char *name)
{
	for (unsigned int i = 0; i < g->all->n; i++)
		if (!strcmp(g->all->d[i].name, name))
			return (int)i;
	return -1;
}

/* C has no literal for the least number. */
static void number(const struct generator *g, long long n)
{
	if (n == LLONG_MIN)
		fprintf(g->f, "(-%lldLL - 1)", LLONG_MAX);
	else
		fprintf(g->f, "%lldLL", n);
}

static void range(const struct generator *g, const char *what, const struct safex_declaration *d,
		  const char *verdict)
{
	fprintf(g->f, "\t\tif (%s < ", what);
	number(g, d->minimum);
	fprintf(g->f, " || %s > ", what);
	number(g, d->maximum);
	fprintf(g->f, ")\n\t\t\treturn %s;\n", verdict);
}

static void change(const struct generator *g, const struct safex_declaration *d)
{
	range(g, "value", d, "RANGE");
	if (d->step)
		fprintf(g->f, "\t\tif (distance(value, old) > %lldULL)\n\t\t\treturn STEP;\n", d->step);
	if (d->rate)
		fprintf(g->f,
			"\t\tif (GUARD->last && GUARD->now - GUARD->last < %lldULL)\n\t\t\treturn RATE;\n",
			d->rate);
}

/* low must not be above high, with `what` for the one that is written. */
static void order(const struct generator *g, const char *what, unsigned int written,
		  unsigned int low, unsigned int high)
{
	int l = sx_declare_role(g->all, low), h = sx_declare_role(g->all, high);

	if (l < 0 || h < 0 || (written != low && written != high))
		return;
	if (written == low)
		fprintf(g->f, "\t\tif (%s > attr(%d /* %s */))\n", what, h, g->all->d[h].name);
	else
		fprintf(g->f, "\t\tif (attr(%d /* %s */) > %s)\n", l, g->all->d[l].name, what);
	fprintf(g->f, "\t\t\treturn CONTRACT;\n");
}

static void contract(const struct generator *g, const char *what, unsigned int role)
{
	order(g, what, role, SAFEX_ROLE_MINIMUM, SAFEX_ROLE_TARGET);
	order(g, what, role, SAFEX_ROLE_TARGET, SAFEX_ROLE_MAXIMUM);
	order(g, what, role, SAFEX_ROLE_TARGET, SAFEX_ROLE_PERIOD);
}

/* Is there room on the host for `what` per period? */
static void sum(const struct generator *g, unsigned int role, const char *what)
{
	int period = sx_declare_role(g->all, SAFEX_ROLE_PERIOD);

	if (role == SAFEX_ROLE_SHARE || role == SAFEX_ROLE_TARGET)
		fprintf(g->f,
			"\t\tif (GUARD->others_ppm + divide(%s * 1000000, attr(%d /* %s */)) > "
			"GUARD->cap_ppm)\n\t\t\treturn SUM;\n",
			what, period, g->all->d[period].name);
}

static void predicate(const struct generator *g, const struct safex_declaration *d)
{
	if (!*d->safe_when)
		return;
	fputs("\t\tif (!(", g->f);
	expression(g, d->safe_when);
	fputs(")) {\n", g->f);
	if (*d->otherwise) {
		fprintf(g->f, "\t\t\tmap_to(%d /* %s */, ", slot_of(g, d->maps_to), d->maps_to);
		expression(g, d->otherwise);
		fputs(");\n", g->f);
	}
	fputs("\t\t\treturn UNSAFE;\n\t\t}\n", g->f);
}

static void map(const struct generator *g, const struct safex_declaration *d)
{
	int to = slot_of(g, d->maps_to);

	if (!*d->maps_to)
		return;
	fputs("\t\tmapped = ", g->f);
	expression(g, d->map);
	fputs(";\n", g->f);
	range(g, "mapped", &g->all->d[to], "CONTRACT");
	contract(g, "mapped", g->all->d[to].role);
	/* What is refused for its sum is told, too: the kernel judges by what was asked for. */
	fprintf(g->f, "\t\tmap_to(%d /* %s */, mapped);\n", to, d->maps_to);
	sum(g, g->all->d[to].role, "mapped");
}

static void attribute(const struct generator *g, unsigned int slot)
{
	const struct safex_declaration *d = &g->all->d[slot];

	if (!(d->rights & (SAFEX_APP_WRITE | SAFEX_EXT_WRITE)))
		return;
	fprintf(g->f, "\tcase %u: /* %s */\n", slot, d->name);
	change(g, d);
	contract(g, "value", d->role);
	predicate(g, d);
	/* Last: what is mapped is set whatever is said after it. */
	sum(g, d->role, "value");
	map(g, d);
	fputs("\t\treturn OK;\n", g->f);
}

char *sx_guard_source(const struct sx_declared *declared, size_t *size)
{
	char *text = NULL;
	struct generator g = { declared, open_memstream(&text, size) };

	if (!g.f)
		return NULL;
	fputs("static int guard(void)\n{\n\ts64 value = GUARD->value, old = GUARD->old, mapped;\n\n"
	      "\tswitch (GUARD->slot) {\n",
	      g.f);
	for (unsigned int i = 0; i < declared->n; i++)
		attribute(&g, i);
	/* The application's own are free; of a declared one that has no rule, nothing is. */
	fprintf(g.f, "\tdefault:\n\t\treturn GUARD->slot < %u ? RIGHTS : OK;\n\t}\n}\n", declared->n);
	if (fclose(g.f)) {
		free(text);
		return NULL;
	}
	return text;
}
