/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is at a server. Peers take turns, and so do the connections of
 * each: one record a turn, with a look at the descriptors in between. So whoever
 * sends many records at once, on many connections, waits for himself; another
 * waits for one record of each peer at most.
 */
#ifndef DIO_RPC_TURNS_H
#define DIO_RPC_TURNS_H

#include <sys/queue.h>

struct event;
struct event_base;

/* Of a connection; zeroed but for serve and arg. */
struct dio_rpc_turn {
	TAILQ_ENTRY(dio_rpc_turn) link;
	struct dio_rpc_turn_peer *peer;		/* it is queued there; NULL: it is not */
	void (*serve)(void *arg);		/* may ask for another, and may free it */
	void *arg;
};

TAILQ_HEAD(dio_rpc_turn_list, dio_rpc_turn);

/* Lives at least as long as a turn of its is asked for. */
struct dio_rpc_turn_peer {
	TAILQ_ENTRY(dio_rpc_turn_peer) link;
	struct dio_rpc_turn_list turns;		/* in the list of peers while it has any */
};

struct dio_rpc_turns {
	TAILQ_HEAD(, dio_rpc_turn_peer) peers;
	struct event *next;
};

/* 0 or -ENOMEM. */
int dio_rpc_turns_init(struct dio_rpc_turns *t, struct event_base *base);
void dio_rpc_turns_end(struct dio_rpc_turns *t);

void dio_rpc_turn_peer_init(struct dio_rpc_turn_peer *p);

/* One turn, once it comes; asking again before that changes nothing. */
void dio_rpc_turn_ask(struct dio_rpc_turns *t, struct dio_rpc_turn_peer *p,
		      struct dio_rpc_turn *turn);
/* No turn any more. */
void dio_rpc_turn_drop(struct dio_rpc_turns *t, struct dio_rpc_turn *turn);

#endif
