/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the compiler has said, as it is told to the author of a source: of his
 * lines only, and in a sentence of sx_says.h where there is one.
 */
#ifndef SX_DIAGNOSTICS_H
#define SX_DIAGNOSTICS_H

#include "sx_text.h"

/* The name of the lines that sx_compile.c puts around a source. */
#define SX_OURS "<safexd>"

/* said: what the compiler wrote, in English. The result is malloc'ed; NULL: no memory. */
char *sx_diagnostics(const struct sx_text *source, const char *said);

#endif
