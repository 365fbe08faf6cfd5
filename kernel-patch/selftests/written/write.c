// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: write SEED NUMBER
 *
 * Prints the source of an extension that nobody has thought of: grammatical C
 * as authors write it, of every third number with one flaw that no stage may
 * let through.  The same SEED and NUMBER are the same source everywhere.
 * The first line is a comment: the role, and "valid" or the flaw.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define VARIABLES	4	/* v0..., local */
#define STATICS		3	/* s0... */
#define ARRAY		8	/* elements of the static array a */
#define DEPTH		3	/* of expressions */
#define BLOCKS		3	/* of statements */

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static uint64_t state;
static int loops;		/* so far: each has an index of its own */
static int indent = 1;

static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

/* Once in a call: compilers differ in the order of arguments. */
static unsigned int pick(unsigned int n)
{
	return (next_random() >> 32) % n;
}

static void __attribute__((format(printf, 1, 2))) line(const char *format, ...)
{
	va_list args;

	printf("%.*s", indent, "\t\t\t\t\t\t\t\t");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static void expression(int depth);

static void constant(void)
{
	static const char *const special[] = {
		"0", "1", "-1", "63", "64", "10 * MS", "0x7fffffffffffffff", "FX(1.5)",
	};

	if (pick(2))
		printf("%s", special[pick(COUNT(special))]);
	else
		printf("%d", (int)pick(2000) - 1000);
}

static void leaf(void)
{
	switch (pick(6)) {
	case 0:
		printf("get_attribute(\"%s\")", pick(2) ? "input" : "output");
		break;
	case 1:
		printf("s%u", pick(STATICS));
		break;
	case 2:
		printf("a[%u]", pick(ARRAY));
		break;
	case 3:
		constant();
		break;
	default:
		printf("v%u", pick(VARIABLES));
	}
}

/* A zero that one can read is an error for the compiler: divisors are variables. */
static void binary(int depth)
{
	static const char *const operators[] = {
		"/", "%", "+", "-", "*", "&", "|", "^", "<", "==", ">=", "&&", "||",
	};
	unsigned int which = pick(COUNT(operators)), divisor = pick(STATICS);

	printf("(");
	expression(depth - 1);
	printf(" %s ", operators[which]);
	if (which < 2)
		printf("%c%u", pick(2) ? 'v' : 's', divisor);
	else
		expression(depth - 1);
	printf(")");
}

/* An index outside its array, too many bits: exceptions, unless somebody took care. */
static void risk(int depth)
{
	bool index = pick(2), careful = pick(4);

	printf(index ? "a[" : "((s64)1 << (");
	expression(depth - 1);
	if (careful)
		printf(index ? " & %d" : " & 63", ARRAY - 1);
	printf(index ? "]" : "))");
}

static void expression(int depth)
{
	if (depth <= 0 || !pick(4)) {
		leaf();
		return;
	}
	switch (pick(5)) {
	case 0:
		printf("%s(", pick(2) ? "min" : "max");
		expression(depth - 1);
		printf(", ");
		expression(depth - 1);
		printf(")");
		break;
	case 1:
		printf("f(");
		expression(depth - 1);
		printf(")");
		break;
	case 2:
		risk(depth);
		break;
	default:
		binary(depth);
	}
}

static void statements(int depth);

static void block(int depth)
{
	indent++;
	statements(depth);
	indent--;
	line("}\n");
}

static void assignment(void)
{
	switch (pick(3)) {
	case 0:
		line("s%u = ", pick(STATICS));
		break;
	case 1:
		line("a[%u] = ", pick(ARRAY));
		break;
	default:
		line("v%u ", pick(VARIABLES));
		printf("%s= ", pick(2) ? "" : pick(2) ? "+" : "^");
	}
	expression(DEPTH);
	printf(";\n");
}

static void branch(int depth)
{
	line("if (");
	expression(DEPTH - 1);
	printf(") {\n");
	block(depth - 1);
	if (pick(2))
		return;
	line("else {\n");
	block(depth - 1);
}

/* Some end, some only with the reservation. */
static void loop(int depth)
{
	int i = loops++;

	switch (pick(4)) {
	case 0:
		line("for (int i%d = 0; i%d < ARRAY; i%d++) {\n", i, i, i);
		line("\ta[i%d] += v%u;\n", i, pick(VARIABLES));
		break;
	case 1:
		line("for (s64 i%d = v%u & 31; i%d > 0; i%d--) {\n", i, pick(VARIABLES), i, i);
		break;
	case 2:
		line("while (v%u > ", pick(VARIABLES));
		printf("s%u) {\n", pick(STATICS));
		break;
	default:
		line("for (int i%d = 0; i%d < %u; i%d++) {\n", i, i, pick(100), i);
		line("\tif (v%u == ", pick(VARIABLES));
		printf("%u)\n", pick(8));
		line("\t\t%s;\n", pick(2) ? "break" : "continue");
	}
	block(depth - 1);
}

static void choice(void)
{
	unsigned int i, n = 2 + pick(3);

	line("switch (v%u & 7) {\n", pick(VARIABLES));
	for (i = 0; i < n; i++) {
		line("case %u:\n", i);
		indent++;
		assignment();
		if (pick(4))
			line("break;\n");
		indent--;
	}
	line("}\n");
}

static void statement(int depth)
{
	unsigned int which = depth > 0 ? pick(8) : 7;

	if (which < 2)
		branch(depth);
	else if (which < 4)
		loop(depth);
	else if (which == 4)
		choice();
	else
		assignment();
}

static void statements(int depth)
{
	unsigned int n = 1 + pick(3);

	while (n--)
		statement(depth);
}

/* The first statement, so that no optimizer finds that nothing comes there. */
static const char *const flaws[] = {
	"set_attribute(\"outptu\", 1);",		/* no such attribute */
	"kept = get_attribute(\"inptu\");",
	"kept = *(s64 *)16;",			/* other people's memory */
	"kept = *(s64 *)(v1 + 8);",
	"kept = get_attribute(\"input\") * 1.5;",	/* no floating point here */
	"kept = again(v1);",			/* recursion */
	"kept = printk(v1);",			/* nobody's function */
	"kept = ((s64 (*)(s64))v1)(2);",		/* nobody knows which */
	"asm volatile(\"goto +0\");",		/* our own assembly */
	"s64 large[4096]; large[v0 & 4095] = v1; kept = large[v1 & 4095];",
	"kept = v1 +;",
	"kept = undeclared;",
	"*(s64 *)SAFEX_SELF = v0;",		/* the kernel's */
};

static void head(const char *role, const char *flaw)
{
	int i;

	printf("/* %s %s */\n", role, flaw ? flaw : "valid");
	printf("#include <safex/extension.h>\n\n#define ARRAY\t%d\n\n", ARRAY);
	for (i = 0; i < STATICS; i++)
		printf("static s64 s%d = %u;\n", i, pick(100));
	printf("static s64 a[ARRAY];\n");
	printf("static volatile s64 __attribute__((unused)) kept;\n\n");
	printf("static s64 f(s64 x)\n{\n\treturn x %s ", pick(2) ? "-" : "/");
	printf("%u;\n}\n\n", 1 + pick(9));
	printf("static s64 __attribute__((unused)) again(s64 x)\n{\n"
	       "\treturn x > 1 ? again(x - 1) + again(x - 2) : x;\n}\n\n");
}

static void ending(bool raises)
{
	line("set_attribute(\"output\", ");
	expression(DEPTH);
	printf(");\n");
	if (!raises)
		return;
	line("raise_event(\"Turn\", ");
	expression(1);
	printf(");\n");
}

static void body(bool raises, const char *flaw)
{
	unsigned int i;

	for (i = 0; i < VARIABLES; i++) {
		line("s64 v%u = ", i);
		if (i)
			printf("s%u", pick(STATICS));
		else
			printf("get_attribute(\"input\")");
		printf(";\n");
	}
	printf("\n");
	if (flaw)
		line("%s\n", flaw);
	statements(BLOCKS);
	statements(BLOCKS);
	ending(raises);
}

int main(int argc, char **argv)
{
	bool handler, catches;
	const char *flaw;
	uint64_t number;

	if (argc != 3) {
		fputs("usage: write SEED NUMBER\n", stderr);
		return 2;
	}
	number = strtoull(argv[2], NULL, 0);
	state = (strtoull(argv[1], NULL, 0) + number + 1) * 0x9e3779b97f4a7c15ull | 1;
	next_random();
	handler = number % 2;
	flaw = number % 3 == 2 ? flaws[number / 3 % COUNT(flaws)] : NULL;
	catches = pick(2);
	head(handler ? "handler" : "monitor", flaw);
	if (catches)
		printf("void caught(exception e)\n{\n\ts0 += e.kind;\n"
		       "\tset_attribute(\"output\", e.line);\n}\n\n");
	printf(handler ? "void handler(event ev)\n{\n" : "void monitor(void)\n{\n");
	if (handler)
		line("s0 += ev.value;\n");
	body(!handler, flaw);
	printf("}\n");
	return 0;
}
