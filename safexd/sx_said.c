/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_said.h"

/* "FILE:LINE:COLUMN" at line, up to n. */
static bool read_place(const char *line, size_t n, struct sx_head *h)
{
	size_t at = n;

	for (int i = 0; i < 2; i++) {
		size_t digits = at;

		while (at && isdigit((unsigned char)line[at - 1]))
			at--;
		if (at == digits || !at || line[--at] != ':')
			return false;
	}
	if (sscanf(line + at, ":%9u:%9u", &h->place.line, &h->place.column) != 2)
		return false;
	h->file = line;
	h->n_file = at;
	return true;
}

static enum sx_level read_level(const char **text)
{
	static const struct {
		const char *word;
		enum sx_level level;
	} words[] = { { "error: ", SX_LEVEL_ERROR },
		      { "fatal error: ", SX_LEVEL_ERROR },
		      { "warning: ", SX_LEVEL_WARNING },
		      { "note: ", SX_LEVEL_NOTE } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(*text, words[i].word, n))
			continue;
		*text += n;
		return words[i].level;
	}
	return SX_LEVEL_NONE;
}

/* Skips a place that ends with ": ", if there is one. */
static void skip_place(struct sx_head *h)
{
	size_t n = strcspn(h->text, " ");

	if (n && h->text[n] && h->text[n - 1] == ':' && read_place(h->text, n - 1, h))
		h->text += n + 1;
}

struct sx_head sx_said_head(const char *line)
{
	static const char backend[] = "error in backend: ", function[] = "in function ";
	struct sx_head h = { .text = line };
	const char *after;

	skip_place(&h);
	h.level = read_level(&h.text);
	if (h.n_file || !h.level)
		return h;
	h.backend = true;
	skip_place(&h);
	if (!strncmp(h.text, backend, strlen(backend)))
		h.text += strlen(backend);
	after = strncmp(h.text, function, strlen(function)) ? NULL : strstr(h.text, "): ");
	if (after)
		h.text = after + 3;
	return h;
}

bool sx_said_is_in(const struct sx_head *h, const char *file)
{
	return h->n_file == strlen(file) && !strncmp(h->file, file, h->n_file);
}

/* The same place, if it is one of the source. */
static struct sx_place within(const struct sx_said *s, struct sx_place at)
{
	return at.line <= s->end.line ? at : (struct sx_place){ 0, 0 };
}

struct sx_place sx_said_place(const struct sx_said *s, const struct sx_head *h)
{
	return sx_said_is_in(h, s->source->file) ? within(s, h->place) : (struct sx_place){ 0, 0 };
}

struct sx_place sx_said_place_in(const struct sx_said *s, const char *text)
{
	size_t n = strlen(s->source->file);
	struct sx_place at = { 0, 0 };

	for (const char *p = strstr(text, s->source->file); p; p = strstr(p + 1, s->source->file))
		if (sscanf(p + n, ":%9u:%9u", &at.line, &at.column) == 2 && within(s, at).line)
			return at;
	return (struct sx_place){ 0, 0 };
}

static const char included[] = "In file included from ";

static bool is_included(const char *line)
{
	return !strncmp(line, included, strlen(included));
}

unsigned int sx_said_included(const struct sx_said *s, const char *line)
{
	size_t n = strlen(s->source->file);
	unsigned int at;

	if (!is_included(line))
		return 0;
	line += strlen(included);
	if (strncmp(line, s->source->file, n) || sscanf(line + n, ":%9u", &at) != 1)
		return 0;
	return within(s, (struct sx_place){ at, 1 }).line;
}

/* "2 errors generated.", of which we may have left out one. */
static bool is_count(const char *line)
{
	return isdigit((unsigned char)*line) && strstr(line, " generated.");
}

size_t sx_said_extent(const struct sx_said *s, size_t first)
{
	bool headed = false;
	size_t i;

	for (i = first; i < s->n && !is_count(s->lines[i]); i++) {
		enum sx_level level = sx_said_head(s->lines[i]).level;

		if (headed && (level > SX_LEVEL_NOTE || is_included(s->lines[i])))
			break;
		headed |= level > SX_LEVEL_NOTE || (i == first && !is_included(s->lines[i]));
	}
	return i - first;
}

static struct sx_place end_of(const struct sx_text *s)
{
	size_t n = s->length;
	struct sx_place end = { 1, 1 };

	n -= n && s->at[n - 1] == '\n';
	for (size_t i = 0; i < n; i++) {
		end.column = s->at[i] == '\n' ? 1 : end.column + 1;
		end.line += s->at[i] == '\n';
	}
	return end;
}

/* Takes text apart, which stays the caller's. */
static bool split(struct sx_said *s, char *text)
{
	size_t most = 1;

	for (const char *p = text; *p; p++)
		most += *p == '\n';
	s->lines = calloc(most, sizeof(*s->lines));
	for (char *line; s->lines && (line = strsep(&text, "\n"));)
		s->lines[s->n++] = line;
	s->n -= s->n && !*s->lines[s->n - 1];
	return s->lines;
}

bool sx_said_read(struct sx_said *s, const struct sx_text *source, const char *text)
{
	*s = (struct sx_said){ .source = source, .end = end_of(source), .copy = strdup(text) };
	return s->copy && split(s, s->copy);
}

void sx_said_release(struct sx_said *s)
{
	free(s->lines);
	free(s->copy);
}
