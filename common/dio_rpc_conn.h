/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that carries records, on a bufferevent: the limits on what a
 * peer can make us hold and on how long it can take are kept here, alike for
 * servers and clients.
 */
#ifndef DIO_RPC_CONN_H
#define DIO_RPC_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dio_rpc_msg.h"
#include "dio_rpc_turns.h"

#define DIO_RPC_SEND_MS	30000	/* without progress in sending: the peer is dead */

/* DIO_RPC_RECORD_MS and DIO_RPC_SEND_MS; tests, which do not wait so long, set others. */
extern int dio_rpc_record_ms, dio_rpc_send_ms;

struct event_base;
struct dio_rpc_conn;

/* arg: as given to dio_rpc_conn_new. Any of these may free the connection. */
struct dio_rpc_conn_ops {
	/* A record, valid during the call. 0; -errno ends the connection. */
	int (*record)(void *arg, uint8_t *data, size_t len);
	/* Bytes were taken or sent: dio_rpc_conn_held has changed. May be NULL. */
	void (*activity)(void *arg);
	/*
	 * The last call, not made by dio_rpc_conn_free: -ECONNRESET (also for
	 * an orderly end), -ECONNREFUSED, -ETIMEDOUT, -EMSGSIZE, -EPROTO ...
	 * The connection is still to be freed.
	 */
	void (*closed)(void *arg, int err);
};

/* Owns fd (connected or connecting) when it succeeds. NULL: out of memory. */
struct dio_rpc_conn *dio_rpc_conn_new(struct event_base *base, int fd, bool connecting,
				      const struct dio_rpc_conn_ops *ops, void *arg);
void dio_rpc_conn_free(struct dio_rpc_conn *c);

/* Its records are served in turn with others'. Both outlive it, or its being freed. */
void dio_rpc_conn_take_turns(struct dio_rpc_conn *c, struct dio_rpc_turns *all,
			     struct dio_rpc_turn_peer *peer);

/* Takes bytes over, also when it fails. 0 or -ENOMEM. */
int dio_rpc_conn_send(struct dio_rpc_conn *c, struct dio_rpc_bytes bytes);
/* The same with a descriptor beside the first byte; fd is duplicated. AF_UNIX. */
int dio_rpc_conn_send_fd(struct dio_rpc_conn *c, struct dio_rpc_bytes bytes, int fd);

/* While held, no record is delivered and nothing is read. */
void dio_rpc_conn_hold(struct dio_rpc_conn *c, bool hold);

/* Ends the connection: closed is called, from the event loop, with err. */
void dio_rpc_conn_end(struct dio_rpc_conn *c, int err);

/* The socket, which stays the connection's. */
int dio_rpc_conn_fd(const struct dio_rpc_conn *c);

/* Nothing has come that is not served, nothing is to be sent: an end now loses nothing. */
bool dio_rpc_conn_is_quiet(const struct dio_rpc_conn *c);

/* Bytes in memory for the peer's sake; and of those the unsent. */
size_t dio_rpc_conn_held(const struct dio_rpc_conn *c);
size_t dio_rpc_conn_unsent(const struct dio_rpc_conn *c);

#endif
