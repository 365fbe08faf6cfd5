/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_FRAME_H
#define SX_FRAME_H

#include "sx_compiler.h"
#include "sx_text.h"

struct sx_local {
	char name[64];
	unsigned int line;
	unsigned long long bytes;
};

/*
 * The largest local variable of that file in an intermediate representation with
 * debug information. false: there is none.
 */
bool sx_frame_largest(const char *ir, const char *file, struct sx_local *local);

/*
 * Of a status that says SX_SAYS_FRAME without a place, as no compiler tells one: it
 * gets the place of the largest variable, for which the source is compiled once
 * more. Any other status stays as it is.
 */
void sx_frame_name(struct sx_compiler *compiler, enum safex_kind role, const struct sx_text *source,
		   struct dio_status *status);

#endif
