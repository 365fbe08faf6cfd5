/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the transport: a server of one small program, in this process
 * on an event_base or in a child of its own, and what a hostile client needs.
 */
#ifndef DIO_RPC_TESTING_H
#define DIO_RPC_TESTING_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <sys/types.h>
#include <event2/event.h>

#include "dio_rpc.h"

#define T_PROGRAM	0x20001234
#define T_VERSION	2

/*
 * ECHO: string to string. LATER: answered by t_answer_all. FD: a pipe's read
 * end that holds "fd!". NEVER: no answer. EXIT: the server's process ends.
 * BIG: as many bytes as asked for. REFUSE: SYSTEM_ERR.
 */
enum { T_ECHO = 1, T_LATER, T_FD, T_NEVER, T_EXIT, T_BIG, T_REFUSE };

#define T_STRING_MAX	400000

bool_t t_xdr_string(XDR *x, ...);	/* a char *, of at most T_STRING_MAX */

struct t_server {
	struct event_base *base;
	struct dio_rpc_server *rpc;
	char address[128];
	struct dio_rpc_call *later[64];
	size_t n_later;
	unsigned served;		/* handlers run */
	int last_pidfd_ok;		/* the peer of the last call had a pidfd */
	struct dio_rpc_program program;
};

/* On address, or on a socket in the test's own directory when it is NULL. */
void t_server_start(struct t_server *t, const char *address);
void t_server_stop(struct t_server *t);
void t_answer_all(struct t_server *t);

/* The same in a child. */
struct t_child {
	pid_t pid;
	char address[128];
};

void t_child_start(struct t_child *c, const char *address);
void t_child_stop(struct t_child *c);

/* Runs the loop until *flag or the limit; fails the test at the limit. */
void t_run_until(struct event_base *base, const unsigned *flag, unsigned value);

/* The loop n times, without waiting. */
void t_turn(struct event_base *base, int n);
/* Has the server not ended this connection, nor sent anything? */
bool t_is_open(int fd);
void t_close_all(int *fds, int n);
/* Descriptors of this process. */
int t_count_fds(void);

/* A blocking raw connection to address. */
int t_connect(const char *address);
/* From 127.0.0.n to address, tcp: another peer for the server. */
int t_connect_from(const char *address, unsigned n);
/*
 * The server's side of a pair is as if user had connected, who root may become. The
 * other end, or -errno.
 */
int t_adopt_from(struct dio_rpc_server *rpc, uid_t user);
/* All of it, or the test fails. */
void t_send(int fd, const void *data, size_t len);

#endif
