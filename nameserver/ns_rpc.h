/* SPDX-License-Identifier: GPL-2.0-only */
/* The procedures of dionisys.x: decode, ask the core, encode. */
#ifndef NS_RPC_H
#define NS_RPC_H

#include "dio_rpc.h"

struct ns;

/* Fills *program, whose procedures answer for ns. */
void ns_rpc_program(struct ns *ns, struct dio_rpc_program *program);

#endif
