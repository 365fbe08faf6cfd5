/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is an object what safexd makes?  Reads it with bounds on everything, for it
 * may be hostile: the compiler that wrote it has read a hostile source.  Run
 * by the pipeline and, before any privilege is used, by the loader.
 */
#ifndef SX_AUDIT_H
#define SX_AUDIT_H

#include <stddef.h>
#include <linux/safex.h>
#include "dio_error.h"

/* So a program is shorter than the 32768 instructions that the kernel takes. */
#define SX_AUDIT_OBJECT_MAX	(256 * 1024)
#define SX_AUDIT_DATA_MAX	(64 * 1024)	/* of all variables and constants */

/* role: MANAGER, GUARD, MONITOR or HANDLER. 0, or -errno with status set: DIO_E_AUDIT. */
int sx_audit(const void *elf, size_t size, enum safex_kind role, struct dio_status *status);

#endif
