/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an older compiler lacks, said in terms that it knows. The stages after
 * it do not see a difference.
 */
#ifndef SX_DIALECT_H
#define SX_DIALECT_H

#include <stddef.h>

/*
 * LLVM IR, as it is before any pass: signed divisions, and counts of ones and of
 * leading and trailing zeroes, of 16, 32 and 64 bits, become calls of functions
 * that are added to it. Division rounds to zero and wraps as the instruction
 * does; of 0 all bits are leading and trailing zeroes. malloc'ed, the caller's;
 * NULL when out of memory.
 */
char *sx_dialect_ir(const char *ir, size_t *size);

/* Checked assembly: each "may_goto LABEL" as the bytes of the instruction. As above. */
char *sx_dialect_may_goto(const char *text, size_t *size);

#endif
