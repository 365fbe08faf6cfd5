/* SPDX-License-Identifier: GPL-2.0-only */
/* Which calls a program may make, by its role. */
#ifndef SX_KFUNCS_H
#define SX_KFUNCS_H

#include <stdbool.h>
#include <linux/safex.h>

bool sx_kfunc_allowed(enum safex_kind role, const char *name);

#endif
