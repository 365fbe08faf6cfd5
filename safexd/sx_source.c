/* SPDX-License-Identifier: GPL-2.0-only */
/* Just enough of C's words to find definitions: comments, strings, directives, braces. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "sx_source.h"

struct reader {
	const char *p, *end;
	unsigned int line;
	bool fresh;			/* only blanks so far in this line */
	int conditions;			/* #if that has not ended */
};

enum kind { END, WORD, STRING, OTHER };

struct word {
	enum kind kind;
	const char *at;			/* of a string: behind its quote */
	size_t n;
	unsigned int line;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void step(struct reader *r)
{
	if (*r->p == '\n') {
		r->line++;
		r->fresh = true;
	} else if (!isspace((unsigned char)*r->p)) {
		r->fresh = false;
	}
	r->p++;
}

static bool at(const struct reader *r, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(r->end - r->p) >= n && !memcmp(r->p, what, n);
}

static void skip_past(struct reader *r, const char *what)
{
	while (r->p < r->end && !at(r, what))
		step(r);
	for (size_t n = strlen(what); n && r->p < r->end; n--)
		step(r);
}

static void count_condition(struct reader *r)
{
	const char *p = r->p + 1;

	while (p < r->end && (*p == ' ' || *p == '\t'))
		p++;
	if (r->end - p > 2 && !memcmp(p, "if", 2))
		r->conditions++;
	else if (r->end - p >= 5 && !memcmp(p, "endif", 5))
		r->conditions--;
}

/* To the end of the line, and of those that it is continued by. */
static void skip_directive(struct reader *r)
{
	for (; r->p < r->end && *r->p != '\n'; step(r))
		if (*r->p == '\\' && r->p + 1 < r->end)
			step(r);
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end) {
		if (r->fresh && *r->p == '#')
			count_condition(r);
		if (at(r, "/*"))
			skip_past(r, "*/");
		else if (at(r, "//") || (r->fresh && *r->p == '#'))
			skip_directive(r);
		else if (isspace((unsigned char)*r->p))
			step(r);
		else
			return;
	}
}

/* Of a string or character, to its end. */
static void quoted(struct reader *r, struct word *w)
{
	char quote = *r->p;

	step(r);
	w->at = r->p;
	while (r->p < r->end && *r->p != quote && *r->p != '\n') {
		if (*r->p == '\\' && r->p + 1 < r->end)
			step(r);
		step(r);
	}
	w->n = (size_t)(r->p - w->at);
	if (r->p < r->end)
		step(r);
}

static struct word next(struct reader *r)
{
	struct word w = { .kind = END };

	skip_blanks(r);
	w.at = r->p;
	w.line = r->line;
	if (r->p == r->end)
		return w;
	if (*r->p == '"' || *r->p == '\'') {
		w.kind = *r->p == '"' ? STRING : OTHER;
		quoted(r, &w);
		return w;
	}
	w.kind = is_word(*r->p) ? WORD : OTHER;
	do {
		step(r);
	} while (w.kind == WORD && r->p < r->end && is_word(*r->p));
	w.n = (size_t)(r->p - w.at);
	return w;
}

static bool is(const struct word *w, enum kind kind, const char *text)
{
	return w->kind == kind && w->n == strlen(text) && !memcmp(w->at, text, w->n);
}

/* From behind '(' to behind its ')'. */
static void skip_arguments(struct reader *r)
{
	int depth = 1;

	while (depth) {
		struct word w = next(r);

		if (w.kind == END)
			return;
		depth += is(&w, OTHER, "(") - is(&w, OTHER, ")");
	}
}

static unsigned int role_of(const struct word *w)
{
	if (is(w, WORD, "monitor"))
		return 1u << SAFEX_KIND_MONITOR;
	if (is(w, WORD, "handler"))
		return 1u << SAFEX_KIND_HANDLER;
	return is(w, WORD, "manager") ? 1u << SAFEX_KIND_MANAGER : 0;
}

unsigned int sx_source_roles(const char *text, size_t length)
{
	struct reader r = { text, text + length, 1, true, 0 };
	unsigned int roles[2] = { 0, 0 }, named = 0;	/* outside of all, within something */
	int depth = 0;

	for (;;) {
		struct word w = next(&r);

		if (w.kind == END)
			return roles[0] || depth <= 0 ? roles[0] : roles[1];
		if (named && is(&w, OTHER, "(")) {
			skip_arguments(&r);
			w = next(&r);
			if (is(&w, OTHER, "{"))
				roles[depth > 0] |= named;
		}
		depth += is(&w, OTHER, "{") - is(&w, OTHER, "}");
		named = role_of(&w);
	}
}

/* Behind '(': "" or "void", and its ')'. */
static bool no_parameters(struct reader *r)
{
	struct word w = next(r);

	if (is(&w, WORD, "void"))
		w = next(r);
	return is(&w, OTHER, ")");
}

bool sx_source_takes_nothing(const char *text, size_t length, const char *function)
{
	struct reader r = { text, text + length, 1, true, 0 }, args;
	struct word w = next(&r), after;
	bool found = false;

	for (; w.kind != END; w = after) {
		after = next(&r);
		if (!is(&w, WORD, function) || !is(&after, OTHER, "("))
			continue;
		args = r;
		if (!no_parameters(&args))
			return false;
		found = true;
	}
	return found;
}

/* What may stand behind the name in a declaration. */
static bool is_declared(const struct word *after)
{
	return is(after, OTHER, "[") || is(after, OTHER, ";") || is(after, OTHER, "=") ||
	       is(after, OTHER, ",") || is(after, WORD, "__attribute__");
}

/* inside: of a function, where it is `static`; else outside of all. */
static unsigned int variable(const char *text, size_t length, const char *name, bool inside)
{
	struct reader r = { text, text + length, 1, true, 0 };
	struct word w = next(&r), after;
	int depth = 0, round = 0;
	bool fixed = false;		/* `static` is of this declaration */

	for (; w.kind != END; w = after) {
		after = next(&r);
		depth += is(&w, OTHER, "{") - is(&w, OTHER, "}");
		round += is(&w, OTHER, "(") - is(&w, OTHER, ")");
		if (is(&w, OTHER, ";") || is(&w, OTHER, "{") || is(&w, OTHER, "}"))
			fixed = false;
		fixed |= is(&w, WORD, "static");
		if (is(&w, WORD, name) && !round && is_declared(&after) && (inside ? depth && fixed : !depth))
			return w.line;
	}
	return 0;
}

const char *sx_source_name(const char *symbol, size_t n, char buf[SX_SOURCE_NAME])
{
	char *own;

	snprintf(buf, SX_SOURCE_NAME, "%.*s", (int)n, symbol);
	own = strchr(buf, '.');
	own = own ? own + 1 : buf;
	own[strcspn(own, ".")] = '\0';
	return own;
}

unsigned int sx_source_symbol(const char *text, size_t length, const char *symbol, size_t n)
{
	char buf[SX_SOURCE_NAME];
	const char *own = sx_source_name(symbol, n, buf);

	return variable(text, length, own, own != buf);
}

bool sx_source_declaration(const char *text, size_t length, const char *name,
			   struct sx_lines *where)
{
	struct reader r = { text, text + length, 1, true, 0 };
	struct word w = next(&r);

	while (w.kind != END) {
		unsigned int first = w.line;

		if (!is(&w, WORD, "attribute")) {
			w = next(&r);
			continue;
		}
		w = next(&r);
		if (!is(&w, OTHER, "("))
			continue;
		w = next(&r);
		if (!is(&w, STRING, name))
			continue;
		skip_arguments(&r);
		*where = (struct sx_lines){ first, r.line };
		return true;
	}
	return false;
}

/* Blanks at the beginning of the line that p is in; a tab reaches to the next 8th. */
static unsigned int indentation(const char *text, const char *p)
{
	unsigned int n = 0;

	while (p > text && p[-1] != '\n')
		p--;
	for (; *p == ' ' || *p == '\t'; p++)
		n = *p == '\t' ? (n | 7) + 1 : n + 1;
	return n;
}

struct statement {
	const char *word, *what;
	bool loop;
};

static const struct statement *statement_of(const struct word *w)
{
	static const struct statement all[] = { { "if", "if statement", false },
						{ "switch", "switch statement", false },
						{ "for", "for loop", true },
						{ "while", "while loop", true } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (is(w, WORD, all[i].word))
			return &all[i];
	return NULL;
}

/* Which `while` ends a `do`? */
struct loops {
	uint64_t blocks;		/* a bit for each brace that is open: is it of a `do`? */
	unsigned int plain;		/* `do` of one statement, not ended yet */
	bool begun, done;		/* the word before: `do`, the end of a block of one */
};

static bool ends_do(struct loops *l, const struct word *w)
{
	bool is_while = is(w, WORD, "while"), ends = is_while && (l->done || l->plain);

	l->plain -= ends && !l->done;
	l->done = is(w, OTHER, "}") && l->blocks & 1;
	if (is(w, OTHER, "{"))
		l->blocks = l->blocks << 1 | l->begun;
	else if (is(w, OTHER, "}"))
		l->blocks >>= 1;
	else
		l->plain += l->begun;
	l->begun = is(w, WORD, "do");
	return ends;
}

/* r: behind the statement's word. An empty loop is often meant: then nothing looks like its body. */
static bool is_empty(struct reader r, const char *text, const struct word *w, bool loop,
		     struct sx_empty *found)
{
	struct word semicolon = next(&r), after;

	if (!is(&semicolon, OTHER, "("))
		return false;
	skip_arguments(&r);
	found->line = r.line;
	semicolon = next(&r);
	if (!is(&semicolon, OTHER, ";") || semicolon.line != found->line)
		return false;
	found->column = 1;
	for (const char *p = semicolon.at; p > text && p[-1] != '\n'; p--)
		found->column++;
	after = next(&r);
	if (!loop)
		return !is(&after, WORD, "else");
	return is(&after, OTHER, "{") || (after.kind != END && after.line > found->line &&
					  indentation(text, after.at) > indentation(text, w->at));
}

size_t sx_source_empty(const char *text, size_t length, struct sx_empty *found, size_t max)
{
	struct reader r = { text, text + length, 1, true, 0 };
	struct loops loops = { 0 };
	size_t n = 0;

	for (struct word w = next(&r); n < max && w.kind != END; w = next(&r)) {
		const struct statement *s = statement_of(&w);

		if (ends_do(&loops, &w) || !s || r.conditions ||
		    !is_empty(r, text, &w, s->loop, &found[n]))
			continue;
		found[n++].what = s->what;
	}
	return n;
}
