/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room for connections at a server. Clients keep theirs between calls, so most are
 * idle: when room is needed, the one that was used longest ago is closed, and its
 * client connects again with its next call. Of many peers' the one who has most gives
 * first. A peer who has fewer than another by two or more need not wait until one
 * is idle. A connection with a call unanswered is never closed.
 */
#ifndef DIO_RPC_ROOM_H
#define DIO_RPC_ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct dio_rpc_host;
struct dio_rpc_share;

/* DIO_RPC_IDLE_MS; tests, which do not wait so long, set another. */
extern int dio_rpc_idle_ms;

/* Sessions for a process with so many descriptors. */
unsigned dio_rpc_room_places(uint64_t descriptors);

/* Room for one more session of share. 0; else there is none, and ms after which to ask again. */
unsigned dio_rpc_room_make(struct dio_rpc_host *host, const struct dio_rpc_share *share);

/* Room for one more guest of share: another may be closed for it. */
void dio_rpc_room_guest(struct dio_rpc_host *host, const struct dio_rpc_share *share);

/* Closes a connection, no matter whose, for its descriptors. false: all are in use. */
bool dio_rpc_room_free(struct dio_rpc_host *host);

#endif
