/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef D_FAKE_PROCS_H
#define D_FAKE_PROCS_H

#include "dio_rpc.h"

#define FAKE_PROGRAMS	2

extern const struct dio_rpc_program fake_programs[FAKE_PROGRAMS];

void fake_procs_start(const char *own_address);
void fake_procs_stop(void);	/* answers what was left unanswered */

#endif
