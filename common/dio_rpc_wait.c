/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocking calls. A connection whose call failed in any way is closed: what
 * it would still deliver belongs to nobody.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_record.h"
#include "dio_rpc.h"
#include "dio_clock.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_msg.h"

struct dio_rpc_wait {
	struct dio_rpc_addr address;
	uint32_t program, version, last_xid;
	int fd;			/* -1: not connected */
};

/* A reply as it comes in, and the descriptor beside it, or -1. */
struct answer {
	struct dio_record record;
	int fd;
};

/* 0 when one of events is there (or the socket is in error), -ETIMEDOUT, -errno. */
static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	for (;;) {
		left = deadline - dio_now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

struct dio_rpc_wait *dio_rpc_wait_new(const char *address, uint32_t program, uint32_t version)
{
	struct dio_rpc_wait *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fd = -1;
	w->program = program;
	w->version = version;
	if (dio_rpc_addr_parse(address, &w->address) == 0)
		return w;
	free(w);
	return NULL;
}

static void disconnect(struct dio_rpc_wait *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void dio_rpc_wait_free(struct dio_rpc_wait *w)
{
	if (!w)
		return;
	disconnect(w);
	free(w);
}

/* Between calls a live connection is silent. */
static bool still_usable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static int finish_connect(int fd, int64_t deadline)
{
	socklen_t len = sizeof(int);
	int err = 0, rc = wait_for(fd, POLLOUT, deadline);

	if (rc)
		return rc;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return -errno;
	return -err;
}

static int connect_by(struct dio_rpc_wait *w, int64_t deadline)
{
	int64_t left;

	if (w->fd >= 0 && still_usable(w->fd))
		return 0;
	disconnect(w);
	left = deadline - dio_now_ms();
	w->fd = dio_rpc_addr_connect_wait(&w->address, left > INT32_MAX ? INT32_MAX : left);
	return w->fd < 0 ? w->fd : finish_connect(w->fd, deadline);
}

static int lost_errno(void)
{
	return errno == EPIPE ? -ECONNRESET : -errno;
}

static int send_all(int fd, const struct dio_rpc_bytes *bytes, int64_t deadline)
{
	size_t sent = 0;
	ssize_t n;
	int rc;

	while (sent < bytes->len) {
		n = send(fd, bytes->data + sent, bytes->len - sent, MSG_NOSIGNAL);
		if (n >= 0) {
			sent += n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return lost_errno();
		rc = wait_for(fd, POLLOUT, deadline);
		if (rc)
			return rc;
	}
	return 0;
}

/* Keeps the first descriptor that came and closes all others. */
static void take_descriptors(struct msghdr *m, int *kept)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (*kept < 0)
				*kept = fd;
			else
				close(fd);
		}
	}
}

/* Bytes received (not 0), or -errno; -EAGAIN: none now. */
static ssize_t receive(int fd, uint8_t *buf, size_t size, int *kept)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	take_descriptors(&m, kept);
	return n == 0 ? -ECONNRESET : n;
}

/* One whole record. Bytes behind it are nobody's: the peer breaks the protocol. */
static int receive_record(int fd, struct answer *a, int64_t deadline)
{
	uint8_t buf[8192];
	size_t used;
	ssize_t n;
	int rc;

	do {
		rc = wait_for(fd, POLLIN, deadline);
		if (rc)
			return rc;
		n = receive(fd, buf, sizeof(buf), &a->fd);
		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return n;
		rc = dio_record_feed(&a->record, buf, n, &used);
		if (rc == 1 && used < (size_t)n)
			rc = -EPROTO;
	} while (rc == 0);
	return rc == 1 ? 0 : rc;
}

static int decode_answer(struct answer *a, uint32_t xid, xdrproc_t xdr_result, void *result)
{
	uint32_t got;
	XDR x;
	int rc;

	xdrmem_create(&x, (char *)a->record.data, a->record.len, XDR_DECODE);
	rc = dio_rpc_msg_decode_reply(&x, &got);
	if (rc == -EBADMSG || (rc == 0 && got != xid))
		return -EPROTO;
	if (rc)
		return rc;
	return dio_rpc_msg_decode_body(&x, xdr_result, result) == 0 ? 0 : -EPROTO;
}

static int exchange(struct dio_rpc_wait *w, uint32_t xid, const struct dio_rpc_bytes *bytes,
		    xdrproc_t xdr_result, void *result, int64_t deadline, int *fd)
{
	struct answer a = { .fd = -1 };
	int rc;

	rc = send_all(w->fd, bytes, deadline);
	if (rc == 0)
		rc = receive_record(w->fd, &a, deadline);
	if (rc == 0)
		rc = decode_answer(&a, xid, xdr_result, result);
	dio_record_free(&a.record);
	if (rc == 0 && fd)
		*fd = a.fd;
	else if (a.fd >= 0)
		close(a.fd);
	return rc;
}

/* Did the call fail for a reason that leaves the connection in step? */
static bool refused(int rc)
{
	return rc == -EPROTONOSUPPORT || rc == -ENOSYS || rc == -EACCES;
}

int dio_rpc_wait_call_fd(struct dio_rpc_wait *w, uint32_t proc, xdrproc_t xdr_args, void *args,
			 xdrproc_t xdr_result, void *result, int timeout_ms, int *fd)
{
	struct dio_rpc_request r = { ++w->last_xid, w->program, w->version, proc };
	int64_t deadline = dio_now_ms() + timeout_ms;
	struct dio_rpc_bytes bytes;
	int rc;

	if (fd)
		*fd = -1;
	rc = dio_rpc_msg_encode_call(&r, xdr_args, args, &bytes);
	if (rc)
		return rc;
	rc = connect_by(w, deadline);
	if (rc == 0)
		rc = exchange(w, r.xid, &bytes, xdr_result, result, deadline, fd);
	free(bytes.data);
	if (rc && !refused(rc))
		disconnect(w);
	return rc;
}

int dio_rpc_wait_call(struct dio_rpc_wait *w, uint32_t proc, xdrproc_t xdr_args, void *args,
		      xdrproc_t xdr_result, void *result, int timeout_ms)
{
	return dio_rpc_wait_call_fd(w, proc, xdr_args, args, xdr_result, result, timeout_ms, NULL);
}
