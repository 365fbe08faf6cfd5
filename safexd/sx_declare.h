/* SPDX-License-Identifier: GPL-2.0-only */
/* What a manager declares of its attributes, read from its assembly. */
#ifndef SX_DECLARE_H
#define SX_DECLARE_H

#include "sdk/safex/declare.h"
#include "sx_asm.h"
#include "sx_pipeline.h"

struct sx_declared {
	struct safex_declaration d[SAFEX_ATTRS_MAX];
	struct safex_attr attrs[SAFEX_ATTRS_MAX];	/* the same, as the kernel has it */
	unsigned int n;
};

/* 0, or -errno with status set: DIO_E_GUARD. What is read has been checked. */
int sx_declare_read(const struct sx_asm *a, const char *file, struct sx_declared *out,
		    struct dio_status *status);

/* Slot of the attribute with a role, or -1. */
int sx_declare_role(const struct sx_declared *out, unsigned int role);

#endif
