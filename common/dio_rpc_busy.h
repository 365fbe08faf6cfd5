/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer to a call that is not served now, whatever the type of its result is. */
#ifndef DIO_RPC_BUSY_H
#define DIO_RPC_BUSY_H

#include "dio_rpc.h"
#include "dio_rpc_msg.h"

/*
 * A record with an empty result of proc, which begins with a dio_x_status: DIO_E_BUSY,
 * to be tried again after wait_ms. 0 or -errno.
 */
int dio_rpc_busy_encode(const struct dio_rpc_proc *proc, uint32_t xid, unsigned wait_ms,
			struct dio_rpc_bytes *out);

#endif
