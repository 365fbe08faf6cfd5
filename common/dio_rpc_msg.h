/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ONC RPC messages as bytes: headers by libtirpc's xdr_callmsg and
 * xdr_replymsg, bodies by rpcgen's functions, whole records out.
 */
#ifndef DIO_RPC_MSG_H
#define DIO_RPC_MSG_H

#include <stddef.h>
#include <stdint.h>
#include <rpc/rpc.h>

struct dio_rpc_request {
	uint32_t xid, program, version, procedure;
};

/* A record to be sent, with its mark; data is malloc'ed. */
struct dio_rpc_bytes {
	uint8_t	*data;
	size_t	 len;
};

/*
 * What became of a received call's header.  DIO_RPC_BAD: answer nothing,
 * end the connection.
 */
enum dio_rpc_header { DIO_RPC_GOOD, DIO_RPC_BAD, DIO_RPC_BAD_VERSION, DIO_RPC_BAD_AUTH };

/* x: an xdrmem over the record, left at the arguments. */
enum dio_rpc_header dio_rpc_msg_decode_call(XDR *x, struct dio_rpc_request *r);

/*
 * x: left at the result. 0 when the reply says SUCCESS, else as dio_rpc_done
 * in dio_rpc.h. *xid is set unless the result is -EBADMSG.
 */
int dio_rpc_msg_decode_reply(XDR *x, uint32_t *xid);

/*
 * The body, to the record's last byte, and as it would be encoded: no string with a
 * NUL inside. x: of xdrmem_create(). 0, or -EBADMSG with nothing allocated.
 */
int dio_rpc_msg_decode_body(XDR *x, xdrproc_t proc, void *body);

/* All: 0, -EMSGSIZE (DIO_RPC_RECORD_MAX), -EINVAL (outside its type's bounds), -ENOMEM. */
int dio_rpc_msg_encode_call(const struct dio_rpc_request *r, xdrproc_t proc, void *args,
			    struct dio_rpc_bytes *out);
int dio_rpc_msg_encode_result(uint32_t xid, xdrproc_t proc, void *result,
			      struct dio_rpc_bytes *out);
/* stat: an accept_stat but SUCCESS; low, high: of PROG_MISMATCH. */
int dio_rpc_msg_encode_error(uint32_t xid, enum accept_stat stat, uint32_t low, uint32_t high,
			     struct dio_rpc_bytes *out);
/* The answer to DIO_RPC_BAD_VERSION and DIO_RPC_BAD_AUTH. */
int dio_rpc_msg_encode_denied(uint32_t xid, enum dio_rpc_header why, struct dio_rpc_bytes *out);

#endif
