/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions (section 3.2 of the paper).  Division by zero, an index outside
 * its array, a shift by as many bits as there are or more, and safex_throw()
 * end what an activation does: all that it has set and raised is dropped.  A
 * source that has a function
 *
 *	void caught(exception e)
 *
 * goes on there, once in an activation: what it sets and raises takes effect
 * when it returns, and the activation has ended well.  An exception in it, and
 * any in a source without it, ends the activation; it is counted and reported
 * with its kind and line.  Static variables stay as they are in all cases.
 *
 * A reservation that is used up is no exception: no time is left to catch it.
 */
#ifndef SAFEX_EXCEPTION_H
#define SAFEX_EXCEPTION_H

#include <safex/kernel.h>

enum {
	DIVISION_BY_ZERO = 3,
	THROWN = 4,
	INDEX_OUT_OF_RANGE = 8,
	SHIFT_OUT_OF_RANGE = 12,
};

typedef struct {
	u32 kind;	/* one of the above */
	u32 line;	/* of the source, 0: unknown */
} exception;

#ifdef SAFEX_NO_EXCEPTION	/* safexd's, for a source whose caught() has no parameters */
#define SAFEX_CAUGHT (void)
#define SAFEX_EXCEPTION(cause)
#else
#define SAFEX_CAUGHT (exception e)
#define SAFEX_EXCEPTION(cause) ((exception){ (cause) >> 24, (cause) & 0xffffff })
#endif
SAFEX_ENTRY caught SAFEX_CAUGHT;

/*
 * Still a macro behind the source, if the source has no caught(): what names it in
 * a definition or call, wherever the compiler sees that, ends the macro.
 */
#pragma push_macro("caught")
#define caught(...) _Pragma("pop_macro(\"caught\")") caught(__VA_ARGS__)

SAFEX_KFUNC int safex_catch(struct safex_ctx *ctx);

/* What safexd puts in front of an entry, so that all exceptions come back to it. */
#define SAFEX_CATCH                                                                                \
	do {                                                                                       \
		u64 safex_c_;                                                                      \
		asm volatile("%0 = safex_cause" : "=r"(safex_c_));                                 \
		if (safex_c_) {                                                                    \
			safex_catch(SAFEX_SELF);                                                   \
			caught(SAFEX_EXCEPTION(safex_c_));                                         \
			return 0;                                                                  \
		}                                                                                  \
	} while (0)

#endif
