/* SPDX-License-Identifier: GPL-2.0-only */
/* A program is one function; all others have been made part of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "sx_instrument.h"
#include "sx_kfuncs.h"
#include "sx_refusals.h"
#include "sx_says.h"
#include "sx_source.h"

#define PLACE	256

struct shape {
	const struct sx_asm *a;
	enum safex_kind role;
	const struct sx_text *source;
	struct dio_status *status;
};

static const char *entry_of(enum safex_kind role)
{
	switch (role) {
	case SAFEX_KIND_MANAGER:
		return "manager";
	case SAFEX_KIND_MONITOR:
		return "monitor";
	case SAFEX_KIND_HANDLER:
		return "handler";
	default:
		return "guard";
	}
}

/* "FILE" or "FILE:LINE", which is 0 where code is nobody's. */
static const char *place(const struct shape *s, unsigned int line, char buf[PLACE])
{
	if (line)
		snprintf(buf, PLACE, "%s:%u", s->source->file, line);
	else
		snprintf(buf, PLACE, "%s", s->source->file);
	return buf;
}

static int refuse(const struct shape *s, unsigned int line, const char *name, const char *why)
{
	char at[PLACE];

	dio_status_set(s->status, DIO_E_INSTRUMENT, "%s: %s() %s", place(s, line, at), name, why);
	return -EINVAL;
}

/* The first call of it in a line of the source. */
static unsigned int called_at(const struct shape *s, const char *name)
{
	for (size_t i = 0; i < s->a->n; i++) {
		const struct sx_line *l = &s->a->lines[i];

		if (l->kind == SX_LINE_INSN && l->insn.op == SX_OP_CALL && l->source &&
		    !strcmp(l->insn.name, name))
			return l->source;
	}
	return 0;
}

/* Nobody has written the call of an entry: it is left because it is called once more. */
static int left_over(const struct shape *s, unsigned int line, const char *name)
{
	char at[PLACE];

	place(s, line ? line : called_at(s, name), at);
	dio_status_set(s->status, DIO_E_INSTRUMENT, "%s: " SX_REFUSED_OWN_APART, at, name,
		       sx_says(SX_SAYS_APART)->advice);
	return -EINVAL;
}

/* Code outside the program: of which function? */
static int outside(const struct shape *s, size_t i)
{
	unsigned int line = s->a->lines[i].source;

	while (i-- > 0) {
		const struct sx_line *l = &s->a->lines[i];

		if (l->kind == SX_LINE_LABEL && l->text[0] != '.' && strncmp(l->text, "LBB", 3))
			return left_over(s, line, l->text);
	}
	return refuse(s, line, "asm", SX_REFUSED_ASM_HERE);
}

/* A function that is nowhere: often there is something else to be used in its place. */
static int no_such_call(const struct shape *s, const struct sx_line *l)
{
	enum sx_says says = sx_says_of_call(l->insn.name);
	const struct sx_sentence *sentence = sx_says(says);
	char at[PLACE];

	if (!says)
		return refuse(s, l->source, l->insn.name, SX_REFUSED_NO_CALL);
	dio_status_set(s->status, DIO_E_INSTRUMENT, "%s: %s: %s", place(s, l->source, at),
		       sentence->what, sentence->advice);
	return -EINVAL;
}

static int call(const struct shape *s, const struct sx_line *l)
{
	const char *name = l->insn.name;

	if (sx_kfunc_allowed(s->role, name))
		return 0;
	if ((!strcmp(name, entry_of(s->role)) || !strcmp(name, "caught")) && sx_asm_label(s->a, name) < 0) {
		dio_status_set(s->status, DIO_E_INSTRUMENT, "%s: " SX_REFUSED_NO_FUNCTION, s->source->file,
			       name);
		return -EINVAL;
	}
	if (sx_asm_label(s->a, name) >= 0)
		return left_over(s, l->source, name);
	return no_such_call(s, l);
}

static bool is_function(const struct sx_line *l)
{
	return l->kind == SX_LINE_DIRECTIVE && !strncmp(l->text, ".type", 5) &&
	       strstr(l->text, "@function");
}

static int address(const struct shape *s, const struct sx_line *l)
{
	const struct sx_insn *insn = &l->insn;
	long at = *insn->name ? sx_asm_label(s->a, insn->name) : 0;

	if (*insn->name && (at < 0 || (s->a->lines[at].section != SX_SEC_DATA &&
				       s->a->lines[at].section != SX_SEC_STRINGS &&
				       s->a->lines[at].section != SX_SEC_ATTR)))
		return refuse(s, l->source, insn->name, SX_REFUSED_NOT_DATA);
	return 0;
}

/* The kernel is given data as it is: nobody puts addresses into it. */
static bool holds_address(const struct sx_line *l)
{
	const char *value = l->text + strlen(".quad");

	if (l->kind != SX_LINE_DIRECTIVE || l->section != SX_SEC_DATA || strncmp(l->text, ".quad", 5))
		return false;
	value += strspn(value, " \t");
	return *value != '-' && (*value < '0' || *value > '9');
}

static int variable(const struct shape *s, size_t i)
{
	const struct sx_text *source = s->source;
	char at[PLACE], name[SX_SOURCE_NAME];
	const char *symbol;
	size_t n;

	while (i-- > 0 && s->a->lines[i].kind != SX_LINE_LABEL)
		;
	symbol = i < s->a->n ? s->a->lines[i].text : "?";
	n = strlen(symbol);
	dio_status_set(s->status, DIO_E_INSTRUMENT, "%s: " SX_REFUSED_ADDRESS,
		       place(s, sx_source_symbol(source->at, source->length, symbol, n), at),
		       sx_source_name(symbol, n, name));
	return -EINVAL;
}

int sx_shape_check(const struct sx_asm *a, enum safex_kind role, const struct sx_text *source,
		   struct dio_status *status)
{
	struct shape s = { a, role, source, status };
	unsigned int functions = 0;
	int ret = 0;

	for (size_t i = 0; i < a->n && !ret; i++) {
		const struct sx_line *l = &a->lines[i];

		if (l->kind == SX_LINE_INSN && l->section != SX_SEC_PROGRAM)
			ret = outside(&s, i);
		else if (l->kind == SX_LINE_INSN && l->insn.op == SX_OP_CALL)
			ret = call(&s, l);
		else if (l->kind == SX_LINE_INSN && l->insn.op == SX_OP_ADDRESS)
			ret = address(&s, l);
		else if (holds_address(l))
			ret = variable(&s, i);
		functions += is_function(l);
	}
	if (!ret && functions != 1) {
		dio_status_set(status, DIO_E_INSTRUMENT, "%s: " SX_REFUSED_LEFT, source->file,
			       entry_of(role));
		ret = -EINVAL;
	}
	return ret;
}
