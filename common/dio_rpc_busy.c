/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_busy.h"

#include <errno.h>
#include <stdlib.h>

#include "dio_error.h"
#include "dio_types.h"

#define EMPTY_MAX	1024	/* bytes of a result whose strings and arrays are empty */

/* Zeros are a value of every type: no text, no elements, 0. malloc'ed, freed by free_result. */
static dio_x_status *empty_result(const struct dio_rpc_proc *proc)
{
	static char zeros[EMPTY_MAX];
	dio_x_status *status;
	XDR x;

	if (proc->result_size < sizeof(*status))
		return NULL;
	status = calloc(1, proc->result_size);
	xdrmem_create(&x, zeros, sizeof(zeros), XDR_DECODE);
	if (!status || proc->xdr_result(&x, status))
		return status;
	xdr_free(proc->xdr_result, status);
	free(status);
	return NULL;
}

static void free_result(const struct dio_rpc_proc *proc, dio_x_status *status)
{
	xdr_free(proc->xdr_result, status);
	free(status);
}

int dio_rpc_busy_encode(const struct dio_rpc_proc *proc, uint32_t xid, unsigned wait_ms,
			struct dio_rpc_bytes *out)
{
	dio_x_status *status = empty_result(proc);
	struct dio_status st = { 0 };
	char *nothing;
	int rc;

	if (!status)
		return -ENOMEM;
	dio_status_busy(&st, wait_ms, "too many connections are in use");
	nothing = status->message;
	*status = (dio_x_status){ st.code, st.message, st.retry_ms };
	rc = dio_rpc_msg_encode_result(xid, proc->xdr_result, status, out);
	status->message = nothing;
	free_result(proc, status);
	return rc;
}
