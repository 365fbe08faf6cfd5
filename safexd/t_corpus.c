/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "t_corpus.h"

#define MARK	"//// "
#define HEAD	512

static enum safex_kind role_of(const char *word)
{
	return !strcmp(word, "monitor") ? SAFEX_KIND_MONITOR :
	       !strcmp(word, "handler") ? SAFEX_KIND_HANDLER :
	       !strcmp(word, "manager") ? SAFEX_KIND_MANAGER : SAFEX_KIND_NONE;
}

static void copy(char *to, size_t size, const char *from, const char *head)
{
	if ((size_t)snprintf(to, size, "%s", from) >= size)
		fail_msg("%s: too long: %s", head, from);
}

/* What stands before the colon; the words are cut out of it. */
static void subject(struct t_entry *e, char *text, const char *head)
{
	char *rest, *word = strtok_r(text, " ", &rest);
	bool with = false;

	copy(e->name, sizeof(e->name), word ? word : "", head);
	snprintf(e->file, sizeof(e->file), "%s.c", e->name);
	while ((word = strtok_r(NULL, " ,", &rest))) {
		if (with && e->n_own < T_CORPUS_OWN)
			copy(e->own[e->n_own++], sizeof(e->own[0]), word, head);
		else if (!with && !strcmp(word, "with"))
			with = true;
		else if (!with && !strcmp(word, "of") && (word = strtok_r(NULL, " ", &rest)))
			copy(e->of, sizeof(e->of), word, head);
		else if (with || !word || !(e->role = role_of(word)))
			fail_msg("%s: not understood before the colon", head);
	}
}

/* LINE "WORDS"; what follows, or NULL. */
static char *place(struct t_entry *e, char *text, const char *head)
{
	char *first = strchr(text, '"'), *last = strrchr(text, '"');

	if (!first || first == last)
		fail_msg("%s: no words", head);
	e->line = (unsigned int)strtoul(text, NULL, 10);
	*last = '\0';
	copy(e->words, sizeof(e->words), first + 1, head);
	return last + 1;
}

static void verdict(struct t_entry *e, char *text, const char *head)
{
	if (!strncmp(text, "refused ", 8)) {
		e->verdict = T_REFUSED;
		text = place(e, text + 8, head);
	} else if (!strncmp(text, "warns ", 6)) {
		e->verdict = T_WARNS;
		text = place(e, text + 6, head);
	} else if (!strncmp(text, "ok", 2)) {
		text += 2;
	} else {
		fail_msg("%s: no verdict", head);
	}
	if (!strncmp(text, " pending ", 9))
		copy(e->pending, sizeof(e->pending), text + 9, head);
	else if (*text)
		fail_msg("%s: not understood at the end", head);
}

static void understand(struct t_entry *e, const char *head)
{
	char text[HEAD], *colon;

	snprintf(text, sizeof(text), "%s", head + strlen(MARK));
	colon = strstr(text, ": ");
	if (!colon)
		fail_msg("%s: no verdict", head);
	*colon = '\0';
	subject(e, text, head);
	verdict(e, colon + 2, head);
}

static const char *next_mark(const char *at)
{
	if (!strncmp(at, MARK, strlen(MARK)))
		return at;
	at = strstr(at, "\n" MARK);
	return at ? at + 1 : NULL;
}

/* <0xNN> becomes that byte. */
static char *source_of(const char *from, const char *end, size_t *length)
{
	char *to = malloc((size_t)(end - from) + 1);
	unsigned int byte;
	size_t n = 0;

	while (from < end) {
		int used = 0;

		if (sscanf(from, "<0x%2x>%n", &byte, &used) == 1 && used) {
			to[n++] = (char)byte;
			from += used;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = '\0';
	*length = n;
	return to;
}

bool t_corpus_next(const char **at, struct t_entry *e)
{
	const char *mark = next_mark(*at), *end, *next;
	char head[HEAD];

	if (!mark)
		return false;
	end = strchr(mark, '\n');
	if (!end || (size_t)snprintf(head, sizeof(head), "%.*s", (int)(end - mark), mark) >= sizeof(head))
		fail_msg("%.40s: no source, or a long line", mark);
	memset(e, 0, sizeof(*e));
	understand(e, head);
	next = next_mark(end + 1);
	if (!next)
		next = end + 1 + strlen(end + 1);
	e->source = source_of(end + 1, next, &e->length);
	*at = next;
	return true;
}
