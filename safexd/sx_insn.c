/* SPDX-License-Identifier: GPL-2.0-only */
/* One instruction of BPF assembly, in the forms that clang prints. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/safex.h>
#include "sx_asm.h"

struct scan {
	const char *p;
};

static void blanks(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\t')
		s->p++;
}

static bool word(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	blanks(s);
	if (strncmp(s->p, text, n))
		return false;
	if (isalnum((unsigned char)text[n - 1]) &&
	    (isalnum((unsigned char)s->p[n]) || s->p[n] == '_'))
		return false;
	s->p += n;
	return true;
}

static bool end(struct scan *s)
{
	blanks(s);
	return !*s->p;
}

/* r0..r10 or w0..w9 */
static bool reg(struct scan *s, int *number, bool *w)
{
	const char *p;
	int n;

	blanks(s);
	p = s->p;
	if ((*p != 'r' && *p != 'w') || !isdigit((unsigned char)p[1]))
		return false;
	n = p[1] - '0';
	p += 2;
	if (n == 1 && *p == '0') {
		n = 10;
		p++;
	}
	if (isalnum((unsigned char)*p) || *p == '_')
		return false;
	*number = n;
	*w = *s->p == 'w';
	s->p = p;
	return true;
}

static bool number(struct scan *s, int64_t *value)
{
	char *after;
	bool negative;
	uint64_t v;

	blanks(s);
	negative = *s->p == '-';
	if (!isdigit((unsigned char)s->p[negative]))
		return false;
	errno = 0;
	v = strtoull(s->p + negative, &after, 0);
	if (errno || isalnum((unsigned char)*after) || *after == '_')
		return false;
	*value = negative ? (int64_t)-v : (int64_t)v;
	s->p = after;
	return true;
}

static bool name(struct scan *s, char *buf, size_t size)
{
	size_t n = 0;

	blanks(s);
	if (isdigit((unsigned char)*s->p))
		return false;
	while (isalnum((unsigned char)s->p[n]) || strchr("_.$", s->p[n])) {
		if (!s->p[n])
			break;
		if (n + 1 >= size)
			return false;
		buf[n] = s->p[n];
		n++;
	}
	buf[n] = '\0';
	s->p += n;
	return n > 0;
}

/* "*(u64 *)(r10 - 8)": the base goes to *base. */
static bool memory(struct scan *s, int *base, struct sx_insn *insn)
{
	static const int widths[] = { 1, 2, 4, 8, 1, 2, 4 };
	static const char *const types[] = { "u8", "u16", "u32", "u64", "s8", "s16", "s32" };
	bool w, minus;
	size_t i;

	if (!word(s, "*") || !word(s, "("))
		return false;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (word(s, types[i]))
			break;
	if (i == sizeof(types) / sizeof(types[0]) || !word(s, "*") || !word(s, ")") ||
	    !word(s, "(") || !reg(s, base, &w) || w)
		return false;
	minus = word(s, "-");
	if ((!minus && !word(s, "+")) || !number(s, &insn->imm) || insn->imm < 0 || insn->imm > 32768)
		return false;
	if (minus)
		insn->imm = -insn->imm;
	insn->width = widths[i];
	return word(s, ")");
}

static bool marker(struct scan *s, struct sx_insn *insn)
{
	static const struct {
		const char *text;
		enum sx_marker marker;
		bool string;
	} table[] = {
		{ "safex_self", SX_MARK_SELF, false },	{ "safex_share", SX_MARK_SHARE, false },
		{ "safex_read", SX_MARK_READ, true },	{ "safex_write", SX_MARK_WRITE, true },
		{ "safex_cause", SX_MARK_CAUSE, false },
	};
	bool w;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!word(s, table[i].text))
			continue;
		insn->op = SX_OP_MARKER;
		insn->marker = table[i].marker;
		if (insn->marker == SX_MARK_WRITE && (!reg(s, &insn->src, &w) || w))
			return false;
		return !table[i].string || name(s, insn->name, sizeof(insn->name));
	}
	return false;
}

/* "(s8)r1", "-r1", "be16 r1": all that has one register as its source */
static bool unary(struct scan *s, struct sx_insn *insn)
{
	static const char *const forms[] = { "(s8)", "(s16)", "(s32)", "-",
		"be16", "be32", "be64", "le16", "le32", "le64",
		"bswap16", "bswap32", "bswap64" };
	bool w;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct scan t = *s;

		if (!word(&t, forms[i]) || !reg(&t, &insn->src, &w))
			continue;
		insn->op = i < 3 ? SX_OP_MOVE : SX_OP_ALU;
		*s = t;
		return true;
	}
	return false;
}

/* What stands behind "dst =". */
static bool assigned(struct scan *s, struct sx_insn *insn)
{
	bool w;

	if (*s->p == '*') {
		insn->op = SX_OP_LOAD;
		return memory(s, &insn->src, insn);
	}
	if (marker(s, insn) || unary(s, insn))
		return true;
	if (reg(s, &insn->src, &w)) {
		insn->op = SX_OP_MOVE;
		/* clang's own "r1 = w8" is no instruction: it means w1 = w8. */
		insn->w |= w;
		return true;
	}
	insn->src = SX_NO_REG;
	if (number(s, &insn->imm)) {
		insn->op = word(s, "ll") ? SX_OP_ADDRESS : SX_OP_MOVE_IMM;
		return true;
	}
	insn->op = SX_OP_ADDRESS;
	if (!name(s, insn->name, sizeof(insn->name)))
		return false;
	if ((word(s, "+") || *s->p == '-') && !number(s, &insn->imm))
		return false;
	return word(s, "ll");
}

static bool operand(struct scan *s, struct sx_insn *insn)
{
	bool w;

	if (reg(s, &insn->src, &w))
		return w == insn->w;
	insn->src = SX_NO_REG;
	return number(s, &insn->imm);
}

static bool computed(struct scan *s, struct sx_insn *insn)
{
	static const char *const ops[] = { "s/=", "s%=", "/=", "%=", "s>>=", ">>=", "<<=",
		"+=", "-=", "*=", "&=", "|=", "^=" };

	if (!reg(s, &insn->dst, &insn->w))
		return false;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!word(s, ops[i]))
			continue;
		insn->op = i < 4 ? SX_OP_DIVIDE : SX_OP_ALU;
		return operand(s, insn);
	}
	if (!word(s, "="))
		return false;
	blanks(s);
	return assigned(s, insn);
}

static bool conditional(struct scan *s, struct sx_insn *insn)
{
	static const char *const ops[] = { "s>=", "s<=", "s>", "s<", "==", "!=", ">=", "<=",
		">", "<", "&" };
	size_t i;

	if (!reg(s, &insn->dst, &insn->w))
		return false;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (word(s, ops[i]))
			break;
	return i < sizeof(ops) / sizeof(ops[0]) && operand(s, insn) && word(s, "goto") &&
	       name(s, insn->name, sizeof(insn->name));
}

static bool store(struct scan *s, struct sx_insn *insn)
{
	bool w;

	if (!memory(s, &insn->dst, insn) || !word(s, "="))
		return false;
	insn->op = SX_OP_STORE;
	if (reg(s, &insn->src, &w))
		return true;
	insn->op = SX_OP_STORE_IMM;
	insn->src = SX_NO_REG;
	return number(s, &(int64_t){ 0 });
}

/*
 * Where clang's checks of indices and shifts go that have failed: as calls, for
 * its own trap is a call of abort() for which it wants a prototype.
 */
static void failed_check(struct sx_insn *insn)
{
	static const struct {
		const char *name;
		enum safex_end kind;
	} checks[] = {
		{ "__ubsan_handle_out_of_bounds_minimal_abort", SAFEX_END_BOUNDS },
		{ "__ubsan_handle_shift_out_of_bounds_minimal_abort", SAFEX_END_SHIFT },
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(insn->name, checks[i].name))
			continue;
		insn->op = SX_OP_MARKER;
		insn->marker = SX_MARK_CHECK;
		insn->imm = checks[i].kind;
	}
}

static bool called(struct scan *s, struct sx_insn *insn)
{
	insn->op = SX_OP_CALL;
	if (!name(s, insn->name, sizeof(insn->name)))
		return false;
	failed_check(insn);
	return true;
}

static bool any(struct scan *s, struct sx_insn *insn)
{
	if (*s->p == '*')
		return store(s, insn);
	if (word(s, "if")) {
		insn->op = SX_OP_JUMP;
		return conditional(s, insn);
	}
	if (word(s, "goto") || word(s, "gotol")) {
		insn->op = SX_OP_JUMP;
		return name(s, insn->name, sizeof(insn->name));
	}
	if (word(s, "call"))
		return called(s, insn);
	if (word(s, "exit")) {
		insn->op = SX_OP_EXIT;
		return true;
	}
	if (word(s, "safex_throw")) {
		insn->op = SX_OP_MARKER;
		insn->marker = SX_MARK_THROW;
		return true;
	}
	return computed(s, insn);
}

int sx_insn_parse(const char *text, struct sx_insn *insn)
{
	struct scan s = { text };

	*insn = (struct sx_insn){ .dst = SX_NO_REG, .src = SX_NO_REG };
	return any(&s, insn) && end(&s) ? 0 : -EINVAL;
}

bool sx_insn_ends(const struct sx_insn *insn)
{
	if (insn->op == SX_OP_MARKER)
		return insn->marker == SX_MARK_THROW || insn->marker == SX_MARK_CHECK;
	return insn->op == SX_OP_EXIT || (insn->op == SX_OP_JUMP && insn->dst == SX_NO_REG);
}
