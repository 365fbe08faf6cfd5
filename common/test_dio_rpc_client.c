/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_testing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_rpc_addr.h"

#define QUEUED_MAX	10

static struct t_child server;
static struct event_base *base;
static struct dio_rpc_client *client;

/* What became of one call. */
struct outcome {
	unsigned done;		/* times, since the last call */
	int err;
	size_t len;		/* of the result */
	int free_client, call_again, restart_server;
};

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	t_child_start(&server, NULL);
	base = event_base_new();
	client = dio_rpc_client_new(base, server.address, T_PROGRAM, T_VERSION);
	assert_non_null(client);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dio_rpc_client_free(client);
	event_base_free(base);
	t_child_stop(&server);
	return 0;
}

static void on_done(void *arg, int err, void *result);

static int call(struct outcome *o, uint32_t proc, const char *text, int timeout_ms)
{
	char *args = (char *)text;

	o->done = 0;
	return dio_rpc_client_call(client, proc, t_xdr_string, &args, t_xdr_string, sizeof(char *),
				   timeout_ms, on_done, o);
}

static void on_done(void *arg, int err, void *result)
{
	struct outcome *o = arg;
	char address[128];
	char **text = result;

	o->done++;
	o->err = err;
	o->len = err ? 0 : strlen(*text);
	if (o->free_client) {
		dio_rpc_client_free(client);
		client = NULL;
	}
	if (o->restart_server) {
		o->restart_server = 0;
		waitpid(server.pid, NULL, 0);
		t_child_start(&server, strcpy(address, server.address));
	}
	if (o->call_again) {
		o->call_again = 0;
		assert_int_equal(call(o, T_ECHO, "again", 5000), 0);
	}
}

static int call_and_wait(uint32_t proc, const char *text, int timeout_ms)
{
	struct outcome o = { 0 };
	int rc = call(&o, proc, text, timeout_ms);

	if (rc)
		return rc;
	t_run_until(base, &o.done, 1);
	return o.err ? o.err : (int)o.len;
}

static void results(void **state)
{
	(void)state;
	assert_int_equal(call_and_wait(T_ECHO, "hello", 5000), 5);
	assert_int_equal(call_and_wait(T_BIG, "300000", 5000), 300000);
	assert_int_equal(call_and_wait(99, "", 5000), -ENOSYS);
	assert_int_equal(call_and_wait(T_REFUSE, "", 5000), -EPROTO);
	assert_int_equal(call_and_wait(T_ECHO, "", 5000), 0);
}

static void many_at_once(void **state)
{
	static struct outcome o[100];
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_int_equal(call(&o[i], T_ECHO, "0123456789" + i % 10, 10000), 0);
	for (i = 0; i < 100; i++) {
		t_run_until(base, &o[i].done, 1);
		assert_int_equal(o[i].err, 0);
		assert_int_equal(o[i].len, 10 - i % 10);
	}
}

/* A time-out fails its own call; the connection and the late answer do no harm. */
static void time_outs(void **state)
{
	(void)state;
	assert_int_equal(call_and_wait(T_NEVER, "", 30), -ETIMEDOUT);
	kill(server.pid, SIGSTOP);
	assert_int_equal(call_and_wait(T_ECHO, "late", 30), -ETIMEDOUT);
	kill(server.pid, SIGCONT);
	assert_int_equal(call_and_wait(T_ECHO, "punctual", 5000), 8);
}

static void server_dies(void **state)
{
	struct outcome waiting = { 0 };
	char address[128];

	(void)state;
	strcpy(address, server.address);
	assert_int_equal(call(&waiting, T_NEVER, "", 20000), 0);
	assert_int_equal(call_and_wait(T_EXIT, "", 5000), -ECONNRESET);
	assert_int_equal(waiting.done, 1);
	assert_int_equal(waiting.err, -ECONNRESET);
	waitpid(server.pid, NULL, 0);
	assert_int_equal(call_and_wait(T_ECHO, "", 5000), -ECONNREFUSED);
	t_child_start(&server, address);
	assert_int_equal(call_and_wait(T_ECHO, "back", 5000), 4);
}

static void refused_over_tcp(void **state)
{
	(void)state;
	t_child_start(&server, "tcp:127.0.0.1:0");
	base = event_base_new();
	client = dio_rpc_client_new(base, server.address, T_PROGRAM, T_VERSION);
	assert_int_equal(call_and_wait(T_ECHO, "tcp", 5000), 3);
	t_child_stop(&server);
	assert_int_equal(call_and_wait(T_ECHO, "", 5000), -ECONNRESET);
	assert_int_equal(call_and_wait(T_ECHO, "", 5000), -ECONNREFUSED);
	dio_rpc_client_free(client);
	event_base_free(base);
}

static void freed_with_calls_out(void **state)
{
	struct outcome a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(call(&a, T_NEVER, "", 20000), 0);
	assert_int_equal(call(&b, T_NEVER, "", 20000), 0);
	dio_rpc_client_free(client);
	client = NULL;
	assert_int_equal(a.done + b.done, 2);
	assert_int_equal(a.err, -ECANCELED);
	assert_int_equal(b.err, -ECANCELED);
}

/* Those under way fail at once; a later one has a connection of its own. */
static void dropped(void **state)
{
	struct outcome a = { .call_again = 1 }, b = { 0 };

	(void)state;
	dio_rpc_client_drop(client);
	assert_int_equal(call(&a, T_NEVER, "", 20000), 0);
	assert_int_equal(call(&b, T_NEVER, "", 20000), 0);
	dio_rpc_client_drop(client);
	assert_int_equal(b.done, 1);
	assert_int_equal(b.err, -ECONNRESET);
	assert_false(a.done);	/* but made again */
	t_run_until(base, &a.done, 1);
	assert_int_equal(a.err, 0);
}

/* done may free the client, when a result comes or when all calls fail. */
static void freed_by_done(void **state)
{
	struct outcome a = { .free_client = 1 }, b = { 0 };

	(void)state;
	assert_int_equal(call(&a, T_ECHO, "x", 5000), 0);
	assert_int_equal(call(&b, T_NEVER, "", 5000), 0);
	t_run_until(base, &a.done, 1);
	assert_int_equal(a.err, 0);
	assert_int_equal(b.err, -ECANCELED);
}

static void freed_by_failing_done(void **state)
{
	struct outcome a = { .free_client = 1 }, b = { 0 }, c = { 0 };

	(void)state;
	assert_int_equal(call(&a, T_NEVER, "", 5000), 0);
	assert_int_equal(call(&b, T_NEVER, "", 5000), 0);
	assert_int_equal(call(&c, T_EXIT, "", 5000), 0);
	t_run_until(base, &c.done, 1);
	assert_int_equal(a.err, -ECONNRESET);
	assert_int_equal(a.done + b.done + c.done, 3);
}

static void call_from_done(void **state)
{
	struct outcome o = { .call_again = 1 };

	(void)state;
	assert_int_equal(call(&o, T_ECHO, "x", 5000), 0);
	t_run_until(base, &o.done, 1);
	assert_int_equal(o.err, 0);
	assert_int_equal(o.len, 5);
}

/* A call made while others fail belongs to the next connection. */
static void call_from_failing_done(void **state)
{
	struct outcome o = { .call_again = 1, .restart_server = 1 };

	(void)state;
	assert_int_equal(call(&o, T_EXIT, "x", 5000), 0);
	t_run_until(base, &o.done, 1);
	assert_int_equal(o.err, 0);
	assert_int_equal(o.len, 5);
}

static void no_such_socket(void **state)
{
	(void)state;
	base = event_base_new();
	assert_null(dio_rpc_client_new(base, "nonsense", 1, 1));
	client = dio_rpc_client_new(base, "unix:/nonexistent/x", 1, 1);
	assert_int_equal(call_and_wait(T_ECHO, "", 1000), -ENOENT);
	dio_rpc_client_free(client);
	event_base_free(base);
}

/* A listener whose queue is full of *n connections, which are in fds. */
static int full_listener(const char *address, int *fds, int *n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct dio_rpc_addr a;

	assert_int_equal(dio_rpc_addr_parse(address, &a), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a.sa, a.len), 0);
	assert_int_equal(listen(fd, 1), 0);
	for (*n = 0; (fds[*n] = dio_rpc_addr_connect(&a)) >= 0; ++*n)
		assert_in_range(*n, 0, QUEUED_MAX - 2);
	return fd;
}

/* Takes the n connections out of the queue, and the next one, which it waits for. */
static int next_behind(int listener, int *fds, int n)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	int turns = 0;

	while (n-- > 0) {
		close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		close(fds[n]);
	}
	while (poll(&p, 1, 1) == 0) {
		t_turn(base, 1);
		assert_in_range(turns++, 0, 20000);
	}
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* A server that takes no connection for a while: calls wait for it, as long as they may. */
static void queue_is_full(void **state)
{
	struct outcome late = { 0 }, first = { 0 }, second = { 0 };
	int fds[QUEUED_MAX], n, listener;
	struct t_server t;
	char address[64];

	(void)state;
	t_server_start(&t, NULL);
	base = t.base;
	snprintf(address, sizeof(address), "unix:/tmp/dio-full-%d", (int)getpid());
	listener = full_listener(address, fds, &n);
	client = dio_rpc_client_new(base, address, T_PROGRAM, T_VERSION);
	assert_int_equal(call(&late, T_ECHO, "late", 50), 0);
	t_run_until(base, &late.done, 1);
	assert_int_equal(late.err, -ETIMEDOUT);
	assert_int_equal(call(&first, T_ECHO, "first", 20000), 0);
	assert_int_equal(call(&second, T_ECHO, "second", 20000), 0);
	t_turn(base, 3);
	assert_int_equal(first.done + second.done, 0);
	assert_int_equal(dio_rpc_server_adopt(t.rpc, next_behind(listener, fds, n)), 0);
	t_run_until(base, &first.done, 1);
	t_run_until(base, &second.done, 1);
	assert_int_equal(first.err, 0);
	assert_int_equal(first.len, strlen("first"));
	assert_int_equal(second.err, 0);
	assert_int_equal(second.len, strlen("second"));
	assert_int_equal(t.served, 2);
	dio_rpc_client_free(client);
	close(listener);
	unlink(address + 5);
	t_server_stop(&t);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(results),	       TEST(many_at_once),	    TEST(time_outs),
		TEST(server_dies),     TEST(freed_with_calls_out),  TEST(freed_by_done),
		TEST(dropped),
		TEST(freed_by_failing_done), TEST(call_from_done),
		TEST(call_from_failing_done),
		cmocka_unit_test(refused_over_tcp), cmocka_unit_test(no_such_socket),
		cmocka_unit_test(queue_is_full),
	};

	return cmocka_run_group_tests_name("dio_rpc_client", tests, NULL, NULL);
}
