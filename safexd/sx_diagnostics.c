/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_diagnostics.h"
#include "sx_said.h"
#include "sx_says.h"

/* Lines of an error in what is not the author's; n 0: there is none. */
struct ours {
	size_t first, n;
	size_t note; /* the line that leads to the source, 0: none does */
};

struct reader {
	struct sx_said said;
	FILE *out;
	bool sentences; /* are they to be told now, or all else? */
	bool told[SX_SAYS_END]; /* what is out ... */
	bool error; /* ... and whether an error is */
	struct sx_place hint[SX_SAYS_END];
	unsigned int hints[SX_SAYS_END];
	struct sx_place frame; /* first that does not fit into the frame */
	struct ours ours;
	bool nested; /* a function stands within another */
	bool comment; /* all behind this is a comment */
};

/* Of an error of the back end: what its note says, else its own place, else one in what it shows. */
static struct sx_place find_place(const struct reader *r, size_t first, size_t n)
{
	static const char lost[] = "could not determine the original source location for ";
	struct sx_head h = sx_said_head(r->said.lines[first]);
	struct sx_place at = { 0, 0 };

	for (size_t i = 1; i < n && !at.line; i++) {
		struct sx_head note = sx_said_head(r->said.lines[first + i]);

		if (note.level == SX_LEVEL_NOTE && !strncmp(note.text, lost, strlen(lost)))
			at = sx_said_place_in(&r->said, note.text);
	}
	if (!at.line)
		at = sx_said_place(&r->said, &h);
	for (size_t i = 0; i < n && !at.line && h.backend; i++)
		at = sx_said_place_in(&r->said, r->said.lines[first + i]);
	return at;
}

static void print_place(const struct reader *r, struct sx_place at)
{
	if (at.line)
		fprintf(r->out, "%s:%u:%u: ", r->said.source->file, at.line, at.column);
	else
		fprintf(r->out, "%s: ", r->said.source->file);
}

/* As the compiler wrote it, but for notes in lines of ours. */
static void print_lines(struct reader *r, size_t first, size_t n)
{
	bool show = true;

	for (size_t i = first; i < first + n; i++) {
		struct sx_head h = sx_said_head(r->said.lines[i]);

		if (h.level)
			show = !sx_said_is_in(&h, SX_OURS);
		if (show)
			fprintf(r->out, "%s\n", r->said.lines[i]);
		r->error |= h.level == SX_LEVEL_ERROR;
	}
}

/* Each sentence once: who has used floating point has done so at more than one place. */
static void say(struct reader *r, enum sx_says says, struct sx_place at)
{
	const struct sx_sentence *s = sx_says(says);

	r->error = true;
	if (r->told[says])
		return;
	r->told[says] = true;
	print_place(r, r->hints[says] == 1 ? r->hint[says] : at);
	fprintf(r->out, "%s: %s\n", s->what, s->advice);
}

static void keep_hint(struct reader *r, const struct sx_head *h)
{
	bool place;
	enum sx_says says = sx_says_of_warning(h->text, &place);

	if (says && place) {
		r->hint[says] = sx_said_place(&r->said, h);
		r->hints[says]++;
	}
}

/* The line of its first note that has a place in the source; 0: none has. */
static size_t note_in_source(const struct reader *r, size_t first, size_t n)
{
	for (size_t i = first + 1; i < first + n; i++) {
		struct sx_head h = sx_said_head(r->said.lines[i]);

		if (h.level == SX_LEVEL_NOTE && sx_said_place(&r->said, &h).line)
			return i;
	}
	return 0;
}

/* Where our lines make no sense, something in the source is missing: that which leads there counts. */
static void keep_ours(struct reader *r, size_t first, size_t n)
{
	size_t note = note_in_source(r, first, n);

	if (r->ours.n && (r->ours.note || !note))
		return;
	r->ours.first = first;
	r->ours.n = n;
	r->ours.note = note;
}

/* Is it a bracket that the source does not close? */
static bool is_open(const struct reader *r)
{
	static const char match[] = "to match this ";

	return r->ours.note &&
	       !strncmp(sx_said_head(r->said.lines[r->ours.note]).text, match, strlen(match));
}

/* What is not closed is so at the source's end; else it is the note that leads there. */
static void tell_ours(struct reader *r)
{
	struct sx_head h = sx_said_head(r->said.lines[r->ours.first]),
		       note = sx_said_head(r->said.lines[r->ours.note]);

	print_place(r, r->ours.note && !is_open(r) ? note.place : r->said.end);
	fprintf(r->out, "error: %s\n", h.text);
	if (is_open(r))
		print_lines(r, r->ours.note, r->ours.first + r->ours.n - r->ours.note);
}

static void one_error(struct reader *r, const struct sx_head *h, size_t first, size_t n)
{
	static const char comment[] = "unterminated /* comment";
	enum sx_says says = sx_says_of_error(h->text);
	bool ours = sx_said_is_in(h, SX_OURS);
	struct sx_place at = { 0, 0 };

	/* What is missing then stands in the comment. */
	if (r->comment)
		return;
	r->comment = !strncmp(h->text, comment, strlen(comment));
	if (says || ours || h->backend)
		at = find_place(r, first, n);
	/* An array that is too large is also too large to be cleared. */
	if (says == SX_SAYS_BULK && at.line && at.line == r->frame.line)
		return;
	if (says) {
		say(r, says, at);
	} else if (h->backend || (ours && at.line)) {
		print_place(r, at);
		fprintf(r->out, "error: %s\n", h->text);
		r->error = true;
	} else if (!ours) {
		print_lines(r, first, n);
	}
}

/* A macro that uses its argument twice makes two of one. */
static bool is_repeated(const struct reader *r, size_t first)
{
	for (size_t i = 0; i < first; i++)
		if (!strcmp(r->said.lines[i], r->said.lines[first]))
			return true;
	return false;
}

/* A header of ours that says why it is not for this source: at the line that includes it. */
static bool included(struct reader *r, size_t first)
{
	unsigned int line = sx_said_included(&r->said, r->said.lines[first]);
	struct sx_head h = { .level = SX_LEVEL_NONE };

	if (line && first + 1 < r->said.n)
		h = sx_said_head(r->said.lines[first + 1]);
	if (h.level != SX_LEVEL_ERROR || *h.text != '"')
		return false;
	fprintf(r->out, "%s:%u: error: %.*s\n", r->said.source->file, line,
		(int)strcspn(h.text + 1, "\""), h.text + 1);
	r->error = true;
	return true;
}

static void one_warning(struct reader *r, const struct sx_head *h, size_t first, size_t n)
{
	bool place;

	if (!sx_says_of_warning(h->text, &place) && !sx_said_is_in(h, SX_OURS))
		print_lines(r, first, n);
}

static bool is_sentence(const struct sx_head *h)
{
	return h->level == SX_LEVEL_ERROR && sx_says_of_error(h->text);
}

static void one(struct reader *r, size_t first, size_t n)
{
	struct sx_head h = sx_said_head(r->said.lines[first]);

	if (is_sentence(&h) != r->sentences || (h.level && is_repeated(r, first)))
		return;
	/* "In file included from ..." */
	if (!h.level && !included(r, first))
		print_lines(r, first, n);
	else if (h.level == SX_LEVEL_ERROR)
		one_error(r, &h, first, n);
	else if (h.level == SX_LEVEL_WARNING)
		one_warning(r, &h, first, n);
}

/* Calls see() with each error and warning, and its notes. */
static void each(struct reader *r, void (*see)(struct reader *r, size_t first, size_t n))
{
	size_t n;

	for (size_t i = 0; i < r->said.n; i += n ? n : 1) {
		n = sx_said_extent(&r->said, i);
		if (n)
			see(r, i, n);
	}
}

static void look(struct reader *r, size_t first, size_t n)
{
	struct sx_head h = sx_said_head(r->said.lines[first]);

	if (h.level == SX_LEVEL_WARNING)
		keep_hint(r, &h);
	if (h.level != SX_LEVEL_ERROR)
		return;
	if (!r->frame.line && sx_says_of_error(h.text) == SX_SAYS_FRAME)
		r->frame = find_place(r, first, n);
	r->nested |= !strcmp(h.text, "function definition is not allowed here");
	if (sx_said_is_in(&h, SX_OURS))
		keep_ours(r, first, n);
}

static void tell(struct reader *r)
{
	each(r, look);
	/*
	 * All others follow from the brace that is missing at the end of a function. A sentence
	 * says more than what the compiler may have warned of before.
	 */
	for (int i = 0; i < 2 && (!r->nested || !is_open(r)); i++) {
		r->sentences = !i;
		each(r, one);
	}
	if (!r->error && r->ours.n)
		tell_ours(r);
}

char *sx_diagnostics(const struct sx_text *source, const char *said)
{
	struct reader r = { .out = NULL };
	char *text = NULL;
	size_t size;

	if (sx_said_read(&r.said, source, said))
		r.out = open_memstream(&text, &size);
	if (r.out)
		tell(&r);
	if (r.out && fclose(r.out)) {
		free(text);
		text = NULL;
	}
	sx_said_release(&r.said);
	return text;
}
