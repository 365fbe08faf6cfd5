/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ld_serve.h"

union ld_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(LD_FDS_MAX * sizeof(int))];
};

static unsigned int take_fds(struct msghdr *msg, int *fds)
{
	unsigned int n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	return n;
}

static unsigned int wanted_fds(const struct ld_request *req)
{
	switch (req->op) {
	case LD_MANAGER:
		return 2;
	case LD_EXT:
	case LD_NEXT:
		return 1;
	case LD_CLASS:
		return req->class.pidfd != -1;
	default:
		return 0;
	}
}

/* 1: a request; 0: the peer has closed; -EPROTO or -errno. fds are closed then. */
static int receive(int sock, struct ld_request *req, int *fds, unsigned int *n)
{
	struct iovec iov = { req, sizeof(*req) };
	union ld_control control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t got;

	do {
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	*n = take_fds(&msg, fds);
	if (!got)
		return 0;
	if (got != sizeof(*req) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    req->version != LD_VERSION || !req->op || req->op >= LD_OPS ||
	    *n != wanted_fds(req))
		return -EPROTO;
	return 1;
}

static int answer(int sock, struct ld_reply *reply, int fd)
{
	struct iovec iov = { reply, sizeof(*reply) };
	union ld_control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t sent;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do {
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void close_all(const int *fds, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		close(fds[i]);
}

static int serve_one(int sock, const struct ld_request *req, const int *fds,
		     ld_handler *handler, void *context)
{
	static struct ld_reply reply;
	int fd = -1, err;

	memset(&reply, 0, sizeof(reply));
	reply.version = LD_VERSION;
	reply.op = req->op;
	reply.seq = req->seq;
	handler(context, req, fds, &reply, &fd);
	err = answer(sock, &reply, fd);
	if (fd >= 0)
		close(fd);
	return err;
}

int ld_serve(int sock, ld_handler *handler, void *context)
{
	static struct ld_request req;
	int fds[LD_FDS_MAX];
	unsigned int n = 0;
	int got = 0, err = 0;

	while (!err && (got = receive(sock, &req, fds, &n)) > 0) {
		err = serve_one(sock, &req, fds, handler, context);
		close_all(fds, n);
		n = 0;
	}
	close_all(fds, n);
	return err ? err : got;
}
