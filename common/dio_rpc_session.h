/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One accepted connection of a server, and its calls. A session outlives its
 * connection until its last call is answered, and counts against its peer as
 * long: one who asks, leaves and comes back gains nothing.
 */
#ifndef DIO_RPC_SESSION_H
#define DIO_RPC_SESSION_H

#include <sys/queue.h>

#include "dio_rpc_conn.h"
#include "dio_rpc_peer.h"

TAILQ_HEAD(dio_rpc_sessions, dio_rpc_session);

/* What sessions know of their server. */
struct dio_rpc_host {
	struct event_base *base;
	const struct dio_rpc_program *programs;
	size_t n_programs;
	struct dio_rpc_sessions sessions;
	struct dio_rpc_shares shares;
	struct dio_rpc_turns turns;
	unsigned n_sessions, n_strangers;
	int64_t complained;	/* when, in seconds of the monotonic clock */
	unsigned unsaid;	/* complaints since */
};

/* Logs why a peer was turned away: once a second at most, a flood is counted. */
void dio_rpc_complain(struct dio_rpc_host *host, const char *address, int err);

/* host and share are NULL after the server's end, conn after the peer's. */
struct dio_rpc_session {
	TAILQ_ENTRY(dio_rpc_session) link;
	struct dio_rpc_host *host;
	struct dio_rpc_share *share;
	struct dio_rpc_conn *conn;
	struct dio_rpc_peer peer;
	unsigned calls;		/* unanswered */
	size_t pending;		/* bytes of their records */
	size_t charged;		/* to share */
};

/* Owns fd in any case. 0; -EUSERS: a limit; -errno. */
int dio_rpc_session_new(struct dio_rpc_host *host, int fd);

/* A call has begun (+1, and the bytes of its record) or been answered (-1). */
void dio_rpc_session_count(struct dio_rpc_session *s, int calls, size_t bytes);

/* A record of the peer: 0, or -errno, which ends the connection. dio_rpc_call.c */
int dio_rpc_session_record(void *session, uint8_t *data, size_t len);

/* Ends all connections; sessions with calls unanswered live on without host. */
void dio_rpc_sessions_end(struct dio_rpc_host *host);

#endif
