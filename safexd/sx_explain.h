/* SPDX-License-Identifier: GPL-2.0-only */
/* Source, assembly and guard beside each other, for people: 80 columns, no colours. */
#ifndef SX_EXPLAIN_H
#define SX_EXPLAIN_H

#include <stdio.h>
#include "sx_instrument.h"
#include "sx_text.h"

/* Each line of the source with its instructions; '+' before those that safexd has put in. */
void sx_explain_program(FILE *f, const struct sx_text *source, const struct sx_asm *a,
			const struct sx_checked *checked);

/*
 * Of a manager's declarations those with a bit in `slots`: the declaration,
 * and what the guard made of it.
 */
void sx_explain_guard(FILE *f, const struct sx_text *manager, const char *guard,
		      const struct safex_attr *attrs, unsigned int n_attrs, uint64_t slots);

#endif
