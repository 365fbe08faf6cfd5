/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_kernel.h"

#define QUEUE_MAX	64
#define LESSER_MAX	(QUEUE_MAX / 2)	/* calls before what is not urgent: see has_room() */
#define PER_UID		(QUEUE_MAX / 4)	/* of one user's, removals and openings apart; not root's */
#define OPENINGS_PER_UID (QUEUE_MAX / 8)
/* A verifier that thinks for longer is not coming back to us. */
#define ANSWER_S	120
#define AGAIN_MS	100	/* after a call could not be sent */

struct sx_call {
	STAILQ_ENTRY(sx_call) link;
	uid_t uid;
	struct ld_request req;
	int fds[LD_FDS_MAX];
	unsigned int n_fds;
	sx_kernel_done *done;
	void *arg;
};

/* Calls leave the queue when they are answered; the first one is with the loader. */
struct sx_loader {
	int device, sock;
	struct event *readable, *late, *start;
	STAILQ_HEAD(, sx_call) calls;
	unsigned int n_calls;
	uint64_t seq;
	bool sent;
	bool starved;		/* the first could not be sent yet, which is told once */
	void (*lost)(void *arg);
	void *arg;
};

union sx_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(LD_FDS_MAX * sizeof(int))];
};

int sx_memfd(const void *data, size_t size)
{
	int fd = memfd_create("safex-object", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (write(fd, data, size) != (ssize_t)size ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static void drop_call(struct sx_loader *l, struct sx_call *call)
{
	STAILQ_REMOVE(&l->calls, call, sx_call, link);
	l->n_calls--;
	for (unsigned int i = 0; i < call->n_fds; i++)
		close(call->fds[i]);
	free(call);
}

/* The answer may submit more. */
static void finish_first(struct sx_loader *l, const struct ld_reply *reply, int fd)
{
	struct sx_call *call = STAILQ_FIRST(&l->calls);
	sx_kernel_done *done = call->done;
	void *arg = call->arg;

	drop_call(l, call);
	l->sent = false;
	done(arg, reply, fd);
}

static void lose(struct sx_loader *l, const char *why)
{
	if (l->sock < 0)
		return;
	dio_error("loader: %s", why);
	event_del(l->readable);
	event_del(l->late);
	close(l->sock);
	l->sock = -1;
	while (!STAILQ_EMPTY(&l->calls))
		finish_first(l, NULL, -1);
	l->lost(l->arg);
}

static int send_call(struct sx_loader *l, struct sx_call *call)
{
	struct iovec iov = { &call->req, sizeof(call->req) };
	union sx_control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (call->n_fds) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(call->n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(call->n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), call->fds, call->n_fds * sizeof(int));
	}
	return sendmsg(l->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/*
 * The kernel's word for now, not for the loader's end: no memory, or too many
 * descriptors sent that nobody has received. These are our peers', whom we sent
 * descriptors of classes.
 */
static bool passes(int err)
{
	return err == -ETOOMANYREFS || err == -ENOMEM || err == -ENOBUFS || err == -EAGAIN ||
	       err == -EINTR;
}

static void send_again(struct sx_loader *l, int err)
{
	static const struct timeval again = { 0, AGAIN_MS * 1000 }, limit = { ANSWER_S, 0 };

	if (!l->starved) {
		dio_warn("loader: cannot be sent to now: %s: trying again", strerror(-err));
		evtimer_add(l->late, &limit);
	}
	l->starved = true;
	evtimer_add(l->start, &again);
}

static void send_next(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval answer = { ANSWER_S, 0 };
	struct sx_loader *l = arg;
	struct sx_call *call = STAILQ_FIRST(&l->calls);
	int err;

	(void)fd;
	(void)what;
	if (l->sent || !call || l->sock < 0)
		return;
	err = send_call(l, call);
	if (passes(err)) {
		send_again(l, err);
	} else if (err) {
		lose(l, "cannot be sent to");
	} else {
		l->sent = true;
		l->starved = false;
		evtimer_add(l->late, &answer);
	}
}

static int take_fd(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	}
	return fd;
}

/* 0, or why the loader cannot be gone on with. */
static const char *receive(struct sx_loader *l, struct ld_reply *reply, int *fd)
{
	struct iovec iov = { reply, sizeof(*reply) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(l->sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct sx_call *call = STAILQ_FIRST(&l->calls);

	*fd = -1;
	if (got <= 0)
		return "has ended";
	*fd = take_fd(&msg);
	if (got != sizeof(*reply) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    reply->version != LD_VERSION || !l->sent || reply->op != call->req.op ||
	    reply->seq != call->req.seq)
		return "sent a malformed answer";
	reply->message[LD_MESSAGE - 1] = '\0';
	return NULL;
}

static void on_readable(evutil_socket_t sock, short what, void *arg)
{
	static struct ld_reply reply;
	struct sx_loader *l = arg;
	const char *why;
	int fd;

	(void)sock;
	(void)what;
	why = receive(l, &reply, &fd);
	if (why) {
		if (fd >= 0)
			close(fd);
		lose(l, why);
		return;
	}
	event_del(l->late);
	finish_first(l, &reply, fd);
	event_active(l->start, EV_TIMEOUT, 0);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lose(arg, "does not answer");
}

static int keep_fds(struct sx_call *call, const int *fds)
{
	while (fds && *fds >= 0 && call->n_fds < LD_FDS_MAX) {
		int fd = fcntl(*fds++, F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return -errno;
		call->fds[call->n_fds++] = fd;
	}
	return 0;
}

static bool is_like(uint32_t op, uint32_t other)
{
	return (op == LD_CLASS_FD) == (other == LD_CLASS_FD) && other != LD_DESTROY;
}

static unsigned int count_like(const struct sx_loader *l, uid_t uid, uint32_t op)
{
	const struct sx_call *call;
	unsigned int n = 0;

	STAILQ_FOREACH(call, &l->calls, link)
		n += call->uid == uid && is_like(op, call->req.op);
	return n;
}

static bool has_part(const struct sx_loader *l, uid_t uid, uint32_t op)
{
	return !uid || count_like(l, uid, op) < PER_UID;
}

/*
 * What is made has somebody waiting for it, and half of the queue. A class may
 * be opened as often as its owner likes, so who opens many waits for himself.
 */
static bool has_room(const struct sx_loader *l, uid_t uid, uint32_t op)
{
	switch (op) {
	case LD_DESTROY:
		return l->n_calls < LESSER_MAX;
	case LD_PINNED:		/* of all that is adopted, before anything else */
		return l->n_calls < LESSER_MAX && has_part(l, uid, op);
	case LD_CLASS_FD:
		return l->n_calls < LESSER_MAX && count_like(l, uid, op) < OPENINGS_PER_UID;
	default:
		return l->n_calls < QUEUE_MAX && has_part(l, uid, op);
	}
}

static int submit(void *context, uid_t uid, const struct ld_request *req, const int *fds,
		  sx_kernel_done *done, void *arg)
{
	struct sx_loader *l = context;
	struct sx_call *call;
	int err;

	if (l->sock < 0)
		return -EPIPE;
	if (!has_room(l, uid, req->op))
		return -EBUSY;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->uid = uid;
	call->req = *req;
	call->req.version = LD_VERSION;
	call->req.seq = ++l->seq;
	call->done = done;
	call->arg = arg;
	STAILQ_INSERT_TAIL(&l->calls, call, link);
	l->n_calls++;
	err = keep_fds(call, fds);
	if (err)
		drop_call(l, call);
	else
		event_active(l->start, EV_TIMEOUT, 0);
	return err;
}

static int ask(void *context, unsigned long request, void *arg)
{
	struct sx_loader *l = context;

	return ioctl(l->device, request, arg) < 0 ? -errno : 0;
}

static int ask_info(void *context, struct safex_info *info)
{
	return ask(context, SAFEX_IOC_INFO, info);
}

static int ask_next(void *context, struct safex_object *object)
{
	return ask(context, SAFEX_IOC_NEXT, object);
}

static int ask_stat(void *context, struct safex_stat *stat)
{
	return ask(context, SAFEX_IOC_STAT, stat);
}

void sx_loader_kernel(struct sx_loader *l, struct sx_kernel *kernel)
{
	kernel->context = l;
	kernel->submit = submit;
	kernel->info = ask_info;
	kernel->next = ask_next;
	kernel->stat = ask_stat;
}

struct sx_loader *sx_loader_new(struct event_base *base, int device, int sock,
				void (*lost)(void *arg), void *arg)
{
	struct sx_loader *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	STAILQ_INIT(&l->calls);
	l->device = device;
	l->sock = sock;
	l->lost = lost;
	l->arg = arg;
	l->readable = event_new(base, sock, EV_READ | EV_PERSIST, on_readable, l);
	l->late = evtimer_new(base, on_late, l);
	l->start = event_new(base, -1, 0, send_next, l);
	if (l->readable && l->late && l->start && !event_add(l->readable, NULL))
		return l;
	sx_loader_free(l);
	return NULL;
}

void sx_loader_free(struct sx_loader *l)
{
	if (!l)
		return;
	if (l->sock >= 0)
		close(l->sock);
	l->sock = -1;
	while (!STAILQ_EMPTY(&l->calls))
		finish_first(l, NULL, -1);
	if (l->readable)
		event_free(l->readable);
	if (l->late)
		event_free(l->late);
	if (l->start)
		event_free(l->start);
	if (l->device >= 0)
		close(l->device);
	free(l);
}
