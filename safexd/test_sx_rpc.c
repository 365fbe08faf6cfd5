/* SPDX-License-Identifier: GPL-2.0-only */
/* Who reaches safexd's two sockets. Users are real: root becomes them. */
#include "dio_rpc_testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dio_error.h"
#include "dio_record.h"
#include "dio_rpc_msg.h"
#include "safexd_rpc.h"
#include "sx_rpc.h"

#define NAMESERVER	1001
#define STRANGER	1002
#define MANY		(2 * DIO_RPC_PER_UID)

static struct event_base *base;
static struct sx_rpc rpc = { .nameserver = NAMESERVER, .host = "node1", .boot = 7,
			     .local = "unix:/local" };
static struct dio_rpc_server *control, *local;

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	control = sx_rpc_control_new(base, &rpc);
	local = sx_rpc_local_new(base, &rpc);
	assert_non_null(control);
	assert_non_null(local);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dio_rpc_server_free(control);
	dio_rpc_server_free(local);
	event_base_free(base);
	return 0;
}

static void send_call(int fd, uint32_t proc, xdrproc_t xdr, void *args)
{
	struct dio_rpc_request r = { 1, SAFEXD_PROG, SAFEXD_V1, proc };
	struct dio_rpc_bytes b;

	assert_int_equal(dio_rpc_msg_encode_call(&r, xdr, args, &b), 0);
	t_send(fd, b.data, b.len);
	free(b.data);
}

static void receive(int fd, xdrproc_t xdr, void *result)
{
	uint8_t bytes[512];
	uint32_t xid;
	ssize_t n;
	XDR x;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert_true(n > DIO_RECORD_MARK);
	xdrmem_create(&x, (char *)bytes + DIO_RECORD_MARK, n - DIO_RECORD_MARK, XDR_DECODE);
	assert_int_equal(dio_rpc_msg_decode_reply(&x, &xid), 0);
	assert_int_equal(dio_rpc_msg_decode_body(&x, xdr, result), 0);
}

static void is_served(uid_t user)
{
	sx_hello_result r = { 0 };
	int fd = t_adopt_from(control, user);

	assert_true(fd >= 0);
	send_call(fd, SX_HELLO, dio_xdr_void, NULL);
	receive(fd, (xdrproc_t)xdr_sx_hello_result, &r);
	assert_int_equal(r.status.code, DIO_E_OK);
	assert_string_equal(r.host, "node1");
	xdr_free((xdrproc_t)xdr_sx_hello_result, (char *)&r);
	close(fd);
}

/* However often others try, none of them holds a place. */
static void control_is_the_nameservers(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(t_adopt_from(control, STRANGER + i), -EACCES);
	is_served(NAMESERVER);
	is_served(0);
}

/* There every user may ask, for what safexd then judges. */
static void local_is_everybodys(void **state)
{
	sx_open_args args = { .cd = 1, .manager = "no/name" };
	sx_open_result r = { 0 };
	int fd = t_adopt_from(local, STRANGER);

	(void)state;
	assert_true(fd >= 0);
	send_call(fd, SX_OPEN_CLASS, (xdrproc_t)xdr_sx_open_args, &args);
	receive(fd, (xdrproc_t)xdr_sx_open_result, &r);
	assert_int_equal(r.status.code, DIO_E_INVALID);
	xdr_free((xdrproc_t)xdr_sx_open_result, (char *)&r);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(control_is_the_nameservers), TEST(local_is_everybodys),
	};

	if (geteuid() != 0)
		return 77;	/* it must be able to become others */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
