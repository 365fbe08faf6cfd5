/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an older compiler lacks, said in terms that it knows. The stages after
 * it do not see a difference.
 */
#ifndef SX_DIALECT_H
#define SX_DIALECT_H

#include <stddef.h>

/*
 * LLVM IR, as it is before any pass: signed divisions of 32 and 64 bits become
 * calls of functions that divide unsigned, which are added to it. Rounds to
 * zero and wraps as the instruction does. malloc'ed, the caller's; NULL when
 * out of memory.
 */
char *sx_dialect_divisions(const char *ir, size_t *size);

/* Checked assembly: each "may_goto LABEL" as the bytes of the instruction. As above. */
char *sx_dialect_may_goto(const char *text, size_t *size);

#endif
