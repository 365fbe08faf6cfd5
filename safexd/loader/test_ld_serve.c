/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of a front that is broken or taken over: the loader ends, or does nothing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "ld_serve.h"

static unsigned int handled;
static int give_fd;

static void handle(void *context, const struct ld_request *req, const int *fds,
		   struct ld_reply *reply, int *fd)
{
	handled++;
	assert_ptr_equal(context, &handled);
	if (req->op == LD_MANAGER) {
		assert_true(fcntl(fds[0], F_GETFD) >= 0);
		assert_true(fcntl(fds[1], F_GETFD) >= 0);
	}
	snprintf(reply->message, sizeof(reply->message), "op %u", req->op);
	if (give_fd)
		*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void make_pair(int *pair)
{
	const struct timeval patience = { 10, 0 };

	handled = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static unsigned int count_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void send_fds(int sock, const void *data, size_t size, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &msg, 0), size);
}

/* One message, then the end of the front. */
static int serve(const void *data, size_t size, unsigned int n_fds)
{
	const int fds[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };
	unsigned int before = count_fds();
	int pair[2], err;

	make_pair(pair);
	send_fds(pair[1], data, size, fds, n_fds);
	shutdown(pair[1], SHUT_WR);
	err = ld_serve(pair[0], handle, &handled);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(count_fds(), before);
	return err;
}

static struct ld_request request(uint32_t op)
{
	struct ld_request req = { .version = LD_VERSION, .op = op, .seq = 5 };

	return req;
}

static void test_good(void **state)
{
	struct ld_request req = request(LD_MANAGER);

	(void)state;
	assert_int_equal(serve(&req, sizeof(req), 2), 0);
	assert_int_equal(handled, 1);
}

static void test_reply(void **state)
{
	struct ld_request req = request(LD_CLASS_FD);
	static struct ld_reply reply;
	int pair[2];

	(void)state;
	make_pair(pair);
	give_fd = 1;
	send_fds(pair[1], &req, sizeof(req), NULL, 0);
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(ld_serve(pair[0], handle, &handled), 0);
	give_fd = 0;
	assert_int_equal(recv(pair[1], &reply, sizeof(reply), 0), sizeof(reply));
	assert_int_equal(reply.seq, 5);
	assert_int_equal(reply.op, LD_CLASS_FD);
	assert_string_equal(reply.message, "op 8");
	close(pair[0]);
	close(pair[1]);
}

static void malformed(const void *data, size_t size, unsigned int n_fds)
{
	assert_int_equal(serve(data, size, n_fds), -EPROTO);
	assert_int_equal(handled, 0);
}

static void test_size(void **state)
{
	static char big[sizeof(struct ld_request) + 4096];
	struct ld_request req = request(LD_INFO);

	(void)state;
	malformed(&req, sizeof(req) - 1, 0);
	malformed(&req, 1, 0);
	memcpy(big, &req, sizeof(req));
	malformed(big, sizeof(big), 0);
}

static void test_version(void **state)
{
	struct ld_request req = request(LD_INFO);

	(void)state;
	req.version++;
	malformed(&req, sizeof(req), 0);
}

static void test_operation(void **state)
{
	struct ld_request req = request(LD_OPS);

	(void)state;
	malformed(&req, sizeof(req), 0);
	req.op = 0;
	malformed(&req, sizeof(req), 0);
	req.op = UINT32_MAX;
	malformed(&req, sizeof(req), 0);
}

static void test_descriptors(void **state)
{
	struct ld_request manager = request(LD_MANAGER), ext = request(LD_EXT);
	struct ld_request class = request(LD_CLASS), info = request(LD_INFO);

	(void)state;
	malformed(&manager, sizeof(manager), 0);
	malformed(&manager, sizeof(manager), 1);
	malformed(&manager, sizeof(manager), 8);
	malformed(&ext, sizeof(ext), 2);
	malformed(&info, sizeof(info), 1);
	malformed(&class, sizeof(class), 0);
	class.class.pidfd = -1;
	malformed(&class, sizeof(class), 1);
	assert_int_equal(serve(&class, sizeof(class), 0), 0);
}

static void test_front_ends(void **state)
{
	int pair[2];

	(void)state;
	make_pair(pair);
	close(pair[1]);
	assert_int_equal(ld_serve(pair[0], handle, &handled), 0);
	close(pair[0]);
}

/* Random bytes, and random changes of a good message: never a crash or a leak. */
static void test_random(void **state)
{
	unsigned int seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) : (unsigned int)getpid();
	struct ld_request req;

	(void)state;
	print_message("SEED=%u\n", seed);
	srand(seed);
	for (int i = 0; i < 2000; i++) {
		req = request(rand() % (LD_OPS + 2));
		((uint8_t *)&req)[rand() % 8] = rand();
		serve(&req, rand() % 8 ? sizeof(req) : 1 + rand() % sizeof(req), rand() % 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_reply),
		cmocka_unit_test(test_size), cmocka_unit_test(test_version),
		cmocka_unit_test(test_operation), cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_front_ends), cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
