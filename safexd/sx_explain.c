/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_explain.h"
#include "sx_source.h"

#define COLUMNS		80
#define NOTE_AT		48	/* column of what a check is for */
#define STUB		".Lsafex"

struct listing {
	FILE *f;
	const struct sx_text *source;
	const struct sx_asm *a;
	const struct sx_checked *checked;
	unsigned int line;		/* shown last */
};

static size_t line_length(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return (size_t)((nl ? nl : end) - p);
}

/* Tabs as blanks, cut at the last column. */
static void put_source_line(FILE *f, unsigned int number, const char *p, size_t n)
{
	int column = fprintf(f, "%5u  ", number), first = column;

	for (; n && column < COLUMNS && *p != '\r'; n--, p++) {
		do {
			fputc(*p == '\t' ? ' ' : *p, f);
			column++;
		} while (*p == '\t' && (column - first) % 8 && column < COLUMNS);
	}
	fputc('\n', f);
}

static void put_source(FILE *f, const struct sx_text *source, unsigned int first, unsigned int last)
{
	const char *p = source->at, *end = p + source->length;

	for (unsigned int i = 1; i <= last && p < end; i++) {
		size_t n = line_length(p, end);

		if (i >= first)
			put_source_line(f, i, p, n);
		p += n + (p + n < end);
	}
}

static const char *end_text(long kind)
{
	switch (kind) {
	case SAFEX_END_BUDGET:
		return "reservation used up";
	case SAFEX_END_LOOP:
		return "the verifier's bound of loops";
	case SAFEX_END_DIVISION:
		return "division by zero";
	case SAFEX_END_THROWN:
		return "thrown";
	case SAFEX_END_BOUNDS:
		return "index out of its range";
	case SAFEX_END_SHIFT:
		return "shift out of its range";
	default:
		return "ends";
	}
}

/* What the exit with this label says: "r0 = VALUE" behind it. */
static long exit_value(const struct listing *l, const char *label, size_t n)
{
	const char *p = l->checked->text;
	long value;

	for (; (p = strstr(p, STUB)); p++) {
		if (!strncmp(p, label, n) && !strncmp(p + n, ":\n\tr0 = ", 8)) {
			value = strtol(p + n + 8, NULL, 10);
			return value;
		}
	}
	return 0;
}

/* The exit that an instruction jumps to: why. */
static void note_check(const struct listing *l, const char *p, size_t n, char *note, size_t size)
{
	const char *label = memmem(p, n, STUB, strlen(STUB));
	size_t length = label ? strlen(STUB) + strspn(label + strlen(STUB), "0123456789") : 0;
	long value = label ? exit_value(l, label, length) : 0;

	if (value)
		snprintf(note, size, "%s", end_text(SAFEX_RET_KIND(value)));
}

/* What stands for a name: which. */
static void note_name(const struct listing *l, const struct sx_line *line, char *note, size_t size)
{
	if (line->kind != SX_LINE_INSN || line->insn.op != SX_OP_MARKER || !*line->insn.name ||
	    sx_asm_string(l->a, line->insn.name, note, size))
		*note = '\0';
}

static void put_instruction(const struct listing *l, const char *p, size_t n, bool ours,
			    const char *note)
{
	int column;

	if (*p == '\t') {
		p++;
		n--;
		column = fprintf(l->f, "        %c %.*s", ours ? '+' : ' ', (int)n, p);
	} else {
		column = fprintf(l->f, "      %.*s", (int)n, p);
	}
	if (*note)
		fprintf(l->f, "%*s; %s", column < NOTE_AT ? NOTE_AT - column : 1, "", note);
	fputc('\n', l->f);
}

static bool is_noise(const char *p)
{
	return !strncmp(p, ".Ltmp", 5) || !strncmp(p, ".Lfunc", 6);
}

/* Is a line of what was written for an instruction, perhaps the last, the instruction itself? */
static bool is_kept(const struct sx_line *l, const char *p, size_t n, bool last)
{
	if (l->kind != SX_LINE_INSN)
		return false;
	if (l->insn.op == SX_OP_MARKER || l->insn.op == SX_OP_ADDRESS || l->insn.op == SX_OP_MOVE)
		return last;
	return n == strlen(l->text) + 1 && !strncmp(p + 1, l->text, n - 1);
}

static void put_line(struct listing *l, size_t i)
{
	const struct sx_line *line = &l->a->lines[i];
	const char *p = l->checked->text + l->checked->start[i];
	const char *end = l->checked->text + l->checked->start[i + 1];

	if (line->kind == SX_LINE_INSN && line->source && line->source != l->line) {
		put_source(l->f, l->source, line->source, line->source);
		l->line = line->source;
	}
	for (size_t n; p < end; p += n + 1) {
		char note[SAFEX_ATTR_NAME_MAX] = "";
		bool last, ours;

		n = line_length(p, end);
		last = p + n + 1 >= end;
		ours = *p == '\t' && !is_kept(line, p, n, last);
		if (ours)
			note_check(l, p, n, note, sizeof(note));
		else if (last)
			note_name(l, line, note, sizeof(note));
		if (!is_noise(p))
			put_instruction(l, p, n, ours, note);
	}
}

void sx_explain_program(FILE *f, const struct sx_text *source, const struct sx_asm *a,
			const struct sx_checked *checked)
{
	struct listing l = { f, source, a, checked, 0 };

	fprintf(f, "%s: what runs; + is put in by safexd\n", source->file);
	for (size_t i = 0; i < a->n; i++)
		if (a->lines[i].section == SX_SEC_PROGRAM && a->lines[i].kind != SX_LINE_DIRECTIVE &&
		    strcmp(a->lines[i].text, "safex_entry"))
			put_line(&l, i);
}

/* One line of the guard, broken at blanks. */
static void put_rule(FILE *f, const char *p, size_t n)
{
	size_t depth = strspn(p, "\t"), indent = depth > 2 ? (depth - 2) * 2 : 0;

	p += depth;
	n -= depth;
	while (n) {
		size_t room = COLUMNS - 10 - indent, take = n;

		if (n > room) {
			for (take = room; take && p[take] != ' '; take--)
				;
			take = take ? take : n;
		}
		fprintf(f, "        + %*s%.*s\n", (int)indent, "", (int)take, p);
		p += take + (take < n);
		n -= take + (take < n);
		indent = depth > 2 ? (depth - 2) * 2 + 4 : 4;
	}
}

/* Where the guard's rules for an attribute begin, NULL: nothing but the manager writes it. */
static const char *rules_of(const char *guard, unsigned int slot)
{
	char label[32];

	snprintf(label, sizeof(label), "\tcase %u:", slot);
	return strstr(guard, label);
}

static void put_rules(FILE *f, const char *p)
{
	const char *end = p + strlen(p);

	for (p += line_length(p, end) + 1; p < end; p += line_length(p, end) + 1) {
		if (!strncmp(p, "\tcase ", 6) || !strncmp(p, "\tdefault:", 9))
			break;
		put_rule(f, p, line_length(p, end));
	}
}

static void put_ruleless(FILE *f, const char *guard, const struct safex_attr *attrs,
			 unsigned int n_attrs, uint64_t slots)
{
	int column = 0;

	for (unsigned int i = 0; i < n_attrs; i++) {
		if (!(slots & 1ull << i) || rules_of(guard, i))
			continue;
		if (!column)
			column = fprintf(f, "       for the manager alone:");
		else if (column + strlen(attrs[i].name) + 2 > COLUMNS)
			column = fprintf(f, "\n      ") - 1;
		column += fprintf(f, " %s", attrs[i].name);
	}
	if (column)
		fputc('\n', f);
}

void sx_explain_guard(FILE *f, const struct sx_text *manager, const char *guard,
		      const struct safex_attr *attrs, unsigned int n_attrs, uint64_t slots)
{
	struct sx_lines where;

	if (!slots)
		return;
	fprintf(f, "\n%s: what the guard asks before a write\n", manager->file);
	for (unsigned int i = 0; i < n_attrs; i++) {
		const char *rules = rules_of(guard, i);

		if (!(slots & 1ull << i) || !rules)
			continue;
		if (sx_source_declaration(manager->at, manager->length, attrs[i].name, &where))
			put_source(f, manager, where.first, where.last);
		else
			fprintf(f, "       attribute(\"%s\", ...)\n", attrs[i].name);
		put_rules(f, rules);
	}
	put_ruleless(f, guard, attrs, n_attrs, slots);
}
