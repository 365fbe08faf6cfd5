/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of the transport: "unix:/path", "tcp:127.0.0.1:700",
 * "tcp:[::1]:700", "tcp:localhost:700". No name service is asked: it would block.
 */
#ifndef DIO_RPC_ADDR_H
#define DIO_RPC_ADDR_H

#include <stddef.h>
#include <sys/socket.h>

struct dio_rpc_addr {
	struct sockaddr_storage sa;
	socklen_t len;
};

/* 0, -EINVAL, -ENAMETOOLONG. Port 0 is let through: a listener's choice. */
int dio_rpc_addr_parse(const char *address, struct dio_rpc_addr *out);

/* The form that parse takes; "unix:" for a nameless socket. 0 or -ENOSPC. */
int dio_rpc_addr_format(const struct dio_rpc_addr *a, char *buf, size_t size);

/*
 * A new non-blocking, close-on-exec descriptor, connected or connecting, or
 * -errno; -EAGAIN: the listener's queue is full (AF_UNIX).
 */
int dio_rpc_addr_connect(const struct dio_rpc_addr *a);

/*
 * As that, but where the listener's queue is full, it waits there for its turn, ms at
 * most: whoever asks again and again instead comes after all who wait. -ETIMEDOUT.
 */
int dio_rpc_addr_connect_wait(const struct dio_rpc_addr *a, int ms);

/* No delay, and a dead host is noticed within a minute. For TCP; else nothing. */
void dio_rpc_addr_tune(int fd);

#endif
