/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_PROBE_H
#define SX_PROBE_H

#include "sx_pipeline.h"

/*
 * What a compiler can do, found by having it done: small programs are compiled
 * and assembled, outside of the sandbox, for both are our own choice. Fills
 * what is the compiler's in t. 0, or -errno: it will not do.
 */
int sx_probe(struct sx_tools *t, const char *path);

#endif
