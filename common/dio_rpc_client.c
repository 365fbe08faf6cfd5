/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/queue.h>
#include <event2/event.h>

#include "dio_rpc.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_conn.h"

#define QUEUE_FULL_MS	5	/* between tries to connect when the listener's queue is full */

struct client_call {
	TAILQ_ENTRY(client_call) link;
	struct dio_rpc_client *client;
	struct event *timer;
	struct dio_rpc_bytes unsent;	/* data: NULL when it is sent */
	uint32_t xid;
	xdrproc_t xdr_result;
	size_t result_size;
	dio_rpc_done *done;
	void *arg;
};

TAILQ_HEAD(client_calls, client_call);

/* refs: 1 of the owner, 1 of each function on the stack that calls done. */
struct dio_rpc_client {
	struct event_base *base;
	struct dio_rpc_addr address;
	uint32_t program, version, last_xid;
	struct dio_rpc_conn *conn;
	struct event *again;		/* to connect, for the calls that are not sent */
	struct client_calls calls;
	unsigned refs;
	bool freed;
};

static void client_put(struct dio_rpc_client *c)
{
	if (--c->refs > 0)
		return;
	event_free(c->again);
	free(c);
}

/* Takes the call off the list and tells its owner. */
static void finish(struct client_call *call, int err, void *result)
{
	TAILQ_REMOVE(&call->client->calls, call, link);
	event_free(call->timer);
	free(call->unsent.data);
	call->done(call->arg, err, result);
	free(call);
}

/*
 * Calls made by a done function come behind last: they are another
 * connection's.
 */
static void fail_all(struct dio_rpc_client *c, int err)
{
	struct client_call *last = TAILQ_LAST(&c->calls, client_calls);
	struct client_call *call;
	bool more = last;

	c->refs++;
	while (more && (call = TAILQ_FIRST(&c->calls))) {
		more = call != last;
		finish(call, err, NULL);
	}
	client_put(c);
}

static void disconnect(struct dio_rpc_client *c)
{
	dio_rpc_conn_free(c->conn);
	c->conn = NULL;
}

static void on_again(evutil_socket_t fd, short what, void *arg);

struct dio_rpc_client *dio_rpc_client_new(struct event_base *base, const char *address,
					  uint32_t program, uint32_t version)
{
	struct dio_rpc_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = base;
	c->program = program;
	c->version = version;
	c->refs = 1;
	TAILQ_INIT(&c->calls);
	c->again = evtimer_new(base, on_again, c);
	if (c->again && dio_rpc_addr_parse(address, &c->address) == 0)
		return c;
	if (c->again)
		event_free(c->again);
	free(c);
	return NULL;
}

void dio_rpc_client_free(struct dio_rpc_client *c)
{
	if (!c)
		return;
	c->freed = true;
	event_del(c->again);
	disconnect(c);
	fail_all(c, -ECANCELED);
	client_put(c);
}

static struct client_call *find_call(struct dio_rpc_client *c, uint32_t xid)
{
	struct client_call *call;

	TAILQ_FOREACH(call, &c->calls, link)
		if (call->xid == xid)
			return call;
	return NULL;
}

/* The reply to a call: its result is decoded for the time of done. */
static int deliver(struct client_call *call, XDR *x)
{
	xdrproc_t xdr_result = call->xdr_result;
	void *result = calloc(1, call->result_size ? call->result_size : 1);
	int rc;

	if (!result) {
		finish(call, -ENOMEM, NULL);
		return 0;
	}
	rc = dio_rpc_msg_decode_body(x, xdr_result, result);
	finish(call, rc ? -EPROTO : 0, rc ? NULL : result);
	if (rc == 0)
		xdr_free(xdr_result, result);
	free(result);
	return rc ? -EPROTO : 0;
}

/* A reply that nobody waits for any more, after a time-out, is dropped. */
static int on_record(void *arg, uint8_t *data, size_t len)
{
	struct dio_rpc_client *c = arg;
	struct client_call *call;
	uint32_t xid;
	XDR x;
	int rc;

	xdrmem_create(&x, (char *)data, len, XDR_DECODE);
	rc = dio_rpc_msg_decode_reply(&x, &xid);
	if (rc == -EBADMSG)
		return -EPROTO;
	call = find_call(c, xid);
	if (!call)
		return 0;
	if (rc == 0)
		return deliver(call, &x);
	finish(call, rc, NULL);
	return 0;
}

static void on_closed(void *arg, int err)
{
	struct dio_rpc_client *c = arg;

	disconnect(c);
	fail_all(c, err);
}

static const struct dio_rpc_conn_ops client_ops = { on_record, NULL, on_closed };

void dio_rpc_client_drop(struct dio_rpc_client *c)
{
	if (!TAILQ_EMPTY(&c->calls))
		on_closed(c, -ECONNRESET);
}

static int connect_now(struct dio_rpc_client *c)
{
	int fd;

	if (c->conn)
		return 0;
	fd = dio_rpc_addr_connect(&c->address);
	if (fd < 0)
		return fd;
	c->conn = dio_rpc_conn_new(c->base, fd, true, &client_ops, c);
	if (c->conn)
		return 0;
	close(fd);
	return -ENOMEM;
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, -ETIMEDOUT, NULL);
}

static size_t unsent(const struct dio_rpc_client *c)
{
	size_t n = c->conn ? dio_rpc_conn_unsent(c->conn) : 0;
	const struct client_call *call;

	TAILQ_FOREACH(call, &c->calls, link)
		n += call->unsent.len;
	return n;
}

/* All calls that were made while nobody took the connection. */
static int send_all(struct dio_rpc_client *c)
{
	struct client_call *call;
	struct dio_rpc_bytes b;
	int rc = 0;

	TAILQ_FOREACH(call, &c->calls, link) {
		b = call->unsent;
		call->unsent = (struct dio_rpc_bytes){ 0 };
		if (b.data && dio_rpc_conn_send(c->conn, b) != 0)
			rc = -ENOMEM;
	}
	return rc;
}

/* The server is there and has not come to us yet: that is no failure. */
static int try_again(struct dio_rpc_client *c)
{
	static const struct timeval soon = { 0, QUEUE_FULL_MS * 1000 };

	return unsent(c) == 0 || event_add(c->again, &soon) == 0 ? 0 : -ENOMEM;
}

static int connect_and_send(struct dio_rpc_client *c)
{
	int rc = connect_now(c);

	if (rc == -EAGAIN)
		return try_again(c);
	return rc ? rc : send_all(c);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct dio_rpc_client *c = arg;
	int rc = connect_and_send(c);

	(void)fd;
	(void)what;
	if (rc)
		fail_all(c, rc);
}

static struct client_call *call_new(struct dio_rpc_client *c, int timeout_ms)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct client_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->client = c;
	call->timer = evtimer_new(c->base, on_timeout, call);
	if (call->timer && evtimer_add(call->timer, &limit) == 0)
		return call;
	if (call->timer)
		event_free(call->timer);
	free(call);
	return NULL;
}

/* Taken back: done is not called. */
static void call_drop(struct client_call *call)
{
	TAILQ_REMOVE(&call->client->calls, call, link);
	event_free(call->timer);
	free(call->unsent.data);
	free(call);
}

int dio_rpc_client_call(struct dio_rpc_client *c, uint32_t proc, xdrproc_t xdr_args, void *args,
			xdrproc_t xdr_result, size_t result_size, int timeout_ms,
			dio_rpc_done *done, void *arg)
{
	struct dio_rpc_request r = { c->last_xid + 1, c->program, c->version, proc };
	struct client_call *call;
	int rc;

	if (c->freed)
		return -ECANCELED;
	if (unsent(c) >= DIO_RPC_OUTPUT_MAX)
		return -EBUSY;
	call = call_new(c, timeout_ms);
	if (!call)
		return -ENOMEM;
	call->xid = r.xid;
	c->last_xid = r.xid;
	call->xdr_result = xdr_result;
	call->result_size = result_size;
	call->done = done;
	call->arg = arg;
	TAILQ_INSERT_TAIL(&c->calls, call, link);
	rc = dio_rpc_msg_encode_call(&r, xdr_args, args, &call->unsent);
	if (rc)
		call->unsent = (struct dio_rpc_bytes){ 0 };
	else
		rc = connect_and_send(c);
	if (rc)
		call_drop(call);
	return rc;
}
