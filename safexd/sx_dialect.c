/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_dialect.h"

/* One line of text without its end; false behind the last. */
static bool next_line(const char **at, size_t *n)
{
	if (!**at)
		return false;
	*n = strcspn(*at, "\n");
	return true;
}

static void step(const char **at, size_t n)
{
	*at += n + ((*at)[n] == '\n');
}

static bool accept(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n))
		return false;
	*p += n;
	return true;
}

/* Where an operand ends, which may be an expression of constants. */
static const char *operand_end(const char *p, const char *end)
{
	unsigned int depth = 0;

	for (; p < end && (depth || *p != ','); p++)
		depth += (*p == '(') - (*p == ')');
	return p;
}

static const struct {
	const char *text;
	unsigned int bits;
} types[] = { { "i32 ", 32 }, { "i64 ", 64 } };

/* "A, B, !dbg !9" -> "call i64 @safex.sdiv.64(i64 A, i64 B), !dbg !9" */
static bool operands(FILE *f, const char *op, unsigned int bits, const char *a, const char *end)
{
	const char *comma = operand_end(a, end), *b, *rest;

	if (comma == end)
		return false;
	b = comma + 1 + strspn(comma + 1, " ");
	rest = operand_end(b, end);
	fprintf(f, "call i%u @safex.%.4s.%u(i%u %.*s, i%u %.*s)%.*s\n", bits, op, bits, bits,
		(int)(comma - a), a, bits, (int)(rest - b), b, (int)(end - rest), rest);
	return true;
}

/*
 * "  %3 = sdiv exact i64 A, B, !dbg !9", and srem. Only an instruction begins
 * with two blanks and a register: no string of the author's does.
 */
static bool division(FILE *f, const char *line, size_t n)
{
	const char *p = line + 3, *op;

	if (strncmp(line, "  %", 3))
		return false;
	p += strspn(p, "0123456789");
	if (!accept(&p, " = "))
		return false;
	op = p;
	if (!accept(&p, "sdiv ") && !accept(&p, "srem "))
		return false;
	accept(&p, "exact ");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!accept(&p, types[i].text))
			continue;
		fprintf(f, "%.*s", (int)(op - line), line);
		return operands(f, op, types[i].bits, p, line + n);
	}
	return false;
}

/* The quotient is negative if one operand is, the remainder if the first is. */
static void functions(FILE *f, unsigned int bits)
{
	for (int rem = 0; rem < 2; rem++)
		fprintf(f,
			"define internal i%1$u @safex.%2$s.%1$u(i%1$u %%a, i%1$u %%b) alwaysinline {\n"
			"  %%na = icmp slt i%1$u %%a, 0\n"
			"  %%nb = icmp slt i%1$u %%b, 0\n"
			"  %%ma = sub i%1$u 0, %%a\n"
			"  %%mb = sub i%1$u 0, %%b\n"
			"  %%ua = select i1 %%na, i%1$u %%ma, i%1$u %%a\n"
			"  %%ub = select i1 %%nb, i%1$u %%mb, i%1$u %%b\n"
			"  %%q = %3$s i%1$u %%ua, %%ub\n"
			"  %%mq = sub i%1$u 0, %%q\n"
			"  %%x = xor i1 %%na, %%nb\n"
			"  %%r = select i1 %4$s, i%1$u %%mq, i%1$u %%q\n"
			"  ret i%1$u %%r\n"
			"}\n",
			bits, rem ? "srem" : "sdiv", rem ? "urem" : "udiv", rem ? "%na" : "%x");
}

char *sx_dialect_divisions(const char *ir, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);
	size_t n;

	if (!f)
		return NULL;
	for (; next_line(&ir, &n); step(&ir, n))
		if (!division(f, ir, n))
			fprintf(f, "%.*s\n", (int)n, ir);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		functions(f, types[i].bits);
	if (fclose(f)) {
		free(text);
		text = NULL;
	}
	return text;
}

/*
 * An instruction of 8 bytes: code 0xe5, no registers, the offset in 16 bits,
 * an immediate of 0. The assembler has no form for a difference of labels in
 * 16 bits; the upper half of the 32 is cut to 0.
 */
static void may_goto(FILE *f, const char *label, int n, unsigned int i)
{
	fprintf(f,
		".Lmay%u:\n\t.byte 0xe5\n\t.byte 0\n\t.long ((%.*s - .Lmay%u - 8) / 8) & 0xffff\n"
		"\t.short 0\n",
		i, n, label, i);
}

char *sx_dialect_may_goto(const char *from, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);
	unsigned int count = 0;
	size_t n;

	if (!f)
		return NULL;
	for (; next_line(&from, &n); step(&from, n)) {
		const char *p = from;

		if (accept(&p, "\tmay_goto "))
			may_goto(f, p, (int)(from + n - p), count++);
		else
			fprintf(f, "%.*s\n", (int)n, from);
	}
	if (fclose(f)) {
		free(text);
		text = NULL;
	}
	return text;
}
