/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_record.h"
#include "dio_rpc.h"
#include "dio_rpc_msg.h"

static const struct dio_rpc_request request = { 7, 0x20000001, 3, 4 };

static bool_t xdr_text(XDR *x, ...)
{
	char **s;
	va_list ap;

	va_start(ap, x);
	s = va_arg(ap, char **);
	va_end(ap);
	return xdr_string(x, s, 100);
}

static XDR reader(const struct dio_rpc_bytes *b)
{
	XDR x;

	xdrmem_create(&x, (char *)b->data + DIO_RECORD_MARK, b->len - DIO_RECORD_MARK, XDR_DECODE);
	return x;
}

static struct dio_rpc_bytes encoded_call(void)
{
	struct dio_rpc_bytes b;
	char *text = "hello";

	assert_int_equal(dio_rpc_msg_encode_call(&request, xdr_text, &text, &b), 0);
	return b;
}

/* Sets the n-th word of the message. */
static void set_word(struct dio_rpc_bytes *b, size_t n, uint32_t value)
{
	value = htonl(value);
	memcpy(b->data + DIO_RECORD_MARK + 4 * n, &value, 4);
}

static void call_there_and_back(void **state)
{
	struct dio_rpc_bytes b = encoded_call();
	struct dio_rpc_request r;
	char *text = NULL;
	XDR x = reader(&b);

	(void)state;
	assert_int_equal(ntohl(*(uint32_t *)b.data), 0x80000000u | (b.len - 4));
	assert_int_equal(dio_rpc_msg_decode_call(&x, &r), DIO_RPC_GOOD);
	assert_memory_equal(&r, &request, sizeof(r));
	assert_int_equal(dio_rpc_msg_decode_body(&x, xdr_text, &text), 0);
	assert_string_equal(text, "hello");
	xdr_free(xdr_text, &text);
	free(b.data);
}

static void call_cut_anywhere(void **state)
{
	struct dio_rpc_bytes whole = encoded_call();
	struct dio_rpc_request r;
	char *text = NULL;
	size_t len;
	XDR x;

	(void)state;
	for (len = 0; len < whole.len - DIO_RECORD_MARK; len++) {
		/* Its own allocation, so that a read behind the end is seen. */
		uint8_t *cut = malloc(len ? len : 1);

		memcpy(cut, whole.data + DIO_RECORD_MARK, len);
		xdrmem_create(&x, (char *)cut, len, XDR_DECODE);
		if (dio_rpc_msg_decode_call(&x, &r) == DIO_RPC_GOOD)
			assert_int_equal(dio_rpc_msg_decode_body(&x, xdr_text, &text), -EBADMSG);
		free(cut);
	}
	free(whole.data);
}

static void bytes_behind_the_body(void **state)
{
	struct dio_rpc_bytes b = encoded_call();
	struct dio_rpc_request r;
	char *text = NULL;
	XDR x;

	(void)state;
	b.data = realloc(b.data, b.len + 4);
	b.len += 4;
	x = reader(&b);
	assert_int_equal(dio_rpc_msg_decode_call(&x, &r), DIO_RPC_GOOD);
	assert_int_equal(dio_rpc_msg_decode_body(&x, xdr_text, &text), -EBADMSG);
	assert_null(text);
	free(b.data);
}

/* Words: 0 xid, 1 direction, 2 RPC version, 3-5 program, version, procedure, 6 flavor, 7 length. */
/* What would be read as "cpu", or as "cp": only one says it. */
static void nul_in_a_string(void **state)
{
	static const char *const same[] = { "\0\0\0\3cpu", "\0\0\0\4cpu", "\0\0\0\3cp\0",
					    "\0\0\0\3cpux" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char *text = NULL, bytes[8];
		XDR x;

		memcpy(bytes, same[i], 8);
		xdrmem_create(&x, bytes, sizeof(bytes), XDR_DECODE);
		assert_int_equal(dio_rpc_msg_decode_body(&x, xdr_text, &text), i ? -EBADMSG : 0);
		free(text);
	}
}

static void bad_headers(void **state)
{
	static const struct {
		size_t word;
		uint32_t value;
		enum dio_rpc_header verdict;
	} cases[] = {
		{ 1, 1, DIO_RPC_BAD },		{ 1, 2, DIO_RPC_BAD },
		{ 2, 3, DIO_RPC_BAD_VERSION },	{ 2, 0, DIO_RPC_BAD_VERSION },
		{ 6, 1, DIO_RPC_GOOD },		{ 6, 6, DIO_RPC_BAD_AUTH },
		{ 6, 7, DIO_RPC_BAD_AUTH },	{ 7, 401, DIO_RPC_BAD },
		{ 7, 0xffffffff, DIO_RPC_BAD },	{ 7, 400, DIO_RPC_BAD },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dio_rpc_bytes b = encoded_call();
		struct dio_rpc_request r;
		XDR x = reader(&b);

		set_word(&b, cases[i].word, cases[i].value);
		assert_int_equal(dio_rpc_msg_decode_call(&x, &r), cases[i].verdict);
		free(b.data);
	}
}

static int decode(struct dio_rpc_bytes *b)
{
	uint32_t xid = 0;
	XDR x = reader(b);
	int rc = dio_rpc_msg_decode_reply(&x, &xid);

	if (rc != -EBADMSG)
		assert_int_equal(xid, 9);
	free(b->data);
	return rc;
}

static void replies(void **state)
{
	static const struct {
		enum accept_stat stat;
		int err;
	} cases[] = {
		{ PROG_UNAVAIL, -EPROTONOSUPPORT }, { PROG_MISMATCH, -EPROTONOSUPPORT },
		{ PROC_UNAVAIL, -ENOSYS },	    { GARBAGE_ARGS, -EPROTO },
		{ SYSTEM_ERR, -EPROTO },
	};
	struct dio_rpc_bytes b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dio_rpc_msg_encode_error(9, cases[i].stat, 1, 2, &b), 0);
		assert_int_equal(decode(&b), cases[i].err);
	}
	assert_int_equal(dio_rpc_msg_encode_denied(9, DIO_RPC_BAD_AUTH, &b), 0);
	assert_int_equal(decode(&b), -EACCES);
	assert_int_equal(dio_rpc_msg_encode_denied(9, DIO_RPC_BAD_VERSION, &b), 0);
	assert_int_equal(decode(&b), -EPROTONOSUPPORT);
	assert_int_equal(dio_rpc_msg_encode_call(&request, dio_xdr_void, NULL, &b), 0);
	assert_int_equal(decode(&b), -EBADMSG);
}

static void result_there_and_back(void **state)
{
	struct dio_rpc_bytes b;
	char *text = "result", *back = NULL;
	uint32_t xid;
	XDR x;

	(void)state;
	assert_int_equal(dio_rpc_msg_encode_result(9, xdr_text, &text, &b), 0);
	x = reader(&b);
	assert_int_equal(dio_rpc_msg_decode_reply(&x, &xid), 0);
	assert_int_equal(dio_rpc_msg_decode_body(&x, xdr_text, &back), 0);
	assert_string_equal(back, "result");
	xdr_free(xdr_text, &back);
	free(b.data);
}

static bool_t xdr_oversized(XDR *x, ...)
{
	static char block[DIO_RPC_RECORD_MAX];

	return xdr_opaque(x, block, sizeof(block));
}

static void cannot_encode(void **state)
{
	char text[102], *s = text;
	struct dio_rpc_bytes b;

	(void)state;
	memset(text, 'x', 101);
	text[101] = '\0';
	assert_int_equal(dio_rpc_msg_encode_call(&request, xdr_text, &s, &b), -EINVAL);
	assert_int_equal(dio_rpc_msg_encode_call(&request, xdr_oversized, NULL, &b), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_there_and_back), cmocka_unit_test(call_cut_anywhere),
		cmocka_unit_test(bytes_behind_the_body), cmocka_unit_test(nul_in_a_string), cmocka_unit_test(bad_headers),
		cmocka_unit_test(replies), cmocka_unit_test(result_there_and_back),
		cmocka_unit_test(cannot_encode),
	};

	return cmocka_run_group_tests_name("dio_rpc_msg", tests, NULL, NULL);
}
