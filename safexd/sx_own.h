/* SPDX-License-Identifier: GPL-2.0-only */
/* What a source defines itself although our headers define it: min(), u64. */
#ifndef SX_OWN_H
#define SX_OWN_H

#include <stdbool.h>
#include "sx_text.h"

struct sx_own {
	char macros[8][32]; /* names that are macros of ours */
	unsigned int n;
	bool long_long; /* its u64 and s64 are long long */
};

/*
 * said: what the compiler wrote when it failed. Adds to *own what it failed for;
 * false if there is nothing new.
 */
bool sx_own_find(const struct sx_text *source, const char *said, struct sx_own *own);

#endif
