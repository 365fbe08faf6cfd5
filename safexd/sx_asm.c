/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines, labels, sections and source lines of assembly text. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_asm.h"
#include "sx_refusals.h"
#include "sx_says.h"
#include "sx_source.h"

struct parser {
	struct sx_asm *a;
	const struct sx_text *text;
	const char *file;		/* the text's */
	enum sx_section section;
	unsigned int file_index;	/* the author's, of .file and .loc */
	unsigned int source;		/* 0: code of no line */
	unsigned int last_source;	/* for messages */
	const char *object;		/* the variable that the line before has named, or NULL */
	bool assembly;			/* what the author wrote as that, or a header of ours */
	struct dio_status *status;
};

static int refuse(const struct parser *p, const char *what, const char *text)
{
	if (p->last_source)
		dio_status_set(p->status, DIO_E_INSTRUMENT, "%s:%u: %s: %.80s", p->file,
			       p->last_source, what, text);
	else
		dio_status_set(p->status, DIO_E_INSTRUMENT, "%s: %s: %.80s", p->file, what, text);
	return -EINVAL;
}

/* What no program may have; the source has it as something else if it has no assembly. */
static int refuse_instruction(const struct parser *p, const char *text)
{
	enum sx_says says = p->assembly ? SX_SAYS_NOTHING : sx_says_of_instruction(text);
	const struct sx_sentence *s = sx_says(says);

	if (!says)
		return refuse(p, SX_REFUSED_ASM, text);
	return refuse(p, s->what, s->advice);
}

/* The compiler puts comments around it. */
static void note_assembly(struct parser *p, const char *text)
{
	text += strspn(text, " \t");
	if (!strcmp(text, "#APP"))
		p->assembly = true;
	else if (!strcmp(text, "#NO_APP"))
		p->assembly = false;
}

/* Cuts a comment off; false if a string does not end or a second statement begins. */
static bool strip(char *line)
{
	bool quoted = false;
	char *p;

	for (p = line; *p; p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '#')
			break;
		else if (!quoted && *p == ';')
			return false;
	}
	*p = '\0';
	while (p > line && isspace((unsigned char)p[-1]))
		*--p = '\0';
	return !quoted;
}

static const struct {
	const char *name;
	bool prefix;
	enum sx_section section;
} sections[] = {
	{ "struct_ops/", true, SX_SEC_PROGRAM }, { ".struct_ops.link", false, SX_SEC_OPS },
	{ "license", false, SX_SEC_LICENSE },	 { ".rodata.str", true, SX_SEC_STRINGS },
	{ ".rodata", true, SX_SEC_DATA },	 { ".data", false, SX_SEC_DATA },
	{ ".bss", false, SX_SEC_DATA },		 { ".safex.attr", false, SX_SEC_ATTR },
	{ ".BTF", false, SX_SEC_BTF },		 { ".BTF.ext", false, SX_SEC_BTF },
	{ ".debug_", true, SX_SEC_DEBUG },	 { ".text", false, SX_SEC_NONE },
};

/* ".type NAME,@object": compilers put it before the variable's section. */
static void note_object(struct parser *p, const char *text)
{
	static const char type[] = ".type";
	size_t n = strlen(type);

	text += strspn(text, " \t");
	p->object = strncmp(text, type, n) || !strstr(text, "@object") ?
			    NULL : text + n + strspn(text + n, " \t");
}

/* A variable's, at its line, or that of a function. */
static int refuse_section(struct parser *p, const char *object, const char *name)
{
	p->last_source = object ? sx_source_symbol(p->text->at, p->text->length, object,
						   strcspn(object, ", \t")) : 0;
	return refuse(p, SX_REFUSED_SECTION, name);
}

static int section_line(struct parser *p, const char *args, const char *object)
{
	char name[64];
	size_t n;

	args += strspn(args, " \t");
	if (*args == '"')
		args++;
	n = strcspn(args, "\", \t");
	if (n >= sizeof(name))
		return refuse_section(p, object, args);
	memcpy(name, args, n);
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const char *want = sections[i].name;

		if (sections[i].prefix ? strncmp(name, want, strlen(want)) : strcmp(name, want))
			continue;
		p->section = sections[i].section;
		return 0;
	}
	return refuse_section(p, object, name);
}

/* clang takes the name apart: is `file` the directory and the name put together? */
static bool is_named(const char *file, const char *dir, size_t n_dir, const char *name, size_t n)
{
	if (strncmp(file, dir, n_dir))
		return false;
	file += n_dir;
	if (n_dir)
		file += strspn(file, "/");
	return strlen(file) == n && !strncmp(file, name, n);
}

/* .file N "dir" "name" or .file N "name": is it the author's? */
static void file_line(struct parser *p, const char *args)
{
	const char *text[2] = { "", "" };
	size_t length[2] = { 0, 0 };
	char *after;
	unsigned long index = strtoul(args, &after, 10);
	const char *q = strchr(after, '"');

	for (int i = 0; i < 2 && q && *q == '"'; i++) {
		text[0] = text[1], length[0] = length[1];
		text[1] = q + 1;
		length[1] = strcspn(text[1], "\"");
		q = text[1] + length[1];
		q += *q ? 1 + strspn(q + 1, " \t") : 0;
	}
	if (after != args && is_named(p->file, text[0], length[0], text[1], length[1]))
		p->file_index = index + 1;
}

static void loc_line(struct parser *p, const char *args)
{
	char *after;
	unsigned long index = strtoul(args, &after, 10), line = strtoul(after, NULL, 10);

	if (index + 1 != p->file_index)
		return;
	p->source = line;
	if (line)
		p->last_source = line;
}

static bool directive_known(const char *name)
{
	static const char *const known[] = { ".globl", ".p2align", ".type", ".size", ".long", ".quad",
		".short", ".byte", ".zero", ".asciz", ".ascii", ".local",
		".cfi_sections", ".cfi_startproc", ".cfi_endproc", ".file", ".loc", ".section",
		".text", ".data", ".bss", ".ident", ".addrsig", ".addrsig_sym", ".hidden" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i]))
			return true;
	return false;
}

/* Data between instructions would be instructions that nobody has read. */
static bool is_data(const char *name)
{
	static const char *const data[] = { ".long", ".quad", ".short", ".byte", ".zero", ".asciz",
		".ascii" };

	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		if (!strcmp(name, data[i]))
			return true;
	return false;
}

static int directive(struct parser *p, const char *text, const char *object)
{
	char name[32];
	size_t n = strcspn(text, " \t");
	const char *args = text + n + strspn(text + n, " \t");

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	if (p->section == SX_SEC_DEBUG && strcmp(name, ".section") && strcmp(name, ".text"))
		return 0;
	if (n >= sizeof(name) || !directive_known(name))
		return refuse(p, SX_REFUSED_ASM, text);
	if (!strcmp(name, ".section"))
		return section_line(p, args, object);
	if (!strcmp(name, ".text") || !strcmp(name, ".data") || !strcmp(name, ".bss"))
		return section_line(p, name, object);
	if (!strcmp(name, ".file"))
		file_line(p, args);
	else if (!strcmp(name, ".loc"))
		loc_line(p, args);
	if (is_data(name) && (p->section == SX_SEC_PROGRAM || p->section == SX_SEC_NONE))
		return refuse(p, SX_REFUSED_ASM, text);
	return 0;
}

/* ".comm name,size,align", which is how clang prints a static variable of value 0. */
static int common(struct parser *p, struct sx_line *l, char *text)
{
	char *name = text + strcspn(text, " \t"), *comma, *after;

	name += strspn(name, " \t");
	comma = strchr(name, ',');
	if (!comma)
		return refuse(p, SX_REFUSED_ASM, text);
	*comma = '\0';
	l->kind = SX_LINE_COMMON;
	l->section = SX_SEC_DATA;
	l->text = name;
	l->insn.imm = strtoll(comma + 1, &after, 10);
	if (*after != ',' || l->insn.imm <= 0)
		return refuse(p, SX_REFUSED_ASM, name);
	p->a->n++;
	return 0;
}

static bool label(char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$");

	if (!n || text[n] != ':' || text[n + 1])
		return false;
	text[n] = '\0';
	return true;
}

static bool block_begins(const struct sx_line *l)
{
	return l->kind == SX_LINE_LABEL && l->text[0] != '.';
}

static int line(struct parser *p, char *text)
{
	struct sx_line *l = &p->a->lines[p->a->n];
	const char *object = p->object;
	int ret = 0;

	note_assembly(p, text);
	if (!strip(text))
		return refuse(p, SX_REFUSED_ASM, text);
	note_object(p, text);
	text += strspn(text, " \t");
	if (!*text)
		return 0;
	l->text = text;
	l->source = p->source;
	if (!strncmp(text, ".comm", 5) && p->section != SX_SEC_DEBUG)
		return common(p, l, text);
	if (label(text)) {
		l->kind = SX_LINE_LABEL;
		/* A block is not what stands before it in the text. */
		if (block_begins(l))
			p->source = 0;
	} else if (*text == '.') {
		l->kind = SX_LINE_DIRECTIVE;
		ret = directive(p, text, object);
	} else {
		l->kind = SX_LINE_INSN;
		/* Other functions are in .text: sx_shape.c says why they may not be there. */
		if (sx_insn_parse(text, &l->insn) ||
		    (p->section != SX_SEC_PROGRAM && p->section != SX_SEC_NONE))
			ret = refuse_instruction(p, text);
	}
	l->section = p->section;
	p->a->n++;
	return ret;
}

/*
 * Code that the compiler moved has line 0.  It is given the line of what is
 * next to it in its block: first from before, then from behind.
 */
static void spread_sources(struct sx_asm *a)
{
	unsigned int source = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (block_begins(&a->lines[i]))
			source = 0;
		else if (a->lines[i].source)
			source = a->lines[i].source;
		else
			a->lines[i].source = source;
	}
	source = 0;
	for (size_t i = a->n; i-- > 0;) {
		if (block_begins(&a->lines[i]))
			source = 0;
		else if (a->lines[i].source)
			source = a->lines[i].source;
		else
			a->lines[i].source = source;
	}
}

static int by_name(const void *x, const void *y, void *arg)
{
	const struct sx_asm *a = arg;

	return strcmp(a->lines[*(const size_t *)x].text, a->lines[*(const size_t *)y].text);
}

static int index_labels(struct parser *p)
{
	struct sx_asm *a = p->a;

	a->labels = calloc(a->n + 1, sizeof(*a->labels));
	if (!a->labels) {
		dio_status_set(p->status, DIO_E_NO_MEMORY, "%s: out of memory", p->file);
		return -ENOMEM;
	}
	for (size_t i = 0; i < a->n; i++)
		if (a->lines[i].kind == SX_LINE_LABEL || a->lines[i].kind == SX_LINE_COMMON)
			a->labels[a->n_labels++] = i;
	qsort_r(a->labels, a->n_labels, sizeof(*a->labels), by_name, a);
	return 0;
}

int sx_asm_parse(struct sx_asm *a, const char *text, size_t size, const struct sx_text *source,
		 struct dio_status *status)
{
	const char *file = source->file;
	struct parser p = { .a = a, .text = source, .file = file, .status = status };
	size_t count = 2;
	char *next;
	int ret = 0;

	*a = (struct sx_asm){ 0 };
	if (size > SX_ASM_MAX || memchr(text, '\0', size)) {
		dio_status_set(status, DIO_E_INSTRUMENT, "%s: " SX_REFUSED_OUTPUT, file);
		return -EFBIG;
	}
	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n';
	a->copy = malloc(size + 1);
	a->lines = calloc(count, sizeof(*a->lines));
	if (!a->copy || !a->lines) {
		dio_status_set(status, DIO_E_NO_MEMORY, "%s: out of memory", file);
		return -ENOMEM;
	}
	memcpy(a->copy, text, size);
	a->copy[size] = '\0';
	for (char *at = a->copy; at && !ret; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		ret = line(&p, at);
	}
	spread_sources(a);
	return ret ? ret : index_labels(&p);
}

void sx_asm_release(struct sx_asm *a)
{
	free(a->copy);
	free(a->lines);
	free(a->labels);
	*a = (struct sx_asm){ 0 };
}

long sx_asm_label(const struct sx_asm *a, const char *name)
{
	size_t low = 0, high = a->n_labels;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, a->lines[a->labels[mid]].text);

		if (!order)
			return (long)a->labels[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -ENOENT;
}
