/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of a source that uses what no program in the kernel has: one
 * sentence for each, whichever stage finds it and in whatever words the
 * compiler puts it. The guide's table "When it is refused" has the same ones.
 */
#ifndef SX_SAYS_H
#define SX_SAYS_H

#include <stdbool.h>

enum sx_says {
	SX_SAYS_NOTHING, /* none of these */
	SX_SAYS_FLOAT,
	SX_SAYS_WIDE,
	SX_SAYS_BULK,
	SX_SAYS_SIZE,
	SX_SAYS_FRAME,
	SX_SAYS_ATOMIC,
	SX_SAYS_GOTO,
	SX_SAYS_POINTER,
	SX_SAYS_APART,
	SX_SAYS_ABORT,
	SX_SAYS_NAME,
	SX_SAYS_LITERAL,
	SX_SAYS_UTF16,
	SX_SAYS_STOPPED,
	SX_SAYS_ENTRY,
	SX_SAYS_END
};

/* Static. What is wrong, and what to do about it; a message has both, with ": " between them. */
struct sx_sentence {
	const char *what, *advice;
};

const struct sx_sentence *sx_says(enum sx_says which);

/* Of a function that is called and is not there: one of the compiler's own, or of C's library. */
enum sx_says sx_says_of_call(const char *name);

/* Of an instruction that the compiler has made and no program may have. */
enum sx_says sx_says_of_instruction(const char *text);

/* Of an error of the compiler's back end: what stands behind "error: " in its line. */
enum sx_says sx_says_of_error(const char *text);

/*
 * Of a warning that is asked for only because the error that may come of it has no
 * place. *place: the error would have this one's.
 */
enum sx_says sx_says_of_warning(const char *text, bool *place);

#endif
