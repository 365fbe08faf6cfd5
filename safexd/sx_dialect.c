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
} types[] = { { "i16 ", 16 }, { "i32 ", 32 }, { "i64 ", 64 } };

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

/* "sdiv exact i64 A, B, !dbg !9", and srem; "  %3 = " was written already. */
static bool division(FILE *f, const char *op, const char *end)
{
	const char *p = op;

	if (!accept(&p, "sdiv ") && !accept(&p, "srem "))
		return false;
	accept(&p, "exact ");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (accept(&p, types[i].text))
			return operands(f, op, types[i].bits, p, end);
	return false;
}

/* "call i64 @llvm.ctlz.i64(i64 A, i1 true), !dbg !9": only the name is another. */
static bool counting(FILE *f, const char *op, const char *end)
{
	static const char *const names[] = { "ctlz", "cttz", "ctpop" };
	const char *name = memchr(op, '@', (size_t)(end - op)), *rest = name;

	if (strncmp(op, "call i", 6) || !name || !accept(&rest, "@llvm."))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!accept(&rest, names[i]) || !accept(&rest, ".i"))
			continue;
		fprintf(f, "%.*s@safex.%s.%.*s\n", (int)(name - op), op, names[i], (int)(end - rest),
			rest);
		return true;
	}
	return false;
}

/*
 * Only an instruction begins with two blanks and a register: no string of the
 * author's does.
 */
static bool instruction(FILE *f, const char *line, size_t n)
{
	const char *p = line + 3;

	if (strncmp(line, "  %", 3))
		return false;
	p += strspn(p, "0123456789");
	if (!accept(&p, " = "))
		return false;
	fprintf(f, "%.*s", (int)(p - line), line);
	if (!division(f, p, line + n) && !counting(f, p, line + n))
		fprintf(f, "%.*s\n", (int)(line + n - p), p);
	return true;
}

/* The quotient is negative if one operand is, the remainder if the first is. */
static void division_functions(FILE *f, unsigned int bits)
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

/* Ones, summed in groups of 2, 4 and 8 bits, which a product adds up. */
static void ones_function(FILE *f, unsigned int bits)
{
	const unsigned long long all = ~0ull >> (64 - bits);

	fprintf(f,
		"define internal i%1$u @safex.ctpop.%1$u(i%1$u %%x) alwaysinline {\n"
		"  %%a = lshr i%1$u %%x, 1\n"
		"  %%b = and i%1$u %%a, %2$llu\n"
		"  %%two = sub i%1$u %%x, %%b\n"
		"  %%c = lshr i%1$u %%two, 2\n"
		"  %%d = and i%1$u %%c, %3$llu\n"
		"  %%e = and i%1$u %%two, %3$llu\n"
		"  %%four = add i%1$u %%d, %%e\n"
		"  %%g = lshr i%1$u %%four, 4\n"
		"  %%h = add i%1$u %%g, %%four\n"
		"  %%eight = and i%1$u %%h, %4$llu\n"
		"  %%sum = mul i%1$u %%eight, %5$llu\n"
		"  %%r = lshr i%1$u %%sum, %6$u\n"
		"  ret i%1$u %%r\n"
		"}\n",
		bits, all / 3, all / 5, all / 17, all / 255, bits - 8);
}

/* Zeroes behind the last one; of 0 all, as the compilers that know it make it. */
static void trailing_function(FILE *f, unsigned int bits)
{
	fprintf(f,
		"define internal i%1$u @safex.cttz.%1$u(i%1$u %%x, i1 %%z) alwaysinline {\n"
		"  %%less = sub i%1$u %%x, 1\n"
		"  %%not = xor i%1$u %%x, -1\n"
		"  %%behind = and i%1$u %%not, %%less\n"
		"  %%r = call i%1$u @safex.ctpop.%1$u(i%1$u %%behind)\n"
		"  ret i%1$u %%r\n"
		"}\n",
		bits);
}

/* Zeroes in front of the first one: what is behind it becomes ones. */
static void leading_function(FILE *f, unsigned int bits)
{
	fprintf(f, "define internal i%1$u @safex.ctlz.%1$u(i%1$u %%x1, i1 %%z) alwaysinline {\n", bits);
	for (unsigned int n = 1; n < bits; n *= 2)
		fprintf(f,
			"  %%s%2$u = lshr i%1$u %%x%2$u, %2$u\n"
			"  %%x%3$u = or i%1$u %%x%2$u, %%s%2$u\n",
			bits, n, 2 * n);
	fprintf(f,
		"  %%not = xor i%1$u %%x%1$u, -1\n"
		"  %%r = call i%1$u @safex.ctpop.%1$u(i%1$u %%not)\n"
		"  ret i%1$u %%r\n"
		"}\n",
		bits);
}

char *sx_dialect_ir(const char *ir, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);
	size_t n;

	if (!f)
		return NULL;
	for (; next_line(&ir, &n); step(&ir, n))
		if (!instruction(f, ir, n))
			fprintf(f, "%.*s\n", (int)n, ir);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		division_functions(f, types[i].bits);
		ones_function(f, types[i].bits);
		trailing_function(f, types[i].bits);
		leading_function(f, types[i].bits);
	}
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
