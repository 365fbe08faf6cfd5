/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_link.h"

#include <errno.h>

#include "dio_rpc.h"

struct link_proc {
	uint32_t  number;
	xdrproc_t xdr_args;
	xdrproc_t xdr_result;
	size_t	  result_size;
};

static const struct link_proc procs[] = {
	{ SX_HELLO, dio_xdr_void, (xdrproc_t)xdr_sx_hello_result, sizeof(sx_hello_result) },
	{ SX_PREPARE, (xdrproc_t)xdr_sx_prepare_args, (xdrproc_t)xdr_sx_prepare_result,
	  sizeof(sx_prepare_result) },
	{ SX_COMMIT, (xdrproc_t)xdr_sx_key_args, (xdrproc_t)xdr_dio_x_status, sizeof(dio_x_status) },
	{ SX_ABORT, (xdrproc_t)xdr_sx_key_args, (xdrproc_t)xdr_dio_x_status, sizeof(dio_x_status) },
	{ SX_DESTROY, (xdrproc_t)xdr_sx_key_args, (xdrproc_t)xdr_dio_x_status, sizeof(dio_x_status) },
	{ SX_REPORT, dio_xdr_void, (xdrproc_t)xdr_dio_x_list_result, sizeof(dio_x_list_result) },
	{ SX_RECORDS, (xdrproc_t)xdr_dio_x_records_args, (xdrproc_t)xdr_dio_x_records_result,
	  sizeof(dio_x_records_result) },
	{ SX_CHECK, (xdrproc_t)xdr_sx_check_args, (xdrproc_t)xdr_dio_x_check_result,
	  sizeof(dio_x_check_result) },
};

static int link_call(void *link, uint32_t number, void *args, int timeout_ms, ns_link_done *done,
		     void *arg)
{
	size_t i;

	for (i = 0; i < sizeof(procs) / sizeof(procs[0]); i++)
		if (procs[i].number == number)
			return dio_rpc_client_call(link, number, procs[i].xdr_args, args,
						   procs[i].xdr_result, procs[i].result_size,
						   timeout_ms, done, arg);
	return -ENOSYS;
}

static void link_drop(void *link)
{
	dio_rpc_client_drop(link);
}

static void link_close(void *link)
{
	dio_rpc_client_free(link);
}

const struct ns_link_ops ns_link_rpc = { .call = link_call, .drop = link_drop, .close = link_close };

void *ns_link_new(struct event_base *base, const char *address)
{
	return dio_rpc_client_new(base, address, SAFEXD_PROG, SAFEXD_V1);
}
