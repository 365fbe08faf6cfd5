/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader's operations: each makes an object of the kernel and binds its
 * program, or leaves nothing. Handles requests of ld_serve().
 */
#ifndef LD_OPS_H
#define LD_OPS_H

#include "ld_serve.h"

struct ld_ops {
	int device;		/* /dev/safex, opened for writing */
};

/* context: struct ld_ops. */
void ld_ops_handle(void *context, const struct ld_request *req, const int *fds,
		   struct ld_reply *reply, int *fd);

/* Unloads programs that no object has any more: of a loader that died half-way. */
void ld_ops_sweep(const struct ld_ops *ops);

#endif
