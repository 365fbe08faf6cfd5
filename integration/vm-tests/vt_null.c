/* SPDX-License-Identifier: GPL-2.0-only */
/* A client as libtirpc makes it, without anything of ours, over TCP. */
#include "vt.h"

#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include "dionisys_rpc.h"

static const struct timeval limit = { .tv_sec = 10 };

static bool_t nothing(XDR *x, ...)
{
	(void)x;
	return TRUE;
}

static CLIENT *client(int port, uint32_t program, uint32_t version)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = RPC_ANYSOCK;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return clnttcp_create(&in, program, version, &fd, 0, 0);
}

static enum clnt_stat null_call(int port, uint32_t program, uint32_t version)
{
	CLIENT *c = client(port, program, version);
	enum clnt_stat stat = RPC_SYSTEMERROR;

	if (!c)
		return rpc_createerr.cf_stat;
	stat = clnt_call(c, NULLPROC, nothing, NULL, nothing, NULL, limit);
	clnt_destroy(c);
	return stat;
}

/* Over TCP nobody is anybody: managers may be listed, nothing may be made. */
static void calls(int port)
{
	ns_list_args list = { .kind = 1 };
	ns_init_args init = { .request = 5, .application = "x" };
	dio_x_list_result listed = { 0 };
	ns_init_result made = { 0 };
	CLIENT *c = client(port, DIONISYS_PROG, DIONISYS_V1);
	enum clnt_stat stat;

	if (!c) {
		vt_result(false, "libtirpc-client", "%s", clnt_spcreateerror("client"));
		return;
	}
	stat = clnt_call(c, NS_LIST, (xdrproc_t)xdr_ns_list_args, (caddr_t)&list,
			 (xdrproc_t)xdr_dio_x_list_result, (caddr_t)&listed, limit);
	vt_result(!stat && !listed.status.code && listed.entries.entries_len == 1,
		  "libtirpc-client-lists-managers", "%s: %d, %u entries", clnt_sperrno(stat),
		  listed.status.code, listed.entries.entries_len);
	stat = clnt_call(c, NS_INIT_APP, (xdrproc_t)xdr_ns_init_args, (caddr_t)&init,
			 (xdrproc_t)xdr_ns_init_result, (caddr_t)&made, limit);
	vt_result(!stat && made.status.code == 13, "libtirpc-client-may-make-nothing", "%s: %d",
		  clnt_sperrno(stat), made.status.code);
	clnt_destroy(c);
}

int vt_null(int argc, char **argv)
{
	int port = argc == 1 ? atoi(argv[0]) : 0;
	enum clnt_stat stat = null_call(port, DIONISYS_PROG, DIONISYS_V1);

	vt_result(!stat, "libtirpc-client-null-call", "%s", clnt_sperrno(stat));
	stat = null_call(port, DIONISYS_PROG, 7);
	vt_result(stat == RPC_PROGVERSMISMATCH, "libtirpc-client-learns-of-a-wrong-version", "%s",
		  clnt_sperrno(stat));
	stat = null_call(port, 0x20004321, 1);
	vt_result(stat == RPC_PROGUNAVAIL, "libtirpc-client-learns-of-a-wrong-program", "%s",
		  clnt_sperrno(stat));
	calls(port);
	return !vt_all_ok();
}
