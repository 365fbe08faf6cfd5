/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_testing.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct t_child server;
static struct dio_rpc_wait *w;

static int setup(void **state)
{
	(void)state;
	t_child_start(&server, NULL);
	w = dio_rpc_wait_new(server.address, T_PROGRAM, T_VERSION);
	assert_non_null(w);
	return 0;
}

static int setup_tcp(void **state)
{
	(void)state;
	t_child_start(&server, "tcp:127.0.0.1:0");
	w = dio_rpc_wait_new(server.address, T_PROGRAM, T_VERSION);
	assert_non_null(w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dio_rpc_wait_free(w);
	t_child_stop(&server);
	return 0;
}

/* The answer's length, or -errno. */
static int call(uint32_t proc, const char *text, int timeout_ms)
{
	char *args = (char *)text, *result = NULL;
	int rc = dio_rpc_wait_call(w, proc, t_xdr_string, &args, t_xdr_string, &result, timeout_ms);

	if (rc)
		return rc;
	rc = strlen(result);
	xdr_free(t_xdr_string, &result);
	return rc;
}

static void echo(void **state)
{
	char *args = "hello", *result = NULL;

	(void)state;
	assert_int_equal(dio_rpc_wait_call(w, T_ECHO, t_xdr_string, &args, t_xdr_string, &result,
					   5000), 0);
	assert_string_equal(result, "hello");
	xdr_free(t_xdr_string, &result);
	assert_int_equal(call(T_ECHO, "", 5000), 0);
	assert_int_equal(call(0, "", 5000), -EPROTO);
	assert_int_equal(dio_rpc_wait_call(w, 0, dio_xdr_void, NULL, dio_xdr_void, NULL, 5000), 0);
}

static void large(void **state)
{
	(void)state;
	assert_int_equal(call(T_BIG, "400000", 5000), 400000);
	assert_int_equal(call(T_BIG, "400001", 5000), -EPROTO);
	assert_int_equal(call(T_ECHO, "again", 5000), 5);
}

static void refusals(void **state)
{
	struct dio_rpc_wait *other;

	(void)state;
	assert_int_equal(call(99, "", 5000), -ENOSYS);
	assert_int_equal(call(T_REFUSE, "", 5000), -EPROTO);
	other = w;
	w = dio_rpc_wait_new(server.address, T_PROGRAM, T_VERSION + 1);
	assert_int_equal(call(T_ECHO, "", 5000), -EPROTONOSUPPORT);
	dio_rpc_wait_free(w);
	w = dio_rpc_wait_new(server.address, T_PROGRAM + 1, T_VERSION);
	assert_int_equal(call(T_ECHO, "", 5000), -EPROTONOSUPPORT);
	dio_rpc_wait_free(w);
	w = other;
}

static void descriptor(void **state)
{
	char *args = "x", *result = NULL, buf[8] = "";
	int fd = -1, free_number;

	(void)state;
	assert_int_equal(dio_rpc_wait_call_fd(w, T_FD, t_xdr_string, &args, t_xdr_string, &result,
					      5000, &fd), 0);
	xdr_free(t_xdr_string, &result);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "fd!");
	close(fd);
	/* A call that wants none does not leak one, and the connection goes on. */
	free_number = dup(0);
	close(free_number);
	assert_int_equal(call(T_FD, "x", 5000), 1);
	fd = dup(0);
	assert_int_equal(fd, free_number);
	close(fd);
	assert_int_equal(call(T_ECHO, "on", 5000), 2);
}

static void deadline(void **state)
{
	(void)state;
	assert_int_equal(call(T_NEVER, "", 50), -ETIMEDOUT);
	assert_int_equal(call(T_ECHO, "alive", 5000), 5);
	kill(server.pid, SIGSTOP);
	assert_int_equal(call(T_ECHO, "", 50), -ETIMEDOUT);
	/* A new connection is made by the kernel alone: the deadline holds there too. */
	assert_int_equal(call(T_ECHO, "", 50), -ETIMEDOUT);
	kill(server.pid, SIGCONT);
	assert_int_equal(call(T_ECHO, "alive", 5000), 5);
}

static void server_gone(void **state)
{
	char address[128];

	(void)state;
	strcpy(address, server.address);
	assert_int_equal(call(T_ECHO, "one", 5000), 3);
	assert_int_equal(call(T_EXIT, "", 5000), -ECONNRESET);
	assert_int_equal(waitpid(server.pid, NULL, 0), server.pid);
	assert_int_equal(call(T_ECHO, "", 5000), -ECONNREFUSED);
	/* A new server behind the same address, over the stale socket file. */
	t_child_start(&server, address);
	assert_int_equal(call(T_ECHO, "two", 5000), 3);
	t_child_stop(&server);
	t_child_start(&server, address);
	assert_int_equal(call(T_ECHO, "three", 5000), 5);
}

static void no_server(void **state)
{
	(void)state;
	w = dio_rpc_wait_new("unix:/nonexistent/socket", 1, 1);
	assert_int_equal(call(T_ECHO, "", 5000), -ENOENT);
	dio_rpc_wait_free(w);
	assert_null(dio_rpc_wait_new("nonsense", 1, 1));
}

static void args_out_of_bounds(void **state)
{
	char *big = malloc(T_STRING_MAX + 2);

	(void)state;
	memset(big, 'x', T_STRING_MAX + 1);
	big[T_STRING_MAX + 1] = '\0';
	assert_int_equal(call(T_ECHO, big, 5000), -EINVAL);
	big[T_STRING_MAX] = '\0';
	assert_int_equal(call(T_ECHO, big, 5000), T_STRING_MAX);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(echo, setup, teardown),
		cmocka_unit_test_setup_teardown(large, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(server_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(args_out_of_bounds, setup, teardown),
		cmocka_unit_test(no_server),
		cmocka_unit_test_setup_teardown(echo, setup_tcp, teardown),
		cmocka_unit_test_setup_teardown(large, setup_tcp, teardown),
		cmocka_unit_test_setup_teardown(deadline, setup_tcp, teardown),
	};

	return cmocka_run_group_tests_name("dio_rpc_wait", tests, NULL, NULL);
}
