/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is at the other end of an accepted connection, and how much of a
 * server each peer (a uid, or a network address) has taken.
 */
#ifndef DIO_RPC_PEER_H
#define DIO_RPC_PEER_H

#include <sys/queue.h>

#include "dio_rpc.h"
#include "dio_rpc_turns.h"

#define DIO_RPC_PEER_BYTES	(16 * 1024 * 1024)	/* held for one peer in all */

/* Asks the kernel about a connected socket. 0 or -errno (-EMFILE: no pidfd). Ended by _end. */
int dio_rpc_peer_get(int fd, struct dio_rpc_peer *out);
void dio_rpc_peer_end(struct dio_rpc_peer *p);

/* Whether a local peer has gid among its further groups. */
bool dio_rpc_peer_has_further(int fd, gid_t gid);

struct dio_rpc_share {
	LIST_ENTRY(dio_rpc_share) link;
	bool	 local;
	uid_t	 uid;
	char	 address[80];
	unsigned refs;		/* of its sessions, guests or not */
	unsigned connections;	/* sessions that are no guests */
	unsigned guests;
	size_t	 bytes;
	struct dio_rpc_turn_peer turns;
};

LIST_HEAD(dio_rpc_shares, dio_rpc_share);

/* The peer's, with a reference. NULL: out of memory. */
struct dio_rpc_share *dio_rpc_share_take(struct dio_rpc_shares *all,
					 const struct dio_rpc_peer *peer);
/* Root of this machine. */
bool dio_rpc_share_is_root(const struct dio_rpc_share *s);
/* One reference less; the last one frees it. */
void dio_rpc_share_drop(struct dio_rpc_share *s);

#endif
