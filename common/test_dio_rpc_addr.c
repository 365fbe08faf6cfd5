/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "dio_rpc_addr.h"

#define QUEUED_MAX	10

static void good(void **state)
{
	static const char *const cases[][2] = {
		{ "unix:/run/dionisys/nameserver", "unix:/run/dionisys/nameserver" },
		{ "tcp:127.0.0.1:700", "tcp:127.0.0.1:700" },
		{ "tcp:localhost:0", "tcp:127.0.0.1:0" },
		{ "tcp:[::1]:65535", "tcp:[::1]:65535" },
	};
	struct dio_rpc_addr a;
	char buf[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dio_rpc_addr_parse(cases[i][0], &a), 0);
		assert_int_equal(dio_rpc_addr_format(&a, buf, sizeof(buf)), 0);
		assert_string_equal(buf, cases[i][1]);
	}
	assert_int_equal(dio_rpc_addr_format(&a, buf, 10), -ENOSPC);
}

static void bad(void **state)
{
	static const char *const cases[] = {
		"", "x", "unix:", "unix:relative", "udp:127.0.0.1:1", "tcp:", "tcp:127.0.0.1",
		"tcp::700", "tcp:127.0.0.1:", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:70x",
		"tcp:127.0.0.1:-1", "tcp:example.org:1", "tcp:::1:700", "tcp:[::1:700", "tcp:[]:1",
		"tcp:127.0.0.1:000001",
	};
	struct dio_rpc_addr a;
	char path[200] = "unix:/";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(dio_rpc_addr_parse(cases[i], &a), -EINVAL);
	memset(path + 6, 'x', 107);
	assert_int_equal(dio_rpc_addr_parse(path, &a), -ENAMETOOLONG);
	path[5 + 107] = '\0';
	assert_int_equal(dio_rpc_addr_parse(path, &a), 0);
}

static struct dio_rpc_addr full_at;

/* A listener whose queue has no room for anybody more; *n connections in it are in fds. */
static int full_listener(int *fds, int *n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[64];

	snprintf(text, sizeof(text), "unix:/tmp/dio-addr-%d", (int)getpid());
	unlink(text + 5);
	assert_int_equal(dio_rpc_addr_parse(text, &full_at), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&full_at.sa, full_at.len), 0);
	assert_int_equal(listen(fd, 1), 0);
	for (*n = 0; (fds[*n] = dio_rpc_addr_connect(&full_at)) >= 0; ++*n)
		assert_in_range(*n, 0, QUEUED_MAX - 2);
	assert_int_equal(fds[*n], -EAGAIN);
	return fd;
}

static void end_listener(int listener, int *fds, int n)
{
	while (n-- > 0)
		close(fds[n]);
	close(listener);
	unlink(((struct sockaddr_un *)&full_at.sa)->sun_path);
}

static void full_for_too_long(void **state)
{
	int fds[QUEUED_MAX], n, listener = full_listener(fds, &n);

	(void)state;
	assert_int_equal(dio_rpc_addr_connect_wait(&full_at, 50), -ETIMEDOUT);
	end_listener(listener, fds, n);
}

static void *connect_waiting(void *arg)
{
	*(int *)arg = dio_rpc_addr_connect_wait(&full_at, 20000);
	return NULL;
}

/* Who waits has the first place that is free. */
static void full_and_then_not(void **state)
{
	int fds[QUEUED_MAX], n, listener = full_listener(fds, &n), waiting = -1, accepted;
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, connect_waiting, &waiting), 0);
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(accepted >= 0);
	pthread_join(t, NULL);
	assert_true(waiting >= 0);
	assert_true(fcntl(waiting, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(waiting, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(dio_rpc_addr_connect(&full_at), -EAGAIN);
	close(waiting);
	close(accepted);
	end_listener(listener, fds, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(full_for_too_long),
		cmocka_unit_test(full_and_then_not),
	};

	return cmocka_run_group_tests_name("dio_rpc_addr", tests, NULL, NULL);
}
