/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/buffer.h>

#define QUEUE_MAX	4	/* unsent descriptors of one connection */

/* fd goes out with the first byte of bytes. */
struct dio_rpc_fd_entry {
	TAILQ_ENTRY(dio_rpc_fd_entry) link;
	struct evbuffer *bytes;
	int fd;
};

static void entry_free(struct dio_rpc_fd_entry *e)
{
	if (e->bytes)
		evbuffer_free(e->bytes);
	if (e->fd >= 0)
		close(e->fd);
	free(e);
}

int dio_rpc_fd_queue_add(struct dio_rpc_fd_queue *q, struct dio_rpc_bytes bytes, int fd)
{
	struct dio_rpc_fd_entry *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->bytes = evbuffer_new();
	e->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	err = e->fd < 0 ? -errno : -ENOMEM;
	if (e->fd < 0 || !e->bytes || evbuffer_add(e->bytes, bytes.data, bytes.len) != 0) {
		entry_free(e);
		return err;
	}
	TAILQ_INSERT_TAIL(q, e, link);
	return 0;
}

struct evbuffer *dio_rpc_fd_queue_tail(struct dio_rpc_fd_queue *q, struct evbuffer *output)
{
	struct dio_rpc_fd_entry *last = TAILQ_LAST(q, dio_rpc_fd_queue);

	return last ? last->bytes : output;
}

static ssize_t send_with_fd(int sock, struct evbuffer *bytes, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct evbuffer_iovec v;
	struct iovec iov;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	evbuffer_peek(bytes, -1, NULL, &v, 1);
	iov = (struct iovec){ .iov_base = v.iov_base, .iov_len = v.iov_len };
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int dio_rpc_fd_queue_flush(struct dio_rpc_fd_queue *q, int sock, struct evbuffer *output)
{
	struct dio_rpc_fd_entry *e;
	ssize_t n;

	while ((e = TAILQ_FIRST(q)) && evbuffer_get_length(output) == 0) {
		n = send_with_fd(sock, e->bytes, e->fd);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		evbuffer_drain(e->bytes, n);
		TAILQ_REMOVE(q, e, link);
		n = evbuffer_add_buffer(output, e->bytes);
		entry_free(e);
		if (n != 0)
			return -ENOMEM;
	}
	return 0;
}

bool dio_rpc_fd_queue_full(const struct dio_rpc_fd_queue *q)
{
	const struct dio_rpc_fd_entry *e;
	int n = 0;

	TAILQ_FOREACH(e, q, link)
		n++;
	return n >= QUEUE_MAX;
}

size_t dio_rpc_fd_queue_len(const struct dio_rpc_fd_queue *q)
{
	const struct dio_rpc_fd_entry *e;
	size_t len = 0;

	TAILQ_FOREACH(e, q, link)
		len += evbuffer_get_length(e->bytes);
	return len;
}

void dio_rpc_fd_queue_free(struct dio_rpc_fd_queue *q)
{
	struct dio_rpc_fd_entry *e;

	while ((e = TAILQ_FIRST(q))) {
		TAILQ_REMOVE(q, e, link);
		entry_free(e);
	}
}
