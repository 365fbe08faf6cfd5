/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dio_log.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_conn.h"

#define PENDING_MAX	(1024 * 1024)	/* bytes of unanswered calls, then reading stops */

/* host and share are NULL after the server's end, conn after the peer's. */
struct dio_rpc_session {
	TAILQ_ENTRY(dio_rpc_session) link;
	struct dio_rpc_host *host;
	struct dio_rpc_share *share;
	struct dio_rpc_conn *conn;
	struct dio_rpc_peer peer;
	unsigned calls;		/* unanswered */
	size_t pending;		/* bytes of their records */
	size_t charged;		/* to share */
};

struct dio_rpc_call {
	struct dio_rpc_session *session;
	uint32_t xid;
	size_t len;		/* of the record */
	void *context;
	xdrproc_t xdr_args, xdr_result;
	void *args;
};

void dio_rpc_complain(struct dio_rpc_host *host, const char *address, int err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec <= host->complained) {
		host->unsaid++;
		return;
	}
	dio_warn("%s: connection closed: %s (%u others not told)", address, strerror(-err),
		 host->unsaid);
	host->complained = now.tv_sec;
	host->unsaid = 0;
}

static void session_unlink(struct dio_rpc_session *s)
{
	if (!s->host)
		return;
	TAILQ_REMOVE(&s->host->sessions, s, link);
	s->host->n_sessions--;
	s->share->bytes -= s->charged;
	dio_rpc_share_drop(s->share);
	s->host = NULL;
	s->share = NULL;
}

static void session_put(struct dio_rpc_session *s)
{
	if (s->conn || s->calls > 0)
		return;
	session_unlink(s);
	dio_rpc_peer_end(&s->peer);
	free(s);
}

static void disconnect(struct dio_rpc_session *s)
{
	dio_rpc_conn_free(s->conn);
	s->conn = NULL;
}

/* Brings the peer's account up to date and stops one who overdraws it. */
static void charge(struct dio_rpc_session *s)
{
	size_t now = s->pending + (s->conn ? dio_rpc_conn_held(s->conn) : 0);

	if (!s->share)
		return;
	s->share->bytes += now - s->charged;
	s->charged = now;
	if (!s->conn)
		return;
	dio_rpc_conn_hold(s->conn, s->calls >= DIO_RPC_OUTSTANDING || s->pending >= PENDING_MAX);
	if (s->share->bytes > DIO_RPC_PEER_BYTES)
		dio_rpc_conn_end(s->conn, -ENOBUFS);
}

static void call_free(struct dio_rpc_call *call)
{
	xdr_free(call->xdr_args, call->args);
	free(call->args);
	free(call);
}

/* The call is answered, one way or the other. */
static void call_end(struct dio_rpc_call *call)
{
	struct dio_rpc_session *s = call->session;

	s->calls--;
	s->pending -= call->len;
	call_free(call);
	charge(s);
	session_put(s);
}

static int refuse(struct dio_rpc_session *s, uint32_t xid, enum accept_stat stat, uint32_t low,
		  uint32_t high)
{
	struct dio_rpc_bytes bytes;
	int rc = dio_rpc_msg_encode_error(xid, stat, low, high, &bytes);

	return rc ? rc : dio_rpc_conn_send(s->conn, bytes);
}

static int deny(struct dio_rpc_session *s, uint32_t xid, enum dio_rpc_header why)
{
	struct dio_rpc_bytes bytes;
	int rc = dio_rpc_msg_encode_denied(xid, why, &bytes);

	return rc ? rc : dio_rpc_conn_send(s->conn, bytes);
}

static int answer_null(struct dio_rpc_session *s, uint32_t xid)
{
	struct dio_rpc_bytes bytes;
	int rc = dio_rpc_msg_encode_result(xid, dio_xdr_void, NULL, &bytes);

	return rc ? rc : dio_rpc_conn_send(s->conn, bytes);
}

static const struct dio_rpc_proc *find_proc(const struct dio_rpc_program *p, uint32_t number)
{
	size_t i;

	for (i = 0; i < p->n_procs; i++)
		if (p->procs[i].number == number)
			return &p->procs[i];
	return NULL;
}

static struct dio_rpc_call *call_new(struct dio_rpc_session *s, const struct dio_rpc_program *prog,
				     const struct dio_rpc_proc *proc, uint32_t xid, size_t len)
{
	struct dio_rpc_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	*call = (struct dio_rpc_call){ .session = s, .xid = xid, .len = len,
				       .context = prog->context, .xdr_args = proc->xdr_args,
				       .xdr_result = proc->xdr_result };
	call->args = calloc(1, proc->args_size ? proc->args_size : 1);
	if (call->args)
		return call;
	free(call);
	return NULL;
}

static int serve(struct dio_rpc_session *s, const struct dio_rpc_program *prog,
		 const struct dio_rpc_proc *proc, uint32_t xid, XDR *x, size_t len)
{
	struct dio_rpc_call *call = call_new(s, prog, proc, xid, len);

	if (!call)
		return refuse(s, xid, SYSTEM_ERR, 0, 0);
	if (dio_rpc_msg_decode_body(x, proc->xdr_args, call->args) != 0) {
		free(call->args);
		free(call);
		return refuse(s, xid, GARBAGE_ARGS, 0, 0);
	}
	s->calls++;
	s->pending += len;
	charge(s);
	proc->handler(call, call->args);
	return 0;
}

/* The program of that number and version; else the versions there are. */
static const struct dio_rpc_program *find_program(const struct dio_rpc_host *host,
						  const struct dio_rpc_request *r, uint32_t *low,
						  uint32_t *high)
{
	size_t i;

	*low = UINT32_MAX;
	*high = 0;
	for (i = 0; i < host->n_programs; i++) {
		const struct dio_rpc_program *p = &host->programs[i];

		if (p->number != r->program)
			continue;
		if (p->version == r->version)
			return p;
		*low = p->version < *low ? p->version : *low;
		*high = p->version > *high ? p->version : *high;
	}
	return NULL;
}

static int dispatch(struct dio_rpc_session *s, const struct dio_rpc_request *r, XDR *x, size_t len)
{
	const struct dio_rpc_program *prog;
	const struct dio_rpc_proc *proc;
	uint32_t low, high;

	prog = find_program(s->host, r, &low, &high);
	if (!prog && low > high)
		return refuse(s, r->xid, PROG_UNAVAIL, 0, 0);
	if (!prog)
		return refuse(s, r->xid, PROG_MISMATCH, low, high);
	if (r->procedure == NULLPROC)
		return answer_null(s, r->xid);
	proc = find_proc(prog, r->procedure);
	if (!proc)
		return refuse(s, r->xid, PROC_UNAVAIL, 0, 0);
	return serve(s, prog, proc, r->xid, x, len);
}

static int on_record(void *arg, uint8_t *data, size_t len)
{
	struct dio_rpc_session *s = arg;
	struct dio_rpc_request r;
	enum dio_rpc_header header;
	XDR x;

	xdrmem_create(&x, (char *)data, len, XDR_DECODE);
	header = dio_rpc_msg_decode_call(&x, &r);
	if (header == DIO_RPC_GOOD)
		return dispatch(s, &r, &x, len);
	if (header == DIO_RPC_BAD)
		return -EPROTO;
	return deny(s, r.xid, header);
}

static void on_activity(void *arg)
{
	charge(arg);
}

static void on_closed(void *arg, int err)
{
	struct dio_rpc_session *s = arg;

	if (err != -ECONNRESET)
		dio_rpc_complain(s->host, s->peer.address, err);
	disconnect(s);
	charge(s);
	session_put(s);
}

static const struct dio_rpc_conn_ops session_ops = { on_record, on_activity, on_closed };

static int session_connect(struct dio_rpc_session *s, struct dio_rpc_host *host, int fd)
{
	int rc = dio_rpc_peer_get(fd, &s->peer);

	if (rc)
		return rc;
	s->share = dio_rpc_share_take(&host->shares, &s->peer);
	if (!s->share)
		return -EUSERS;
	s->conn = dio_rpc_conn_new(host->base, fd, false, &session_ops, s);
	if (s->conn)
		return 0;
	dio_rpc_share_drop(s->share);
	return -ENOMEM;
}

int dio_rpc_session_new(struct dio_rpc_host *host, int fd)
{
	struct dio_rpc_session *s;
	int rc = -EUSERS;

	s = host->n_sessions < DIO_RPC_CONNECTIONS ? calloc(1, sizeof(*s)) : NULL;
	if (s) {
		s->peer.pidfd = -1;
		dio_rpc_addr_tune(fd);
		rc = session_connect(s, host, fd);
	}
	if (rc == 0) {
		s->host = host;
		TAILQ_INSERT_TAIL(&host->sessions, s, link);
		host->n_sessions++;
		return 0;
	}
	if (s)
		dio_rpc_peer_end(&s->peer);
	free(s);
	close(fd);
	return rc;
}

void dio_rpc_sessions_end(struct dio_rpc_host *host)
{
	struct dio_rpc_session *s;

	while ((s = TAILQ_FIRST(&host->sessions))) {
		disconnect(s);
		session_unlink(s);
		session_put(s);
	}
}

void *dio_rpc_context(const struct dio_rpc_call *call)
{
	return call->context;
}

const struct dio_rpc_peer *dio_rpc_peer(const struct dio_rpc_call *call)
{
	return &call->session->peer;
}

/* What cannot be encoded or sent is still answered, if only by SYSTEM_ERR. */
static void answer(struct dio_rpc_call *call, int rc, struct dio_rpc_bytes bytes, int fd)
{
	struct dio_rpc_session *s = call->session;

	if (rc == 0 && fd >= 0 && s->peer.local)
		rc = dio_rpc_conn_send_fd(s->conn, bytes, fd);
	else if (rc == 0)
		rc = dio_rpc_conn_send(s->conn, bytes);
	if (rc == 0)
		return;
	dio_error("%s: answer cannot be sent: %s", s->peer.address,
		  strerror(-rc));
	if (refuse(s, call->xid, SYSTEM_ERR, 0, 0) != 0)
		dio_rpc_conn_end(s->conn, -ENOMEM);
}

void dio_rpc_reply(struct dio_rpc_call *call, void *result)
{
	dio_rpc_reply_fd(call, result, -1);
}

void dio_rpc_reply_fd(struct dio_rpc_call *call, void *result, int fd)
{
	struct dio_rpc_bytes bytes = { 0 };
	int rc;

	if (call->session->conn) {
		rc = dio_rpc_msg_encode_result(call->xid, call->xdr_result, result, &bytes);
		answer(call, rc, bytes, fd);
	}
	call_end(call);
}

void dio_rpc_refuse(struct dio_rpc_call *call, int accept_stat)
{
	struct dio_rpc_session *s = call->session;

	if (s->conn && refuse(s, call->xid, accept_stat, 0, 0) != 0)
		dio_rpc_conn_end(s->conn, -ENOMEM);
	call_end(call);
}
