/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiler's diagnostics, line by line: that of an error or warning, what it
 * shows of the source below it, and its notes.
 *
 *	x.c:4:34: error: TEXT			front end, and back end of clang 19
 *	error: x.c:4:34: in function F T (): TEXT	back end of clang 14
 *	fatal error: error in backend: TEXT	of both
 *	<safexd>:9:3: note: could not determine the original source location for x.c:4:34
 */
#ifndef SX_SAID_H
#define SX_SAID_H

#include <stdbool.h>
#include "sx_text.h"

/* line 0: none */
struct sx_place {
	unsigned int line, column;
};

enum sx_level { SX_LEVEL_NONE, SX_LEVEL_NOTE, SX_LEVEL_WARNING, SX_LEVEL_ERROR };

/* A line that begins a diagnostic or a note. */
struct sx_head {
	enum sx_level level;
	bool backend;	  /* the place, if any, stands behind the level */
	const char *file; /* not ended */
	size_t n_file;
	struct sx_place place;
	const char *text;
};

struct sx_said {
	const struct sx_text *source; /* borrowed */
	struct sx_place end;	      /* of the source */
	char **lines, *copy;
	size_t n;
};

/* Takes apart what the compiler said of a source. false: no memory. Release in both cases. */
bool sx_said_read(struct sx_said *said, const struct sx_text *source, const char *text);
void sx_said_release(struct sx_said *said);

/* What a line begins; level NONE: nothing. */
struct sx_head sx_said_head(const char *line);
bool sx_said_is_in(const struct sx_head *head, const char *file);

/* Lines of the diagnostic that begins at `first`, with those that say by what it was included. */
size_t sx_said_extent(const struct sx_said *said, size_t first);

/* The line of the source that includes the file of the next line, 0: this line does not say so. */
unsigned int sx_said_included(const struct sx_said *said, const char *line);

/* Where a line points to in the source; nowhere, if it is another file or behind its end. */
struct sx_place sx_said_place(const struct sx_said *said, const struct sx_head *head);
/* The first place of the source that a text names. */
struct sx_place sx_said_place_in(const struct sx_said *said, const char *text);

#endif
