/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a peer can send before it is known who it is: bytes to records,
 * records to call and reply headers, and to the arguments of every procedure.
 * The first byte of the input chooses in what stretches the bytes come.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dio_record.h"
#include "dio_rpc.h"
#include "dio_rpc_msg.h"
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TYPE(type)	{ (xdrproc_t)xdr_##type, sizeof(type) }

static const struct {
	xdrproc_t xdr;
	size_t size;
} types[] = {
	TYPE(ns_init_args),	 TYPE(ns_create_args),	 TYPE(ns_destroy_args),
	TYPE(ns_list_args),	 TYPE(ns_list_page_args),
		 TYPE(dio_x_records_args), TYPE(dio_x_key),
	TYPE(sx_prepare_args),	 TYPE(sx_key_args),	 TYPE(sx_open_args),
	TYPE(ns_init_result),	 TYPE(ns_create_result), TYPE(ns_locate_result),
	TYPE(dio_x_list_result), TYPE(dio_x_records_result), TYPE(sx_hello_result),
	TYPE(sx_prepare_result), TYPE(dio_x_status),	 TYPE(sx_open_result),
	TYPE(dio_x_check),	 TYPE(sx_check_args),	 TYPE(dio_x_check_result),
	TYPE(ns_hosts_result),
};

#define N_TYPES	(sizeof(types) / sizeof(types[0]))

static void decode_body(XDR *x, unsigned which)
{
	void *body = calloc(1, types[which % N_TYPES].size);

	if (dio_rpc_msg_decode_body(x, types[which % N_TYPES].xdr, body) == 0)
		xdr_free(types[which % N_TYPES].xdr, body);
	free(body);
}

/* In memory of its exact size, so that a read behind the end is seen. */
static void take_record(const uint8_t *data, size_t len)
{
	char *exact = malloc(len ? len : 1);
	struct dio_rpc_request r;
	uint32_t xid;
	XDR x;

	if (len)
		memcpy(exact, data, len);
	xdrmem_create(&x, exact, len, XDR_DECODE);
	if (dio_rpc_msg_decode_call(&x, &r) == DIO_RPC_GOOD)
		decode_body(&x, r.procedure);
	xdrmem_create(&x, exact, len, XDR_DECODE);
	if (dio_rpc_msg_decode_reply(&x, &xid) == 0)
		decode_body(&x, xid);
	free(exact);
}

/* One stretch of bytes; false when the connection would be at its end. */
static int take_stretch(struct dio_record *record, const uint8_t *data, size_t size)
{
	size_t used;
	int rc;

	while (size > 0) {
		rc = dio_record_feed(record, data, size, &used);
		if (rc < 0)
			return 0;
		if (rc == 1) {
			take_record(record->data, record->len);
			dio_record_next(record);
		}
		data += used;
		size -= used;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dio_record record = { 0 };
	size_t stretch, part;

	if (size == 0)
		return 0;
	stretch = data[0] ? data[0] : size;
	for (data++, size--; size > 0; data += part, size -= part) {
		part = size < stretch ? size : stretch;
		if (!take_stretch(&record, data, part))
			break;
	}
	dio_record_free(&record);
	return 0;
}
