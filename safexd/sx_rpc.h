/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * safexd.x served: who may call, arguments to the core's types, and back.
 */
#ifndef SX_RPC_H
#define SX_RPC_H

#include "dio_rpc.h"
#include "sx_core.h"
#include "sx_records.h"

struct sx_rpc {
	struct sx_core *core;
	struct sx_records *records;
	uid_t nameserver;		/* that, and root, may deploy */
	char host[DIO_NAME_MAX];
	uint64_t boot;			/* random, of this process */
	char local[128];		/* address of the socket for SX_OPEN_CLASS */
};

/*
 * The programs of the two sockets: everything for the nameserver, and the one
 * procedure for any local user. Their context is to be set to a struct sx_rpc.
 */
extern struct dio_rpc_program sx_rpc_control, sx_rpc_local;

#endif
