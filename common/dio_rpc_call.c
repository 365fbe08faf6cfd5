/* SPDX-License-Identifier: GPL-2.0-only */
/* A call from its record to its answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_log.h"
#include "dio_rpc_busy.h"
#include "dio_rpc_msg.h"
#include "dio_rpc_session.h"

struct dio_rpc_call {
	struct dio_rpc_session *session;
	uint32_t xid;
	size_t len;		/* of the record */
	void *context;
	xdrproc_t xdr_args, xdr_result;
	void *args;
};

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
	size_t len = call->len;

	call_free(call);
	dio_rpc_session_count(s, -1, len);
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

/* There is no room for this connection: its call is not even decoded. */
static int answer_busy(struct dio_rpc_session *s, const struct dio_rpc_program *prog,
		       const struct dio_rpc_proc *proc, uint32_t xid, unsigned wait_ms)
{
	struct dio_rpc_bytes bytes;
	int rc;

	if (!prog->status_first)
		return refuse(s, xid, SYSTEM_ERR, 0, 0);
	rc = dio_rpc_busy_encode(proc, xid, wait_ms, &bytes);
	return rc ? refuse(s, xid, SYSTEM_ERR, 0, 0) : dio_rpc_conn_send(s->conn, bytes);
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
	dio_rpc_session_count(s, 1, len);
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
	unsigned wait = dio_rpc_session_admit(s);
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
	if (wait)
		return answer_busy(s, prog, proc, r->xid, wait);
	return serve(s, prog, proc, r->xid, x, len);
}

int dio_rpc_session_record(void *session, uint8_t *data, size_t len)
{
	struct dio_rpc_session *s = session;
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

bool dio_rpc_gone(const struct dio_rpc_call *call)
{
	return !call->session->conn;
}

void *dio_rpc_args(const struct dio_rpc_call *call)
{
	return call->args;
}

void *dio_rpc_context(const struct dio_rpc_call *call)
{
	return call->context;
}

const struct dio_rpc_peer *dio_rpc_peer(const struct dio_rpc_call *call)
{
	return &call->session->peer;
}

bool dio_rpc_peer_has_group(const struct dio_rpc_call *call, gid_t gid)
{
	const struct dio_rpc_session *s = call->session;

	if (!s->peer.local || !s->conn)
		return false;
	return s->peer.gid == gid || dio_rpc_peer_has_further(dio_rpc_conn_fd(s->conn), gid);
}

/* What cannot be encoded or sent is still answered, if only by SYSTEM_ERR. */
static void answer(struct dio_rpc_call *call, int rc, struct dio_rpc_bytes bytes, int fd)
{
	struct dio_rpc_session *s = call->session;

	if (rc == 0 && fd >= 0 && s->peer.local)
		rc = dio_rpc_conn_send_fd(s->conn, bytes, fd);
	else if (rc == 0)
		rc = dio_rpc_conn_send(s->conn, bytes);
	/* -ECONNRESET: it is over, for a reason that is told. */
	if (rc == 0 || rc == -ECONNRESET)
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
