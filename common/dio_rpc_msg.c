/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_record.h"
#include "dio_rpc.h"

bool_t dio_xdr_void(XDR *x, ...)
{
	(void)x;
	return TRUE;
}

/* TLS and GSS are not spoken here; what AUTH_SYS claims is not believed. */
static bool flavor_served(enum_t flavor)
{
	return flavor == AUTH_NONE || flavor == AUTH_SYS;
}

enum dio_rpc_header dio_rpc_msg_decode_call(XDR *x, struct dio_rpc_request *r)
{
	char cred[MAX_AUTH_BYTES], verf[MAX_AUTH_BYTES];
	struct rpc_msg m = { .rm_direction = REPLY };
	bool_t whole;

	m.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	m.rm_call.cb_cred.oa_base = cred;
	m.rm_call.cb_verf.oa_base = verf;
	whole = xdr_callmsg(x, &m);
	if (m.rm_direction != CALL)
		return DIO_RPC_BAD;
	r->xid = m.rm_xid;
	if (m.rm_call.cb_rpcvers != RPC_MSG_VERSION)
		return DIO_RPC_BAD_VERSION;
	if (!whole)
		return DIO_RPC_BAD;
	if (!flavor_served(m.rm_call.cb_cred.oa_flavor))
		return DIO_RPC_BAD_AUTH;
	r->program = m.rm_call.cb_prog;
	r->version = m.rm_call.cb_vers;
	r->procedure = m.rm_call.cb_proc;
	return DIO_RPC_GOOD;
}

static int accepted_errno(enum accept_stat stat)
{
	switch (stat) {
	case SUCCESS:
		return 0;
	case PROG_UNAVAIL:
	case PROG_MISMATCH:
		return -EPROTONOSUPPORT;
	case PROC_UNAVAIL:
		return -ENOSYS;
	default:
		return -EPROTO;
	}
}

static int denied_errno(enum reject_stat stat)
{
	return stat == AUTH_ERROR ? -EACCES : -EPROTONOSUPPORT;
}

int dio_rpc_msg_decode_reply(XDR *x, uint32_t *xid)
{
	struct rpc_msg m = { .rm_direction = CALL };
	char verf[MAX_AUTH_BYTES];

	m.acpted_rply.ar_verf.oa_base = verf;
	m.acpted_rply.ar_results.proc = dio_xdr_void;
	if (!xdr_replymsg(x, &m) || m.rm_direction != REPLY)
		return -EBADMSG;
	*xid = m.rm_xid;
	if (m.rm_reply.rp_stat == MSG_DENIED)
		return denied_errno(m.rjcted_rply.rj_stat);
	return accepted_errno(m.acpted_rply.ar_stat);
}

/*
 * Whether body is all that the bytes say: a string with a NUL inside is shorter
 * once it is decoded, and would be taken for another.
 */
static bool says_the_same(const char *bytes, size_t n, xdrproc_t proc, void *body)
{
	char *again = malloc(n ? n : 1);
	bool same;
	XDR x;

	if (!again)
		return false;
	xdrmem_create(&x, again, n, XDR_ENCODE);
	same = proc(&x, body) && xdr_getpos(&x) == n && memcmp(again, bytes, n) == 0;
	free(again);
	return same;
}

/* x: of xdrmem_create(). */
int dio_rpc_msg_decode_body(XDR *x, xdrproc_t proc, void *body)
{
	const char *bytes = x->x_private;
	char beyond;

	if (proc(x, body) && !XDR_GETBYTES(x, &beyond, 1) &&
	    says_the_same(bytes, (const char *)x->x_private - bytes, proc, body))
		return 0;
	xdr_free(proc, body);
	return -EBADMSG;
}

/* A message with its body, as one thing that libtirpc can measure and write. */
struct whole {
	struct rpc_msg	*msg;
	xdrproc_t	 body_proc;
	void		*body;
};

static bool_t xdr_whole(XDR *x, struct whole *w)
{
	if (w->msg->rm_direction == REPLY)
		return xdr_replymsg(x, w->msg);
	return xdr_callmsg(x, w->msg) && w->body_proc(x, w->body);
}

static int encode(struct whole *w, struct dio_rpc_bytes *out)
{
	unsigned long len = xdr_sizeof((xdrproc_t)xdr_whole, w);
	bool_t done;
	XDR x;

	if (len == 0)
		return -EINVAL;
	if (len > DIO_RPC_RECORD_MAX)
		return -EMSGSIZE;
	out->data = malloc(DIO_RECORD_MARK + len);
	if (!out->data)
		return -ENOMEM;
	dio_record_mark(out->data, len);
	xdrmem_create(&x, (char *)out->data + DIO_RECORD_MARK, len, XDR_ENCODE);
	done = xdr_whole(&x, w);
	out->len = DIO_RECORD_MARK + len;
	if (done && xdr_getpos(&x) == len)
		return 0;
	free(out->data);
	return -EINVAL;
}

int dio_rpc_msg_encode_call(const struct dio_rpc_request *r, xdrproc_t proc, void *args,
			    struct dio_rpc_bytes *out)
{
	struct rpc_msg m = { .rm_xid = r->xid, .rm_direction = CALL };
	struct whole w = { .msg = &m, .body_proc = proc, .body = args };

	m.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	m.rm_call.cb_prog = r->program;
	m.rm_call.cb_vers = r->version;
	m.rm_call.cb_proc = r->procedure;
	return encode(&w, out);
}

static int encode_reply(struct rpc_msg *m, uint32_t xid, struct dio_rpc_bytes *out)
{
	struct whole w = { .msg = m };

	m->rm_xid = xid;
	m->rm_direction = REPLY;
	return encode(&w, out);
}

int dio_rpc_msg_encode_result(uint32_t xid, xdrproc_t proc, void *result,
			      struct dio_rpc_bytes *out)
{
	struct rpc_msg m = { 0 };

	m.rm_reply.rp_stat = MSG_ACCEPTED;
	m.acpted_rply.ar_stat = SUCCESS;
	m.acpted_rply.ar_results.proc = proc;
	m.acpted_rply.ar_results.where = result;
	return encode_reply(&m, xid, out);
}

int dio_rpc_msg_encode_error(uint32_t xid, enum accept_stat stat, uint32_t low, uint32_t high,
			     struct dio_rpc_bytes *out)
{
	struct rpc_msg m = { 0 };

	m.rm_reply.rp_stat = MSG_ACCEPTED;
	m.acpted_rply.ar_stat = stat;
	m.acpted_rply.ar_vers.low = low;
	m.acpted_rply.ar_vers.high = high;
	return encode_reply(&m, xid, out);
}

int dio_rpc_msg_encode_denied(uint32_t xid, enum dio_rpc_header why, struct dio_rpc_bytes *out)
{
	struct rpc_msg m = { 0 };

	m.rm_reply.rp_stat = MSG_DENIED;
	if (why == DIO_RPC_BAD_VERSION) {
		m.rjcted_rply.rj_stat = RPC_MISMATCH;
		m.rjcted_rply.rj_vers.low = RPC_MSG_VERSION;
		m.rjcted_rply.rj_vers.high = RPC_MSG_VERSION;
	} else {
		m.rjcted_rply.rj_stat = AUTH_ERROR;
		m.rjcted_rply.rj_why = AUTH_REJECTEDCRED;
	}
	return encode_reply(&m, xid, out);
}
