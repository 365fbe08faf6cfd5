/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_GUARD_H
#define SX_GUARD_H

#include "sx_declare.h"

/*
 * The guard of a manager, as a source in C: says of each write of a declared
 * attribute whether it is safe, in the order that safex/manager.h tells; sets
 * what is mapped last, so that a refused write sets nothing. malloc'ed, the caller's; NULL
 * when out of memory.
 */
char *sx_guard_source(const struct sx_declared *declared, size_t *size);

#endif
