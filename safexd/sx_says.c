/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentences, and by which words of the compiler each is found. */
#include <stdio.h>
#include <string.h>
#include "sx_refusals.h"
#include "sx_says.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SENTENCE(name) [SX_SAYS_##name] = { SX_REFUSED_##name, SX_ADVICE_##name }

static const struct sx_sentence sentences[SX_SAYS_END] = {
	SENTENCE(FLOAT),
	SENTENCE(WIDE),
	SENTENCE(BULK),
	SENTENCE(SIZE),
	SENTENCE(FRAME),
	SENTENCE(ATOMIC),
	SENTENCE(GOTO),
	SENTENCE(POINTER),
	SENTENCE(APART),
	SENTENCE(ABORT),
	SENTENCE(NAME),
	SENTENCE(LITERAL),
	SENTENCE(UTF16),
	SENTENCE(STOPPED),
	SENTENCE(ENTRY),
};

const struct sx_sentence *sx_says(enum sx_says which)
{
	return &sentences[which];
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && !strcmp(text + n - m, with);
}

/* Floating point in software: "__adddf3", "__fixunssfdi", "__gnu_h2f_ieee". */
static bool is_float(const char *name)
{
	static const char *const operations[] = { "__add",    "__sub",	 "__mul",   "__div",
						  "__neg",    "__powi",	 "__eq",    "__ne",
						  "__lt",     "__le",	 "__gt",    "__ge",
						  "__unord",  "__cmp",	 "__float", "__fix",
						  "__extend", "__trunc", "__gnu_" };
	static const char *const modes[] = { "hf",  "sf",  "df",  "xf", "tf",
					     "sc3", "dc3", "2f_", "2h_" };

	for (size_t i = 0; i < COUNT(operations); i++)
		for (size_t j = 0; begins(name, operations[i]) && j < COUNT(modes); j++)
			if (strstr(name + strlen(operations[i]), modes[j]))
				return true;
	return false;
}

/* Functions of <math.h>; those of float and long double have one letter more. */
static bool is_math(const char *name)
{
	static const char *const all[] = {
		"acos",	 "asin",  "atan",   "atan2", "cbrt",	  "ceil",    "copysign",  "cos",
		"cosh",	 "exp",	  "exp2",   "fabs",  "floor",	  "fma",     "fmax",	  "fmin",
		"fmod",	 "frexp", "hypot",  "ldexp", "llrint",	  "llround", "log",	  "log10",
		"log2",	 "lrint", "lround", "modf",  "nearbyint", "pow",     "remainder", "rint",
		"round", "sin",	  "sinh",   "sqrt",  "tan",	  "tanh",    "trunc"
	};
	size_t n = strlen(name);

	for (size_t i = 0; i < COUNT(all); i++)
		if (begins(name, all[i]) &&
		    (n == strlen(all[i]) || (n == strlen(all[i]) + 1 && strchr("fl", name[n - 1]))))
			return true;
	return false;
}

static bool is_wide(const char *name)
{
	return begins(name, "__") && (ends(name, "ti3") || ends(name, "ti4") || ends(name, "odi4"));
}

enum sx_says sx_says_of_call(const char *name)
{
	static const struct {
		const char *name;
		enum sx_says says;
	} exact[] = {
		{ "memcpy", SX_SAYS_BULK }, { "memmove", SX_SAYS_BULK },
		{ "memset", SX_SAYS_BULK }, { "memcmp", SX_SAYS_BULK },
		{ "bcmp", SX_SAYS_BULK },   { "bzero", SX_SAYS_BULK },
		{ "abort", SX_SAYS_ABORT }, { "exit", SX_SAYS_ABORT },
		{ "_exit", SX_SAYS_ABORT }, { "__assert_fail", SX_SAYS_ABORT },
	};

	for (size_t i = 0; i < COUNT(exact); i++)
		if (!strcmp(name, exact[i].name))
			return exact[i].says;
	if (is_float(name) || is_math(name))
		return SX_SAYS_FLOAT;
	return is_wide(name) ? SX_SAYS_WIDE : SX_SAYS_NOTHING;
}

/* Calls of a function of the program's own have a name, so these have none. */
enum sx_says sx_says_of_instruction(const char *text)
{
	static const char *const atomic[] = { "lock ", "atomic_", "xchg", "cmpxchg" };

	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return SX_SAYS_NAME;
	if (begins(text, "call"))
		return SX_SAYS_POINTER;
	for (size_t i = 0; i < COUNT(atomic); i++)
		if (strstr(text, atomic[i]))
			return SX_SAYS_ATOMIC;
	return SX_SAYS_NOTHING;
}

/* name: up to the quote that ends it. */
static enum sx_says of_function(const char *name)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%.*s", (int)strcspn(name, "'"), name);
	return sx_says_of_call(buf);
}

/* What no instruction was found for; the operation is in the first line. */
static enum sx_says of_selection(const char *text)
{
	if (strstr(text, "Atomic"))
		return SX_SAYS_ATOMIC;
	return strstr(text, "brind") || strstr(text, "BlockAddress") ? SX_SAYS_GOTO
								     : SX_SAYS_NOTHING;
}

/* "call to undeclared function 'sqrt'; ...", as each compiler says it; or NULL. */
static const char *undeclared(const char *text)
{
	static const char *const all[] = {
		"call to undeclared function '",
		"call to undeclared library function '",
		"implicit declaration of function '",
		"implicitly declaring library function '",
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (begins(text, all[i]))
			return text + strlen(all[i]);
	return NULL;
}

/* "conflicting types for 'handler'". */
static bool is_entry(const char *text)
{
	static const char *const entries[] = { "monitor'", "handler'", "manager'", "caught'" };
	static const char conflict[] = "conflicting types for '";

	for (size_t i = 0; begins(text, conflict) && i < COUNT(entries); i++)
		if (begins(text + strlen(conflict), entries[i]))
			return true;
	return false;
}

/* Of what has no such operation, one is a fraction: "... ('double' and 'int')". */
static bool is_float_operand(const char *text)
{
	return begins(text, "invalid operands to binary expression") &&
	       (strstr(text, "'float'") || strstr(text, "'double'") || strstr(text, "'long double'"));
}

/*
 * The back end's errors, our headers' own, and what of the front end's is about
 * floating point, entries and functions that are not there; no other of the front
 * end's begins like one of them.
 */
enum sx_says sx_says_of_error(const char *text)
{
	static const struct {
		const char *begin;
		enum sx_says says;
	} table[] = {
		{ "Looks like the BPF stack limit", SX_SAYS_FRAME },
		{ "nsupported dynamic stack allocation", SX_SAYS_SIZE },
		{ "variable length array declaration", SX_SAYS_SIZE },
		{ "nsupported atomic operation", SX_SAYS_ATOMIC },
		{ "only small returns", SX_SAYS_WIDE },
		{ "too many args to 0x", SX_SAYS_APART },
		{ "defined with too many args", SX_SAYS_APART },
		{ "stack arguments are not supported", SX_SAYS_APART },
		{ "aggregate returns are not supported", SX_SAYS_APART },
		{ "functions with VarArgs or StructRet", SX_SAYS_APART },
		{ "invalid operand for inline asm constraint 'i'", SX_SAYS_LITERAL },
	};
	static const char builtin[] = "A call to built-in function '", none[] = "Cannot select: ";

	if (begins(text, builtin))
		return of_function(text + strlen(builtin));
	if (begins(text, none))
		return of_selection(text);
	if (undeclared(text))
		return of_function(undeclared(text));
	if (begins(text, "0x") && ends(text, " too many arguments"))
		return SX_SAYS_APART;
	if (is_float_operand(text))
		return SX_SAYS_FLOAT;
	if (is_entry(text))
		return SX_SAYS_ENTRY;
	if (begins(text, "static") && strstr(text, sentences[SX_SAYS_LITERAL].what))
		return SX_SAYS_LITERAL;
	/* One compiler begins it with a capital letter, the other does not. */
	text += *text == 'U' || *text == 'u';
	for (size_t i = 0; i < COUNT(table); i++)
		if (begins(text, table[i].begin))
			return table[i].says;
	return SX_SAYS_NOTHING;
}

enum sx_says sx_says_of_warning(const char *text, bool *place)
{
	*place = !begins(text, "use of GNU address-of-label");
	if (ends(text, "[-Wvla]") || ends(text, "[-Walloca]"))
		return SX_SAYS_SIZE;
	if (ends(text, "[-Wuser-defined-warnings]") && begins(text, sentences[SX_SAYS_LITERAL].what))
		return SX_SAYS_LITERAL;
	return ends(text, "[-Wgnu-label-as-value]") ? SX_SAYS_GOTO : SX_SAYS_NOTHING;
}
