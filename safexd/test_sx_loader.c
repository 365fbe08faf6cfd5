/* SPDX-License-Identifier: GPL-2.0-only */
/* The front's end of the loader's socket; this test is the loader. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/ld_serve.h"
#include "sx_kernel.h"

struct fixture {
	struct event_base *base;
	struct sx_loader *loader;
	struct sx_kernel kernel;
	int peer;
	unsigned int lost, answers, failures;
	uint64_t last_seq;
	int fd;
};

static void on_lost(void *arg)
{
	((struct fixture *)arg)->lost++;
}

static void on_answer(void *arg, const struct ld_reply *reply, int fd)
{
	struct fixture *f = arg;

	if (!reply) {
		f->failures++;
		return;
	}
	f->answers++;
	assert_true(reply->seq > f->last_seq);
	f->last_seq = reply->seq;
	f->fd = fd;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	f->fd = -1;
	f->base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	f->peer = pair[1];
	f->loader = sx_loader_new(f->base, -1, pair[0], on_lost, f);
	assert_non_null(f->loader);
	sx_loader_kernel(f->loader, &f->kernel);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sx_loader_free(f->loader);
	if (f->peer >= 0)
		close(f->peer);
	event_base_free(f->base);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static int ask_for(struct fixture *f, uid_t uid, enum ld_op op)
{
	struct ld_request req = { .op = op };

	return f->kernel.submit(f->kernel.context, uid, &req, NULL, on_answer, f);
}

/* How many are taken. */
static int ask_many(struct fixture *f, uid_t uid, enum ld_op op)
{
	int n = 0;

	while (!ask_for(f, uid, op))
		n++;
	assert_int_equal(ask_for(f, uid, op), -EBUSY);
	return n;
}

static int ask(struct fixture *f)
{
	return ask_for(f, 0, LD_INFO);
}

static struct ld_request received(struct fixture *f)
{
	struct ld_request req;

	turn(f);
	assert_int_equal(recv(f->peer, &req, sizeof(req), MSG_DONTWAIT), sizeof(req));
	return req;
}

static struct ld_reply reply_to(const struct ld_request *req)
{
	return (struct ld_reply){ .version = LD_VERSION, .op = req->op, .seq = req->seq };
}

static void send_reply(struct fixture *f, const struct ld_reply *reply, size_t size)
{
	assert_int_equal(send(f->peer, reply, size, 0), size);
	turn(f);
}

static void test_one_by_one(void **state)
{
	struct fixture *f = *state;
	struct ld_request req;
	struct ld_reply reply;

	assert_int_equal(ask(f), 0);
	assert_int_equal(ask(f), 0);
	req = received(f);
	assert_int_equal(recv(f->peer, &reply, 1, MSG_DONTWAIT), -1);
	reply = reply_to(&req);
	send_reply(f, &reply, sizeof(reply));
	assert_int_equal(f->answers, 1);
	req = received(f);
	reply = reply_to(&req);
	send_reply(f, &reply, sizeof(reply));
	assert_int_equal(f->answers, 2);
}

static void test_queue_is_bounded(void **state)
{
	assert_int_equal(ask_many(*state, 0, LD_INFO), 64);
}

/* However much is to be removed, there is room for what somebody waits for. */
static void test_removals_leave_room(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask_many(f, 1000, LD_DESTROY), 32);
	assert_int_equal(ask_for(f, 1000, LD_EXT), 0);
	assert_int_equal(ask(f), 0);
}

/* However many classes a user opens, others have theirs opened, and make what they make. */
static void test_openings_leave_room(void **state)
{
	struct fixture *f = *state;
	int n;

	assert_in_range(ask_many(f, 1000, LD_CLASS_FD), 1, 16);
	assert_int_equal(ask_for(f, 1001, LD_CLASS_FD), 0);
	for (uid_t uid = 1001; uid < 1100; uid++)
		ask_many(f, uid, LD_CLASS_FD);
	for (n = 0; n < 16; n++) {
		assert_int_equal(ask_for(f, 2000 + (uid_t)n, LD_EXT), 0);
		assert_int_equal(ask_for(f, 2000 + (uid_t)n, LD_ACTIVATE), 0);
	}
}

/* Nor is the rest one user's. */
static void test_one_user_has_a_part(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask_many(f, 1000, LD_EXT), 16);
	assert_int_equal(ask_for(f, 1000, LD_ACTIVATE), -EBUSY);
	assert_int_equal(ask_for(f, 1001, LD_EXT), 0);
	assert_int_equal(ask_for(f, 1000, LD_DESTROY), 0);
}

/* A place is free again when its call is answered. */
static void test_places_come_back(void **state)
{
	struct fixture *f = *state;
	struct ld_request req;
	struct ld_reply reply;

	ask_many(f, 1000, LD_CLASS_FD);
	req = received(f);
	reply = reply_to(&req);
	send_reply(f, &reply, sizeof(reply));
	assert_int_equal(ask_many(f, 1000, LD_CLASS_FD), 1);
}

static void test_loader_ends(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f), 0);
	assert_int_equal(ask(f), 0);
	turn(f);
	close(f->peer);
	f->peer = -1;
	turn(f);
	assert_int_equal(f->failures, 2);
	assert_int_equal(f->lost, 1);
	assert_int_equal(ask(f), -EPIPE);
}

static void lost_by(struct fixture *f, const struct ld_reply *reply, size_t size)
{
	send_reply(f, reply, size);
	assert_int_equal(f->answers, 0);
	assert_int_equal(f->failures, 1);
	assert_int_equal(f->lost, 1);
}

static struct ld_reply begin(struct fixture *f)
{
	struct ld_request req;

	assert_int_equal(ask(f), 0);
	req = received(f);
	return reply_to(&req);
}

static void test_wrong_size(void **state)
{
	struct ld_reply reply = begin(*state);

	lost_by(*state, &reply, sizeof(reply) - 1);
}

static void test_wrong_version(void **state)
{
	struct ld_reply reply = begin(*state);

	reply.version++;
	lost_by(*state, &reply, sizeof(reply));
}

static void test_wrong_number(void **state)
{
	struct ld_reply reply = begin(*state);

	reply.seq++;
	lost_by(*state, &reply, sizeof(reply));
}

static void test_wrong_operation(void **state)
{
	struct ld_reply reply = begin(*state);

	reply.op = LD_MANAGER;
	lost_by(*state, &reply, sizeof(reply));
}

static void test_not_asked(void **state)
{
	struct ld_reply reply = { .version = LD_VERSION, .op = LD_INFO };
	struct fixture *f = *state;

	send_reply(f, &reply, sizeof(reply));
	assert_int_equal(f->lost, 1);
}

static void give_class(void *context, const struct ld_request *req, const int *fds,
		       struct ld_reply *reply, int *fd)
{
	(void)context;
	(void)fds;
	reply->class = req->class;
	*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Both ends of the protocol as they are. */
static void test_descriptors_both_ways(void **state)
{
	struct ld_request req = { .op = LD_CLASS };
	const int fds[] = { 0, -1 };
	struct fixture *f = *state;

	assert_int_equal(f->kernel.submit(f->kernel.context, 0, &req, fds, on_answer, f), 0);
	turn(f);
	shutdown(f->peer, SHUT_RD);
	assert_int_equal(ld_serve(f->peer, give_class, NULL), 0);
	turn(f);
	assert_int_equal(f->answers, 1);
	assert_true(f->fd >= 0);
	close(f->fd);
}

static int sendmsg_errno;	/* with which it fails, 0: it does not */

ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (!sendmsg_errno)
		return __real_sendmsg(fd, msg, flags);
	errno = sendmsg_errno;
	return -1;
}

/* Peers that do not receive their descriptors keep ours from being sent, and do not end the daemon. */
static void test_not_now(void **state)
{
	static const int passing[] = { ETOOMANYREFS, ENOMEM, ENOBUFS };
	struct fixture *f = *state;
	struct ld_request req;
	struct ld_reply reply;

	for (unsigned int i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		sendmsg_errno = passing[i];
		assert_int_equal(ask(f), 0);
		turn(f);
		assert_int_equal(f->lost + f->failures, 0);
		sendmsg_errno = 0;
		event_base_loop(f->base, EVLOOP_ONCE);
		req = received(f);
		reply = reply_to(&req);
		send_reply(f, &reply, sizeof(reply));
		assert_int_equal(f->answers, i + 1);
	}
	sendmsg_errno = EPIPE;
	assert_int_equal(ask(f), 0);
	turn(f);
	sendmsg_errno = 0;
	assert_int_equal(f->lost, 1);
}

static void test_memfd_is_sealed(void **state)
{
	int fd = sx_memfd("program", 7);
	char data[8] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, data, sizeof(data), 0), 7);
	assert_string_equal(data, "program");
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_one_by_one), T(test_queue_is_bounded), T(test_removals_leave_room), T(test_loader_ends),
		T(test_openings_leave_room), T(test_one_user_has_a_part), T(test_places_come_back),
		T(test_wrong_size), T(test_wrong_version), T(test_wrong_number),
		T(test_wrong_operation), T(test_not_asked), T(test_descriptors_both_ways), T(test_not_now),
		cmocka_unit_test(test_memfd_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
