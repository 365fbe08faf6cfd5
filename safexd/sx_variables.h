/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The room that variables take; and the layout of an object's variables, as one
 * number: with the same one, a new version can go on with the variables of the
 * old one.
 */
#ifndef SX_VARIABLES_H
#define SX_VARIABLES_H

#include "sx_asm.h"
#include "sx_explain.h"
#include "sx_pipeline.h"

/*
 * Have the variables and constants of a program as much room as there is? What
 * decides is the audit; this knows the source, and names the largest. 0, or
 * -EFBIG with status set.
 */
int sx_variables_fit(const struct sx_asm *a, const struct sx_text *source, struct dio_status *status);

/*
 * Of names, places, sizes and types of what is in .data and .bss of an object
 * that has passed the audit. All 0: it has no variables, or none that can be
 * told; nothing agrees with that.
 */
void sx_variables_digest(const void *elf, size_t size, uint8_t digest[SX_DIGEST]);

/* Whether both have variables, and the same. */
bool sx_variables_agree(const uint8_t a[SX_DIGEST], const uint8_t b[SX_DIGEST]);

#endif
