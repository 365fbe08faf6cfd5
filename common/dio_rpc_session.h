/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One accepted connection of a server, and its calls. A session outlives its
 * connection until its last call is answered, and counts against its peer as
 * long: one who asks, leaves and comes back gains nothing.
 *
 * A guest is a session that there was no room for (dio_rpc_room.h). With each call
 * it tries again to become an ordinary one; while it cannot, the call is answered
 * BUSY. Guests have no calls, so they can be closed at any time.
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
	dio_rpc_may_connect *may;	/* NULL: anybody */
	void *may_arg;
	struct dio_rpc_sessions sessions, guests;	/* used longest ago first */
	struct dio_rpc_shares shares;
	struct dio_rpc_turns turns;
	unsigned places;	/* of sessions */
	unsigned n_sessions, n_strangers, n_root, n_guests;
	bool starved;		/* of descriptors: it is full, whatever the numbers say */
	int64_t complained;	/* when, in seconds of the monotonic clock */
	unsigned unsaid;	/* complaints since */
};

/* Logs what became of a peer, and why: once a second at most, a flood is counted. */
void dio_rpc_complain(struct dio_rpc_host *host, const char *address, const char *what, int err);

/* host and share are NULL after the server's end, conn after the peer's. */
struct dio_rpc_session {
	TAILQ_ENTRY(dio_rpc_session) link;
	struct dio_rpc_host *host;
	struct dio_rpc_share *share;
	struct dio_rpc_conn *conn;
	struct dio_rpc_peer peer;
	bool guest;
	int64_t used;		/* last, in ms of the monotonic clock */
	unsigned calls;		/* unanswered */
	size_t pending;		/* bytes of their records */
	size_t charged;		/* to share */
};

/* Owns fd in any case. 0, if only as a guest; -EACCES: may not connect; -errno. */
int dio_rpc_session_new(struct dio_rpc_host *host, int fd);

/* Of one without calls: closed and freed. */
void dio_rpc_session_evict(struct dio_rpc_session *s);

/*
 * A call has come: 0 if it may be served; else it is a guest's still, and the time
 * in ms after which there may be room.
 */
unsigned dio_rpc_session_admit(struct dio_rpc_session *s);

/* A call has begun (+1, and the bytes of its record) or been answered (-1). */
void dio_rpc_session_count(struct dio_rpc_session *s, int calls, size_t bytes);

/* A record of the peer: 0, or -errno, which ends the connection. dio_rpc_call.c */
int dio_rpc_session_record(void *session, uint8_t *data, size_t len);

/* Ends all connections; sessions with calls unanswered live on without host. */
void dio_rpc_sessions_end(struct dio_rpc_host *host);

#endif
