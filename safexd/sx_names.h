/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_NAMES_H
#define SX_NAMES_H

#include "sx_asm.h"
#include "sx_pipeline.h"

/*
 * Turns the names of attributes that a source uses into slots, and notes in
 * the masks which it reads and writes. 0, or -errno with status set:
 * DIO_E_NO_ATTRIBUTE, DIO_E_DENIED, DIO_E_INSTRUMENT.
 */
int sx_names_resolve(struct sx_asm *a, const struct sx_job *job, uint64_t *read_mask,
		     uint64_t *write_mask, struct dio_status *status);

#endif
