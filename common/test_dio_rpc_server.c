/* SPDX-License-Identifier: GPL-2.0-only */
/* What honest clients get from a server; see test_dio_rpc_hostile.c for the others. */
#include "dio_rpc_testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <rpc/rpc.h>

#include "dio_record.h"
#include "dio_rpc_msg.h"

static struct t_server t;

static int setup(void **state)
{
	(void)state;
	t_server_start(&t, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	t_server_stop(&t);
	return 0;
}

/* Runs the server until fd has a whole answer of n bytes. */
static void run_and_read(int fd, void *buf, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t part;
	int turns;

	for (turns = 0; got < n && turns < 100000; turns++) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) != 1)
			continue;
		part = recv(fd, (char *)buf + got, n - got, 0);
		assert_true(part > 0);
		got += part;
	}
	assert_int_equal(got, n);
}

/* A call's reply as libtirpc sees it: accept_stat, or -errno of the transport. */
static int raw_call(int fd, const struct dio_rpc_request *r, xdrproc_t proc, void *args,
		    uint8_t *reply, size_t len)
{
	struct dio_rpc_bytes b;
	uint32_t xid;
	XDR x;

	assert_int_equal(dio_rpc_msg_encode_call(r, proc, args, &b), 0);
	t_send(fd, b.data, b.len);
	free(b.data);
	run_and_read(fd, reply, len);
	xdrmem_create(&x, (char *)reply + 4, len - 4, XDR_DECODE);
	return dio_rpc_msg_decode_reply(&x, &xid);
}

#define ERROR_LEN	28	/* bytes of a reply without a body, with its mark */

static void error_replies(void **state)
{
	struct dio_rpc_request r = { 1, T_PROGRAM, T_VERSION, 0 };
	uint32_t reply[16], number = 0xffffff00;
	int fd = t_connect(t.address);

	(void)state;
	assert_int_equal(raw_call(fd, &r, dio_xdr_void, NULL, (uint8_t *)reply, ERROR_LEN), 0);
	r.procedure = 77;
	assert_int_equal(raw_call(fd, &r, dio_xdr_void, NULL, (uint8_t *)reply, ERROR_LEN),
			 -ENOSYS);
	assert_int_equal(ntohl(reply[6]), PROC_UNAVAIL);
	r.procedure = T_ECHO;
	raw_call(fd, &r, (xdrproc_t)xdr_u_int, &number, (uint8_t *)reply, ERROR_LEN);
	assert_int_equal(ntohl(reply[6]), GARBAGE_ARGS);
	r.procedure = T_REFUSE;
	char *text = "x";
	raw_call(fd, &r, t_xdr_string, &text, (uint8_t *)reply, ERROR_LEN);
	assert_int_equal(ntohl(reply[6]), SYSTEM_ERR);
	r.version = 9;
	raw_call(fd, &r, dio_xdr_void, NULL, (uint8_t *)reply, ERROR_LEN + 8);
	assert_int_equal(ntohl(reply[6]), PROG_MISMATCH);
	assert_int_equal(ntohl(reply[7]), T_VERSION);
	assert_int_equal(ntohl(reply[8]), T_VERSION);
	r.program++;
	raw_call(fd, &r, dio_xdr_void, NULL, (uint8_t *)reply, ERROR_LEN);
	assert_int_equal(ntohl(reply[6]), PROG_UNAVAIL);
	assert_int_equal(t.served, 1);
	close(fd);
}

/* xid 5, CALL, RPC version 3, and then AUTH_TLS in version 2. */
static void denied(void **state)
{
	uint32_t call[11] = { 0, htonl(5), 0, htonl(3), htonl(T_PROGRAM), htonl(T_VERSION) };
	uint32_t reply[7];
	int fd = t_connect(t.address);

	(void)state;
	dio_record_mark((uint8_t *)call, 40);
	t_send(fd, call, 44);
	run_and_read(fd, reply, 28);
	assert_int_equal(ntohl(reply[1]), 5);
	assert_int_equal(ntohl(reply[3]), MSG_DENIED);
	assert_int_equal(ntohl(reply[4]), RPC_MISMATCH);
	call[3] = htonl(2);
	call[7] = htonl(7);
	t_send(fd, call, 44);
	run_and_read(fd, reply, 24);
	assert_int_equal(ntohl(reply[4]), AUTH_ERROR);
	assert_int_equal(ntohl(reply[5]), AUTH_REJECTEDCRED);
	close(fd);
}

static void peer_is_known(void **state)
{
	struct dio_rpc_request r = { 1, T_PROGRAM, T_VERSION, T_LATER };
	int fd = t_connect(t.address);
	const struct dio_rpc_peer *peer;
	struct dio_rpc_bytes b;
	char *text = "x";

	(void)state;
	assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &text, &b), 0);
	t_send(fd, b.data, b.len);
	free(b.data);
	t_run_until(t.base, &t.served, 1);
	peer = dio_rpc_peer(t.later[0]);
	assert_true(peer->local);
	assert_int_equal(peer->uid, getuid());
	assert_int_equal(peer->gid, getgid());
	assert_int_equal(peer->pid, getpid());
	assert_true(peer->pidfd >= 0);
	close(fd);
}

static void send_later(int fd, uint32_t xid)
{
	struct dio_rpc_request r = { xid, T_PROGRAM, T_VERSION, T_LATER };
	struct dio_rpc_bytes b;
	char *text = "x";

	assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &text, &b), 0);
	t_send(fd, b.data, b.len);
	free(b.data);
}

/* With n groups from 5000 on; root's test only, as nobody else may have others. */
static void connect_with_groups(int n)
{
	static gid_t groups[200];
	struct dio_rpc_call *call;
	int fd;

	for (int i = 0; i < n; i++)
		groups[i] = 5000 + (gid_t)i;
	assert_int_equal(setgroups((size_t)n, groups), 0);
	fd = t_connect(t.address);
	assert_int_equal(setgroups(0, NULL), 0);
	send_later(fd, 1);
	t_run_until(t.base, &t.served, t.served + 1);
	call = t.later[t.n_later - 1];
	assert_true(dio_rpc_peer_has_group(call, getgid()));
	assert_true(dio_rpc_peer_has_group(call, 5000));
	assert_true(dio_rpc_peer_has_group(call, 5000 + (gid_t)n - 1));
	assert_false(dio_rpc_peer_has_group(call, 5000 + (gid_t)n));
	close(fd);
}

/* Its groups are those that it had when it connected, few or many. */
static void groups_of_peer(void **state)
{
	(void)state;
	if (geteuid())
		return;
	connect_with_groups(1);
	connect_with_groups(200);
}

/* The peer is gone; its call is still there, knows who asked, and is answered to nobody. */
static void answer_after_disconnect(void **state)
{
	int fd = t_connect(t.address);

	(void)state;
	send_later(fd, 1);
	t_run_until(t.base, &t.served, 1);
	close(fd);
	event_base_loop(t.base, EVLOOP_NONBLOCK);
	event_base_loop(t.base, EVLOOP_NONBLOCK);
	assert_int_equal(dio_rpc_peer(t.later[0])->uid, getuid());
	t_answer_all(&t);
}

/* teardown answers the calls when the server is gone already. */
static void answer_after_server(void **state)
{
	int fd = t_connect(t.address);

	(void)state;
	send_later(fd, 1);
	t_run_until(t.base, &t.served, 1);
	close(fd);
}

/* No more than DIO_RPC_OUTSTANDING are accepted before answers; then the rest is. */
static void outstanding_calls(void **state)
{
	int fd = t_connect(t.address), i;
	uint32_t reply[DIO_RPC_OUTSTANDING][10];

	(void)state;
	for (i = 0; i < 2 * DIO_RPC_OUTSTANDING; i++)
		send_later(fd, i);
	t_run_until(t.base, &t.served, DIO_RPC_OUTSTANDING);
	for (i = 0; i < 100; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
	assert_int_equal(t.served, DIO_RPC_OUTSTANDING);
	t_answer_all(&t);
	t_run_until(t.base, &t.served, 2 * DIO_RPC_OUTSTANDING);
	t_answer_all(&t);
	run_and_read(fd, reply, sizeof(reply));
	assert_int_equal(ntohl(reply[3][1]), 3);
	close(fd);
}

static void send_big(int fd, uint32_t xid, char *text)
{
	struct dio_rpc_request r = { xid, T_PROGRAM, T_VERSION, T_LATER };
	struct dio_rpc_bytes b;
	size_t sent = 0;
	int turns = 0;

	assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &text, &b), 0);
	while (sent < b.len && turns++ < 10000) {
		ssize_t n = send(fd, (char *)b.data + sent, b.len - sent, MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		event_base_loop(t.base, EVLOOP_NONBLOCK);
	}
	free(b.data);
}

/* As many sources as are compiled at once do not keep from being read what comes then. */
static void outstanding_bytes(void **state)
{
	static char text[262144];
	int fd = t_connect(t.address), i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 6; i++)
		send_big(fd, i, text);
	send_later(fd, i);
	for (i = 0; i < 100; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
	assert_int_equal(t.served, 7);
	t_answer_all(&t);
	close(fd);
}

/* Takes one record of an answer off fd; the descriptor beside its first byte, or -1. */
static int receive_answer(int fd, uint32_t *xid)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	uint32_t mark;
	struct iovec iov = { &mark, sizeof(mark) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control.room) };
	static char rest[500000];
	int got = -1;

	while (recvmsg(fd, &m, MSG_DONTWAIT) != 4) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		m.msg_controllen = sizeof(control.room);
	}
	if (m.msg_controllen)
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(got));
	run_and_read(fd, rest, ntohl(mark) & 0x7fffffff);
	memcpy(xid, rest, 4);
	*xid = ntohl(*xid);
	return got;
}

static void send_call(int fd, uint32_t xid, uint32_t proc, char *text)
{
	struct dio_rpc_request r = { xid, T_PROGRAM, T_VERSION, proc };
	struct dio_rpc_bytes b;

	assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &text, &b), 0);
	t_send(fd, b.data, b.len);
	free(b.data);
}

/*
 * 400000 bytes are more than the socket takes: the descriptor must wait for
 * them to be out, the last answer for the descriptor, and each stays whole.
 */
static void descriptor_between_answers(void **state)
{
	int fd = t_connect(t.address), got;
	char text[4] = "";
	uint32_t xid;

	(void)state;
	send_call(fd, 1, T_BIG, "400000");
	send_call(fd, 2, T_FD, "x");
	send_call(fd, 3, T_ECHO, "x");
	t_run_until(t.base, &t.served, 3);
	assert_int_equal(receive_answer(fd, &xid), -1);
	assert_int_equal(xid, 1);
	got = receive_answer(fd, &xid);
	assert_int_equal(xid, 2);
	assert_int_equal(read(got, text, 3), 3);
	assert_string_equal(text, "fd!");
	close(got);
	assert_int_equal(receive_answer(fd, &xid), -1);
	assert_int_equal(xid, 3);
	close(fd);
}

/* n calls in one go: each alone would cost the socket much more than its bytes. */
static void send_many(int fd, uint32_t proc, unsigned n)
{
	struct dio_rpc_request r = { 0, T_PROGRAM, T_VERSION, proc };
	struct dio_rpc_bytes b;
	char *text = "x", *all = NULL;

	for (; r.xid < n; r.xid++) {
		assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &text, &b), 0);
		all = realloc(all, n * b.len);
		memcpy(all + r.xid * b.len, b.data, b.len);
		free(b.data);
	}
	t_send(fd, all, n * b.len);
	free(all);
}

/* The peer does not read: few descriptors wait for it; then all arrive, in order. */
static void many_descriptors(void **state)
{
	int fd = t_connect(t.address), got;
	unsigned i, accepted;
	uint32_t xid;

	(void)state;
	send_many(fd, T_FD, 1500);
	do {
		accepted = t.served;
		for (i = 0; i < 20; i++)
			event_base_loop(t.base, EVLOOP_NONBLOCK);
	} while (t.served > accepted);
	assert_in_range(accepted, 10, 1499);
	/* The lowest free number tells how many are open. */
	got = dup(fd);
	assert_in_range(got, 0, 40);
	close(got);
	for (i = 0; i < 1500; i++) {
		got = receive_answer(fd, &xid);
		assert_int_equal(xid, i);
		assert_true(got >= 0);
		close(got);
	}
	close(fd);
}

static void adopted_descriptor(void **state)
{
	struct dio_rpc_request r = { 1, T_PROGRAM, T_VERSION, 0 };
	uint8_t reply[ERROR_LEN];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(dio_rpc_server_adopt(t.rpc, fds[1]), 0);
	assert_int_equal(raw_call(fds[0], &r, dio_xdr_void, NULL, reply, ERROR_LEN), 0);
	close(fds[0]);
}

static void socket_file(void **state)
{
	struct dio_rpc_server *other = dio_rpc_server_new(t.base, &t.program, 1);
	const char *path = t.address + 5;
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(dio_rpc_server_listen(other, t.address, 0666), -EADDRINUSE);
	assert_int_equal(dio_rpc_server_listen(other, "unix:/dev/null", 0666), -EEXIST);
	assert_int_equal(dio_rpc_server_listen(other, "nonsense", 0666), -EINVAL);
	dio_rpc_server_free(other);
	assert_int_equal(stat(path, &st), 0);
}

/* libtirpc's own client, as rpcinfo uses it, in a thread while the loop runs here. */
struct stock {
	int port;
	unsigned done;
	enum clnt_stat null, echo, missing, version;
	char answer[16];
};

static enum clnt_stat stock_echo(CLIENT *c, struct stock *s)
{
	struct timeval limit = { 10, 0 };
	char *args = "stock", *result = NULL;
	enum clnt_stat stat = clnt_call(c, T_ECHO, (xdrproc_t)xdr_wrapstring, (caddr_t)&args,
					(xdrproc_t)xdr_wrapstring, (caddr_t)&result, limit);

	if (stat == RPC_SUCCESS)
		snprintf(s->answer, sizeof(s->answer), "%s", result);
	free(result);
	return stat;
}

static CLIENT *stock_client(int port, unsigned version)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	int sock = RPC_ANYSOCK;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return clnttcp_create(&in, T_PROGRAM, version, &sock, 0, 0);
}

static void *stock_main(void *arg)
{
	struct timeval limit = { 10, 0 };
	struct stock *s = arg;
	CLIENT *c = stock_client(s->port, T_VERSION);

	c->cl_auth = authunix_create_default();
	s->null = clnt_call(c, NULLPROC, dio_xdr_void, NULL, dio_xdr_void, NULL, limit);
	s->echo = stock_echo(c, s);
	s->missing = clnt_call(c, 99, dio_xdr_void, NULL, dio_xdr_void, NULL, limit);
	auth_destroy(c->cl_auth);
	clnt_destroy(c);
	c = stock_client(s->port, T_VERSION + 1);
	s->version = clnt_call(c, NULLPROC, dio_xdr_void, NULL, dio_xdr_void, NULL, limit);
	clnt_destroy(c);
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void stock_tirpc_client(void **state)
{
	static const struct timeval tick = { 0, 1000 };
	char address[128];
	struct stock s = { 0 };
	struct event *ticks;
	pthread_t thread;

	(void)state;
	assert_int_equal(dio_rpc_server_listen(t.rpc, "tcp:127.0.0.1:0", 0), 0);
	assert_int_equal(dio_rpc_server_address(t.rpc, address, sizeof(address)), 0);
	s.port = atoi(strrchr(address, ':') + 1);
	ticks = event_new(t.base, -1, EV_PERSIST, on_tick, NULL);
	event_add(ticks, &tick);
	assert_int_equal(pthread_create(&thread, NULL, stock_main, &s), 0);
	t_run_until(t.base, &s.done, 1);
	pthread_join(thread, NULL);
	event_free(ticks);
	assert_int_equal(s.null, RPC_SUCCESS);
	assert_int_equal(s.echo, RPC_SUCCESS);
	assert_string_equal(s.answer, "stock");
	assert_int_equal(s.missing, RPC_PROCUNAVAIL);
	assert_int_equal(s.version, RPC_PROGVERSMISMATCH);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(error_replies),	       TEST(denied),
		TEST(peer_is_known), TEST(groups_of_peer),	       TEST(answer_after_disconnect),
		TEST(answer_after_server),     TEST(outstanding_calls), TEST(outstanding_bytes),
		TEST(descriptor_between_answers), TEST(many_descriptors),
		TEST(adopted_descriptor),      TEST(socket_file),
		TEST(stock_tirpc_client),
	};

	return cmocka_run_group_tests_name("dio_rpc_server", tests, NULL, NULL);
}
