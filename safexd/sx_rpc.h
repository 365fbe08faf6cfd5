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
 * The servers of the two sockets, for one struct sx_rpc, which is borrowed: everything
 * for the nameserver and root, who alone may connect, so that nobody else can take
 * their places; and the one procedure for any local user. NULL: out of memory.
 */
struct dio_rpc_server *sx_rpc_control_new(struct event_base *base, struct sx_rpc *rpc);
struct dio_rpc_server *sx_rpc_local_new(struct event_base *base, struct sx_rpc *rpc);

#endif
