/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_ADMIT_H
#define SX_ADMIT_H

#include "sx_pipeline.h"

/*
 * Size, encoding and includes of a source, before a compiler is started for
 * it. 0, or -errno with status set: DIO_E_TOO_BIG, DIO_E_INVALID, DIO_E_COMPILE.
 */
int sx_admit(const struct sx_job *job, const char *file, struct dio_status *status);

#endif
