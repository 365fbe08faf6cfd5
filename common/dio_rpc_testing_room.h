/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the room for connections: a server whose results begin with a status, in
 * this process, and users who ask it from the same thread.
 */
#ifndef DIO_RPC_TESTING_ROOM_H
#define DIO_RPC_TESTING_ROOM_H

#include "dio_rpc_testing.h"

#define R_FIRST	1001	/* a user, as those after it are */

/* ASK: is answered at once. LATER: by r_answer_all. */
enum { R_ASK = 1, R_LATER };

enum { R_CLOSED = -1 };	/* for an answer's code */

extern struct event_base *r_base;
extern struct dio_rpc_server *r_server;
extern char r_unix[64], r_tcp[64];

/* How many this process may have, after asking for enough. */
unsigned r_descriptors(void);

/* cmocka fixtures. Idle connections are so at once, until a test says otherwise. */
int r_setup(void **state);
int r_teardown(void **state);
void r_answer_all(void);

/* Sends without waiting. r_send_head: the first half of it. */
void r_send(int fd, uint32_t proc);
void r_send_head(int fd);
/* The code of what came; *retry_ms of it. R_CLOSED: the server has ended the connection. */
int r_receive(int fd, unsigned *retry_ms);
extern unsigned r_turns;	/* of the loop, in the last r_receive */
/* Both, of R_ASK. */
int r_ask(int fd, unsigned *retry_ms);

/* n connections of user to fds. */
void r_connect(uid_t user, int *fds, int n);
/* How many of them are open. */
int r_count_open(int *fds, int n);

#endif
