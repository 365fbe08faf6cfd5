/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader's side of the socket: takes one request, has it handled, sends
 * the reply. Knows the form of messages and nothing of what they do.
 */
#ifndef LD_SERVE_H
#define LD_SERVE_H

#include "ld_proto.h"

/*
 * Fills reply (which is zeroed, but for version, op and seq). fds are the
 * request's, of the number that the operation takes, and stay the caller's.
 * *fd: a descriptor for the reply, or -1; it becomes the caller's.
 */
typedef void ld_handler(void *context, const struct ld_request *req,
			const int *fds, struct ld_reply *reply, int *fd);

/*
 * Serves until the peer closes (0), sends what is malformed (-EPROTO) or the
 * socket fails (-errno). Blocks.
 */
int ld_serve(int sock, ld_handler *handler, void *context);

#endif
