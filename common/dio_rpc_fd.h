/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replies that carry a descriptor. Such a reply is written by hand when all
 * before it is out, and what follows waits behind it: records stay whole.
 */
#ifndef DIO_RPC_FD_H
#define DIO_RPC_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "dio_rpc_msg.h"

struct evbuffer;
struct dio_rpc_fd_entry;
TAILQ_HEAD(dio_rpc_fd_queue, dio_rpc_fd_entry);

/* Copies bytes and duplicates fd. 0, -ENOMEM or -errno of the duplication. */
int dio_rpc_fd_queue_add(struct dio_rpc_fd_queue *q, struct dio_rpc_bytes bytes, int fd);

/* Where bytes that come later are to be added: output if nothing waits. */
struct evbuffer *dio_rpc_fd_queue_tail(struct dio_rpc_fd_queue *q, struct evbuffer *output);

/* Sends what can be sent. 0: nothing to do now, -EAGAIN: sock is full, -errno: sock is dead. */
int dio_rpc_fd_queue_flush(struct dio_rpc_fd_queue *q, int sock, struct evbuffer *output);

/* Are so many descriptors held for the peer that it is to read first? */
bool dio_rpc_fd_queue_full(const struct dio_rpc_fd_queue *q);
size_t dio_rpc_fd_queue_len(const struct dio_rpc_fd_queue *q);	/* bytes */
void dio_rpc_fd_queue_free(struct dio_rpc_fd_queue *q);

#endif
