/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "dio_record.h"
#include "dio_rpc.h"
#include "dio_rpc_fd.h"

#define READ_AT_ONCE	(64 * 1024)	/* bytes from one peer before others' turn; input holds no more */
int dio_rpc_record_ms = DIO_RPC_RECORD_MS;
int dio_rpc_send_ms = DIO_RPC_SEND_MS;

static struct timeval interval(int ms)
{
	return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

/*
 * busy counts the callbacks on the stack: the connection's memory outlives
 * them, whatever the owner does meanwhile. ended: no more callbacks.
 */
struct dio_rpc_conn {
	struct bufferevent *bev;
	struct event	*record_timer;	/* from a record's first byte to its last */
	struct event	*later;		/* work put off to the event loop */
	struct event	*writable;	/* for a reply with a descriptor */
	struct dio_record record;
	struct dio_rpc_fd_queue fds;	/* replies with a descriptor, and what follows them */
	const struct dio_rpc_conn_ops *ops;
	void		*arg;
	struct dio_rpc_turns *turns;	/* it takes turns there; NULL: it need not */
	struct dio_rpc_turn_peer *peer;
	struct dio_rpc_turn turn;	/* to serve a record */
	int		 end_err;	/* put off with later; 0: none */
	unsigned	 served;	/* records */
	unsigned	 busy;
	bool		 connects;	/* sending would take its failure, which the event tells */
	bool		 held, ended, freed;
};

static void destroy(struct dio_rpc_conn *c)
{
	dio_rpc_fd_queue_free(&c->fds);
	dio_record_free(&c->record);
	if (c->record_timer)
		event_free(c->record_timer);
	if (c->later)
		event_free(c->later);
	if (c->writable)
		event_free(c->writable);
	if (c->bev)
		bufferevent_free(c->bev);
	free(c);
}

static void enter(struct dio_rpc_conn *c)
{
	c->busy++;
}

static void leave(struct dio_rpc_conn *c)
{
	if (--c->busy == 0 && c->freed)
		destroy(c);
}

static void leave_turns(struct dio_rpc_conn *c)
{
	if (c->turns)
		dio_rpc_turn_drop(c->turns, &c->turn);
}

void dio_rpc_conn_free(struct dio_rpc_conn *c)
{
	if (!c)
		return;
	leave_turns(c);
	c->ended = true;
	c->freed = true;
	enter(c);
	leave(c);
}

static void end(struct dio_rpc_conn *c, int err)
{
	if (c->ended)
		return;
	c->ended = true;
	leave_turns(c);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	event_del(c->record_timer);
	event_del(c->writable);
	enter(c);
	c->ops->closed(c->arg, err);
	leave(c);
}

void dio_rpc_conn_end(struct dio_rpc_conn *c, int err)
{
	if (!c->end_err)
		c->end_err = err;
	event_active(c->later, EV_TIMEOUT, 0);
}

size_t dio_rpc_conn_unsent(const struct dio_rpc_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) + dio_rpc_fd_queue_len(&c->fds);
}

static size_t input_length(const struct dio_rpc_conn *c)
{
	return evbuffer_get_length(bufferevent_get_input(c->bev));
}

size_t dio_rpc_conn_held(const struct dio_rpc_conn *c)
{
	return dio_rpc_conn_unsent(c) + c->record.size + input_length(c);
}

int dio_rpc_conn_fd(const struct dio_rpc_conn *c)
{
	return bufferevent_getfd(c->bev);
}

bool dio_rpc_conn_is_quiet(const struct dio_rpc_conn *c)
{
	int unread = 0;

	if (dio_rpc_conn_unsent(c) || input_length(c) || dio_record_partial(&c->record))
		return false;
	return ioctl(bufferevent_getfd(c->bev), FIONREAD, &unread) != 0 || unread == 0;
}

/* A peer that does not take our answers is not asked for more questions. */
static bool may_read(const struct dio_rpc_conn *c)
{
	return !c->ended && !c->held && dio_rpc_conn_unsent(c) < DIO_RPC_OUTPUT_MAX &&
	       !dio_rpc_fd_queue_full(&c->fds);
}

/* The clock runs only while the peer is the one who is waited for. */
static void watch_record(struct dio_rpc_conn *c)
{
	struct timeval limit = interval(dio_rpc_record_ms);
	bool pending = event_pending(c->record_timer, EV_TIMEOUT, NULL);
	bool wanted = may_read(c) && dio_record_partial(&c->record);

	if (wanted && !pending)
		event_add(c->record_timer, &limit);
	else if (!wanted && pending)
		event_del(c->record_timer);
}

/* Nor is one whose questions wait for their turn. */
static void update_reading(struct dio_rpc_conn *c)
{
	if (may_read(c) && input_length(c) < READ_AT_ONCE)
		bufferevent_enable(c->bev, EV_READ);
	else
		bufferevent_disable(c->bev, EV_READ);
	watch_record(c);
}

enum { MORE = 1, SERVED };

/* One step: a stretch of input into the record. 0: there is none; -errno. */
static int consume_some(struct dio_rpc_conn *c, struct evbuffer *in)
{
	struct evbuffer_iovec v;
	size_t used;
	int rc;

	if (evbuffer_peek(in, -1, NULL, &v, 1) < 1 || v.iov_len == 0)
		return 0;
	rc = dio_record_feed(&c->record, v.iov_base, v.iov_len, &used);
	if (rc < 0)
		return rc;
	evbuffer_drain(in, used);
	if (rc == 0)
		return MORE;
	c->served++;
	event_del(c->record_timer);
	rc = c->ops->record(c->arg, c->record.data, c->record.len);
	dio_record_next(&c->record);
	return rc < 0 ? rc : SERVED;
}

/* After each change of input or output. */
static void settle(struct dio_rpc_conn *c)
{
	if (c->ended)
		return;
	if (c->turns && may_read(c) && input_length(c) > 0)
		dio_rpc_turn_ask(c->turns, c->peer, &c->turn);
	update_reading(c);
	if (c->ops->activity)
		c->ops->activity(c->arg);
}

/* All records that are there, or the first of them. */
static void consume(struct dio_rpc_conn *c, bool all)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	int rc = MORE;

	enter(c);
	while (rc > 0 && may_read(c) && (all || rc != SERVED))
		rc = consume_some(c, in);
	if (rc < 0)
		end(c, rc);
	settle(c);
	leave(c);
}

static void on_turn(void *arg)
{
	consume(arg, false);
}

void dio_rpc_conn_take_turns(struct dio_rpc_conn *c, struct dio_rpc_turns *all,
			     struct dio_rpc_turn_peer *peer)
{
	c->turns = all;
	c->peer = peer;
	c->turn = (struct dio_rpc_turn){ .serve = on_turn, .arg = c };
}

/* What has come is served now, or in turn. */
static void proceed(struct dio_rpc_conn *c)
{
	if (!c->turns) {
		consume(c, true);
		return;
	}
	enter(c);
	settle(c);
	leave(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	proceed(arg);
}

/* Output has drained: replies with a descriptor have their turn. */
static void on_write(struct bufferevent *bev, void *arg)
{
	struct timeval limit = interval(dio_rpc_send_ms);
	struct dio_rpc_conn *c = arg;
	int rc;

	enter(c);
	rc = dio_rpc_fd_queue_flush(&c->fds, bufferevent_getfd(bev), bufferevent_get_output(bev));
	if (rc == -EAGAIN)
		event_add(c->writable, &limit);
	else if (rc < 0)
		end(c, -ECONNRESET);
	if (!c->ended)
		proceed(c);
	leave(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	int err = EVUTIL_SOCKET_ERROR();

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		((struct dio_rpc_conn *)arg)->connects = false;
		return;
	}
	if (what & BEV_EVENT_TIMEOUT)
		end(arg, -ETIMEDOUT);
	else if (what & BEV_EVENT_ERROR && err == ECONNREFUSED)
		end(arg, -ECONNREFUSED);
	else
		end(arg, -ECONNRESET);
}

/* Its end may have come and wait for its turn: that is not the peer's time. */
static void on_record_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dio_rpc_conn *c = arg;
	unsigned before = c->served;

	(void)fd;
	(void)what;
	enter(c);
	if (c->turn.peer) {
		leave_turns(c);
		consume(c, false);
	}
	if (c->served == before)
		end(c, -ETIMEDOUT);
	leave(c);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct dio_rpc_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->end_err)
		end(c, c->end_err);
	else if (!c->ended)
		on_write(c->bev, c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	if (what & EV_TIMEOUT)
		end(arg, -ETIMEDOUT);
	else
		on_later(-1, 0, arg);
}

void dio_rpc_conn_hold(struct dio_rpc_conn *c, bool hold)
{
	if (c->ended || c->held == hold)
		return;
	c->held = hold;
	/* Records may be waiting in the input; they are not delivered from here. */
	if (!c->busy)
		event_active(c->later, EV_TIMEOUT, 0);
}

/*
 * How much the socket took. Mostly that is all: to wait until it is writable would
 * cost as much as the call. A failure is found when the rest is sent.
 */
static size_t send_now(struct dio_rpc_conn *c, const struct dio_rpc_bytes *bytes)
{
	ssize_t n;

	if (c->ended || c->connects || dio_rpc_conn_unsent(c))
		return 0;
	n = send(bufferevent_getfd(c->bev), bytes->data, bytes->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n > 0 ? (size_t)n : 0;
}

int dio_rpc_conn_send(struct dio_rpc_conn *c, struct dio_rpc_bytes bytes)
{
	struct evbuffer *out = dio_rpc_fd_queue_tail(&c->fds, bufferevent_get_output(c->bev));
	size_t sent;
	int rc = 0;

	if (c->end_err) {
		free(bytes.data);
		return -ECONNRESET;
	}
	sent = send_now(c, &bytes);
	if (sent < bytes.len && evbuffer_add(out, (char *)bytes.data + sent, bytes.len - sent))
		rc = -ENOMEM;
	free(bytes.data);
	/* Nothing may follow the beginning of a record but its rest: this connection is over. */
	if (rc && sent) {
		dio_rpc_conn_end(c, rc);
		rc = 0;
	}
	if (!c->busy && !may_read(c))
		update_reading(c);
	return rc;
}

int dio_rpc_conn_send_fd(struct dio_rpc_conn *c, struct dio_rpc_bytes bytes, int fd)
{
	int rc = dio_rpc_fd_queue_add(&c->fds, bytes, fd);

	free(bytes.data);
	if (rc == 0)
		event_active(c->later, EV_TIMEOUT, 0);
	return rc;
}

static bool set_up(struct dio_rpc_conn *c, struct event_base *base, int fd, bool connecting)
{
	struct timeval send_limit = interval(dio_rpc_send_ms);

	c->record_timer = evtimer_new(base, on_record_timer, c);
	c->later = event_new(base, -1, 0, on_later, c);
	c->writable = event_new(base, fd, EV_WRITE, on_writable, c);
	c->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!c->record_timer || !c->later || !c->writable || !c->bev)
		return false;
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_set_timeouts(c->bev, NULL, &send_limit);
	bufferevent_set_max_single_read(c->bev, READ_AT_ONCE);
	bufferevent_set_max_single_write(c->bev, READ_AT_ONCE);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) != 0)
		return false;
	c->connects = connecting;
	/* Without an address: fd is connecting already. */
	if (connecting)
		return bufferevent_setfd(c->bev, fd) == 0 &&
		       bufferevent_socket_connect(c->bev, NULL, 0) == 0;
	return bufferevent_setfd(c->bev, fd) == 0;
}

struct dio_rpc_conn *dio_rpc_conn_new(struct event_base *base, int fd, bool connecting,
				      const struct dio_rpc_conn_ops *ops, void *arg)
{
	struct dio_rpc_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ops = ops;
	c->arg = arg;
	TAILQ_INIT(&c->fds);
	if (set_up(c, base, fd, connecting))
		return c;
	/* fd stays the caller's. */
	if (c->bev)
		bufferevent_setfd(c->bev, -1);
	destroy(c);
	return NULL;
}
