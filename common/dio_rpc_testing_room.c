/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_testing_room.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "dio_record.h"
#include "dio_rpc_msg.h"
#include "dio_rpc_room.h"
#include "dionisys_rpc.h"

#define LATER_MAX	2048
#define DESCRIPTORS	(DIO_RPC_DESCRIPTORS + 1024)

struct event_base *r_base;
struct dio_rpc_server *r_server;
char r_unix[64], r_tcp[64];
unsigned r_turns;

static struct dio_rpc_call *later[LATER_MAX];
static unsigned n_later;
static int fds_before;

static void serve_ask(struct dio_rpc_call *call, void *args)
{
	ns_locate_result result = { .status.message = "", .safexd = "here" };

	(void)args;
	dio_rpc_reply(call, &result);
}

static void serve_later(struct dio_rpc_call *call, void *args)
{
	(void)args;
	assert_true(n_later < LATER_MAX);
	later[n_later++] = call;
}

#define PROC(number, handler)                                                                      \
	{ number, #number, dio_xdr_void, 0, (xdrproc_t)xdr_ns_locate_result, handler,              \
	  sizeof(ns_locate_result) }

static const struct dio_rpc_proc procs[] = { PROC(R_ASK, serve_ask), PROC(R_LATER, serve_later) };
static const struct dio_rpc_program program = {
	T_PROGRAM, T_VERSION, procs, sizeof(procs) / sizeof(procs[0]), NULL, true
};

unsigned r_descriptors(void)
{
	struct rlimit r = { 0 };

	dio_daemon_descriptors(DESCRIPTORS);
	getrlimit(RLIMIT_NOFILE, &r);
	return (unsigned)r.rlim_cur;
}

int r_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	fds_before = t_count_fds();
	dio_rpc_idle_ms = 0;
	r_base = event_base_new();
	r_server = dio_rpc_server_new(r_base, &program, 1);
	assert_non_null(r_server);
	snprintf(r_unix, sizeof(r_unix), "unix:/tmp/dio-room-%d", (int)getpid());
	assert_int_equal(dio_rpc_server_listen(r_server, r_unix, 0666), 0);
	assert_int_equal(dio_rpc_server_listen(r_server, "tcp:127.0.0.1:0", 0), 0);
	assert_int_equal(dio_rpc_server_address(r_server, r_tcp, sizeof(r_tcp)), 0);
	return 0;
}

int r_teardown(void **state)
{
	(void)state;
	dio_rpc_server_free(r_server);
	r_answer_all();
	event_base_free(r_base);
	assert_int_equal(t_count_fds(), fds_before);
	return 0;
}

void r_answer_all(void)
{
	ns_locate_result result = { .status.message = "", .safexd = "later" };

	while (n_later)
		dio_rpc_reply(later[--n_later], &result);
}

static void send_part(int fd, uint32_t proc, size_t divisor)
{
	struct dio_rpc_request r = { 1, T_PROGRAM, T_VERSION, proc };
	struct dio_rpc_bytes b;

	assert_int_equal(dio_rpc_msg_encode_call(&r, dio_xdr_void, NULL, &b), 0);
	send(fd, b.data, b.len / divisor, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(b.data);
}

void r_send(int fd, uint32_t proc)
{
	send_part(fd, proc, 1);
}

void r_send_head(int fd)
{
	send_part(fd, R_ASK, 2);
}

/* The answer is one record of one fragment, and it is small. */
static int decode(uint8_t *bytes, size_t n, unsigned *retry_ms)
{
	ns_locate_result result = { 0 };
	uint32_t xid;
	int code;
	XDR x;

	xdrmem_create(&x, (char *)bytes + DIO_RECORD_MARK, n - DIO_RECORD_MARK, XDR_DECODE);
	assert_int_equal(dio_rpc_msg_decode_reply(&x, &xid), 0);
	assert_int_equal(dio_rpc_msg_decode_body(&x, (xdrproc_t)xdr_ns_locate_result, &result), 0);
	code = result.status.code;
	assert_true(!code == !result.status.message[0]);
	assert_true(!code == !!result.safexd[0]);
	if (retry_ms)
		*retry_ms = result.status.retry_ms;
	xdr_free((xdrproc_t)xdr_ns_locate_result, (char *)&result);
	return code;
}

int r_receive(int fd, unsigned *retry_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t bytes[512];
	ssize_t n;

	r_turns = 0;
	do {
		event_base_loop(r_base, EVLOOP_NONBLOCK);
		assert_true(r_turns++ < 20000);
	} while (poll(&p, 1, r_turns > 100 ? 1 : 0) == 0);
	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	return n <= 0 ? R_CLOSED : decode(bytes, n, retry_ms);
}

int r_ask(int fd, unsigned *retry_ms)
{
	r_send(fd, R_ASK);
	return r_receive(fd, retry_ms);
}

void r_connect(uid_t user, int *fds, int n)
{
	while (n-- > 0) {
		*fds = t_adopt_from(r_server, user);
		assert_true(*fds++ >= 0);
	}
	t_turn(r_base, 1);
}

int r_count_open(int *fds, int n)
{
	int open = 0;

	t_turn(r_base, 3);
	while (n-- > 0)
		open += t_is_open(fds[n]);
	return open;
}
