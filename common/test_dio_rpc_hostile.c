/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients that mean harm. The server listens on a local socket for the honest
 * client and on TCP for the hostile ones; after each attack the honest one is
 * still served, and no descriptor has been lost.
 */
#include "dio_rpc_testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dio_record.h"
#include "dio_rpc_conn.h"
#include "dio_rpc_msg.h"
#include "dio_rpc_peer.h"

#define FLOODS	16

static unsigned seed;
static struct t_server t;
static struct dio_rpc_client *honest;
static char tcp[128];
static int fds_before;

static int setup(void **state)
{
	(void)state;
	fds_before = t_count_fds();
	dio_rpc_record_ms = DIO_RPC_RECORD_MS;
	dio_rpc_send_ms = DIO_RPC_SEND_MS;
	t_server_start(&t, NULL);
	honest = dio_rpc_client_new(t.base, t.address, T_PROGRAM, T_VERSION);
	assert_int_equal(dio_rpc_server_listen(t.rpc, "tcp:127.0.0.1:0", 0), 0);
	assert_int_equal(dio_rpc_server_address(t.rpc, tcp, sizeof(tcp)), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dio_rpc_client_free(honest);
	t_server_stop(&t);
	assert_int_equal(t_count_fds(), fds_before);
	return 0;
}

static void on_honest(void *arg, int err, void *result)
{
	assert_int_equal(err, 0);
	assert_string_equal(*(char **)result, "honest");
	++*(unsigned *)arg;
}

static void honest_is_served(void)
{
	char *args = "honest";
	unsigned done = 0;

	assert_int_equal(dio_rpc_client_call(honest, T_ECHO, t_xdr_string, &args, t_xdr_string,
					     sizeof(char *), 5000, on_honest, &done), 0);
	t_run_until(t.base, &done, 1);
}

/* Has the server ended this connection? Runs the loop until it has. */
static void is_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[65536];
	unsigned turns;
	ssize_t n = 1;

	for (turns = 0; n > 0 && turns < 20000; turns++) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) == 1)
			n = recv(fd, buf, sizeof(buf), 0);
	}
	assert_true(n == 0 || errno == ECONNRESET);
	close(fd);
}

/* Sends without waiting: what does not fit is not sent. */
static void send_some(int fd, const void *data, size_t len)
{
	assert_true(send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0);
}

static void send_mark(int fd, uint32_t word)
{
	word = htonl(word);
	send_some(fd, &word, 4);
}

static void huge_header(void **state)
{
	int fd = t_connect(tcp);

	(void)state;
	send_mark(fd, 0xffffffff);
	is_ended(fd);
	fd = t_connect(tcp);
	send_mark(fd, 0x7fffffff);
	is_ended(fd);
	honest_is_served();
}

static void flood_of_empty_fragments(void **state)
{
	static const uint32_t flood[10000];
	int fd = t_connect(tcp);

	(void)state;
	send_some(fd, flood, sizeof(flood));
	is_ended(fd);
	honest_is_served();
}

static void empty_records(void **state)
{
	int fd = t_connect(tcp);

	(void)state;
	send_mark(fd, 0x80000000);
	is_ended(fd);
	honest_is_served();
}

/* Others are served meanwhile, and the silent one is ended when its time is over. */
static void four_bytes_then_silence(void **state)
{
	int fd, i;

	(void)state;
	dio_rpc_record_ms = 300;
	fd = t_connect(tcp);
	send_mark(fd, 0x80000100);
	for (i = 0; i < 20; i++)
		honest_is_served();
	is_ended(fd);
}

/* A byte now and then does not buy more time for the record. */
static void slow_drip(void **state)
{
	struct pollfd p;
	int fd, drops = 0;

	(void)state;
	dio_rpc_record_ms = 200;
	fd = t_connect(tcp);
	send_mark(fd, 0x80001000);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	while (poll(&p, 1, 10) == 0 && drops++ < 2000) {
		send_some(fd, "", 1);
		t_turn(t.base, 1);
	}
	assert_in_range(drops, 2, 500);
	is_ended(fd);
	honest_is_served();
}

static struct dio_rpc_bytes call_bytes(uint32_t proc, const char *text)
{
	struct dio_rpc_request r = { 1, T_PROGRAM, T_VERSION, proc };
	struct dio_rpc_bytes b;
	char *args = (char *)text;

	assert_int_equal(dio_rpc_msg_encode_call(&r, t_xdr_string, &args, &b), 0);
	return b;
}

/*
 * Sixteen connections with a thousand calls each wait for themselves: the honest
 * one's call is served when some of theirs are.
 */
static void many_calls_at_once(void **state)
{
	struct dio_rpc_bytes b = call_bytes(T_ECHO, "flood");
	int fds[FLOODS], i, n;

	(void)state;
	for (i = 0; i < FLOODS; i++) {
		fds[i] = t_connect(tcp);
		for (n = 0; n < 1000; n++)
			send_some(fds[i], b.data, b.len);
	}
	while (!t.served)
		event_base_loop(t.base, EVLOOP_ONCE);
	print_message("%u calls in one turn of the loop\n", t.served);
	t.served = 0;
	honest_is_served();
	print_message("%u calls before the honest one's answer\n", t.served - 1);
	assert_in_range(t.served, 1, 50);
	for (i = 0; i < FLOODS; i++)
		close(fds[i]);
	free(b.data);
}

static void send_calls(int fd, uint32_t proc, const char *text, int n)
{
	struct dio_rpc_bytes b = call_bytes(proc, text);

	while (n-- > 0)
		send_some(fd, b.data, b.len);
	free(b.data);
}

/* Answers of 300000 bytes: reading stops with the output at its limit. */
static void never_reads(void **state)
{
	int fd, small = 4096;

	(void)state;
	fd = t_connect(tcp);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	send_calls(fd, T_BIG, "300000", 200);
	t_turn(t.base, 1000);
	assert_in_range(t.served, 1, 40);
	honest_is_served();
	close(fd);
}

static void never_reads_and_is_ended(void **state)
{
	struct timespec begin, now;
	int fd, small = 4096;
	char c;

	(void)state;
	dio_rpc_send_ms = 100;
	fd = t_connect(tcp);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	send_calls(fd, T_BIG, "300000", 200);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	/* Ended means here: more can be sent to nobody. */
	do {
		t_turn(t.base, 1);
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_in_range(now.tv_sec - begin.tv_sec, 0, 10);
	} while (send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	while (recv(fd, &c, 1, MSG_DONTWAIT) > 0)
		;
	close(fd);
	honest_is_served();
}

/* Many connections, each with a large record half sent. */
static void memory_per_peer(void **state)
{
	static char block[DIO_RPC_RECORD_MAX - 4];
	struct timeval soon = { 0, 1000 };
	int fds[DIO_RPC_PER_PEER], i, round, open = 0;
	size_t sent[DIO_RPC_PER_PEER] = { 0 };
	ssize_t n;

	(void)state;
	for (i = 0; i < DIO_RPC_PER_PEER; i++) {
		fds[i] = t_connect_from(tcp, 2);
		send_mark(fds[i], 0x80000000 | DIO_RPC_RECORD_MAX);
	}
	for (round = 0; round < 400; round++) {
		for (i = 0; i < DIO_RPC_PER_PEER; i++) {
			n = send(fds[i], block, sizeof(block) - sent[i],
				 MSG_NOSIGNAL | MSG_DONTWAIT);
			sent[i] += n > 0 ? n : 0;
		}
		event_base_loopexit(t.base, &soon);
		event_base_dispatch(t.base);
	}
	for (i = 0; i < DIO_RPC_PER_PEER; i++)
		open += t_is_open(fds[i]);
	assert_in_range(open, 8, DIO_RPC_PEER_BYTES / sizeof(block) + 1);
	honest_is_served();
	t_close_all(fds, DIO_RPC_PER_PEER);
}

/* Descriptors sent to the server are nobody's and are closed. */
static void unasked_descriptors(void **state)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control = { 0 };
	struct dio_rpc_bytes b = call_bytes(T_ECHO, "x");
	struct iovec iov = { b.data, b.len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = t_connect(t.address), four[4] = { 0, 0, 0, 0 }, before;

	(void)state;
	t_turn(t.base, 5);
	before = t_count_fds();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(four));
	memcpy(CMSG_DATA(c), four, sizeof(four));
	assert_int_equal(sendmsg(fd, &m, 0), b.len);
	t_run_until(t.base, &t.served, 1);
	assert_int_equal(t_count_fds(), before);
	free(b.data);
	close(fd);
	honest_is_served();
}

static void random_bytes(void **state)
{
	uint8_t noise[600];
	struct dio_rpc_bytes b = call_bytes(T_ECHO, "some text to be spoilt");
	int round, fd;
	size_t i, n;

	(void)state;
	srand(seed);
	for (round = 0; round < 300; round++) {
		n = b.len;
		memcpy(noise, b.data, n);
		for (i = 0; i < 1 + (size_t)rand() % 4; i++)
			noise[4 + rand() % (n - 4)] = rand();
		if (round % 3 == 0)
			for (n = sizeof(noise), i = 0; i < n; i++)
				noise[i] = rand();
		fd = t_connect(round % 2 ? tcp : t.address);
		send_some(fd, noise, n);
		t_turn(t.base, 3);
		close(fd);
		t_turn(t.base, 2);
	}
	free(b.data);
	honest_is_served();
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(huge_header),	    TEST(flood_of_empty_fragments),
		TEST(empty_records),	    TEST(four_bytes_then_silence),
		TEST(many_calls_at_once),   TEST(slow_drip),	    TEST(never_reads),
		TEST(never_reads_and_is_ended), TEST(memory_per_peer),
		TEST(unasked_descriptors),  TEST(random_bytes),
	};

	seed = argc > 1 ? strtoul(argv[1], NULL, 0) : (unsigned)time(NULL);
	printf("seed %u\n", seed);
	return cmocka_run_group_tests_name("dio_rpc_hostile", tests, NULL, NULL);
}
