/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_testing.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_rpc_addr.h"

#define LIMIT_S	20	/* of a wait in a test: far above what any needs */

bool_t t_xdr_string(XDR *x, ...)
{
	char **s;
	va_list ap;

	va_start(ap, x);
	s = va_arg(ap, char **);
	va_end(ap);
	return xdr_string(x, s, T_STRING_MAX);
}

static struct t_server *server_of(struct dio_rpc_call *call)
{
	struct t_server *t = dio_rpc_context(call);

	t->served++;
	t->last_pidfd_ok = dio_rpc_peer(call)->pidfd >= 0;
	return t;
}

static void serve_echo(struct dio_rpc_call *call, void *args)
{
	server_of(call);
	dio_rpc_reply(call, args);
}

static void serve_later(struct dio_rpc_call *call, void *args)
{
	struct t_server *t = server_of(call);

	(void)args;
	assert_true(t->n_later < 64);
	t->later[t->n_later++] = call;
}

static void serve_fd(struct dio_rpc_call *call, void *args)
{
	int fds[2];

	server_of(call);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "fd!", 3), 3);
	close(fds[1]);
	dio_rpc_reply_fd(call, args, fds[0]);
	close(fds[0]);
}

static void serve_refuse(struct dio_rpc_call *call, void *args)
{
	(void)args;
	server_of(call);
	dio_rpc_refuse(call, 5 /* SYSTEM_ERR */);
}

/* In a process of its own: noise may call it in the test's, which would end without a verdict. */
static bool t_is_child;

static void serve_exit(struct dio_rpc_call *call, void *args)
{
	if (t_is_child)
		_exit(0);
	serve_refuse(call, args);
}

static void serve_big(struct dio_rpc_call *call, void *args)
{
	char **wanted = args;
	size_t n = atol(*wanted);
	char *big = malloc(n + 1);

	server_of(call);
	assert_non_null(big);
	memset(big, 'b', n);
	big[n] = '\0';
	dio_rpc_reply(call, &big);
	free(big);
}

#define PROC(number, name, handler)                                                                \
	{ number, name, t_xdr_string, sizeof(char *), t_xdr_string, handler, sizeof(char *) }

static const struct dio_rpc_proc procs[] = {
	PROC(T_ECHO, "ECHO", serve_echo),   PROC(T_LATER, "LATER", serve_later),
	PROC(T_FD, "FD", serve_fd),	    PROC(T_NEVER, "NEVER", serve_later),
	PROC(T_EXIT, "EXIT", serve_exit),   PROC(T_BIG, "BIG", serve_big),
	PROC(T_REFUSE, "REFUSE", serve_refuse),
};

void t_server_start(struct t_server *t, const char *address)
{
	char own[64];

	memset(t, 0, sizeof(*t));
	signal(SIGPIPE, SIG_IGN);
	snprintf(own, sizeof(own), "unix:/tmp/dio-test-%d", (int)getpid());
	t->program = (struct dio_rpc_program){ T_PROGRAM, T_VERSION, procs,
					       sizeof(procs) / sizeof(procs[0]), t, false };
	t->base = event_base_new();
	assert_non_null(t->base);
	t->rpc = dio_rpc_server_new(t->base, &t->program, 1);
	assert_non_null(t->rpc);
	assert_int_equal(dio_rpc_server_listen(t->rpc, address ? address : own, 0600), 0);
	assert_int_equal(dio_rpc_server_address(t->rpc, t->address, sizeof(t->address)), 0);
}

void t_answer_all(struct t_server *t)
{
	char text[] = "later", *s = text;
	size_t i;

	for (i = 0; i < t->n_later; i++)
		dio_rpc_reply(t->later[i], &s);
	t->n_later = 0;
}

void t_server_stop(struct t_server *t)
{
	dio_rpc_server_free(t->rpc);
	t_answer_all(t);
	event_base_free(t->base);
}

static void child_main(int ready, const char *address)
{
	struct t_server t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	t_is_child = true;
	t_server_start(&t, address);
	if (write(ready, t.address, sizeof(t.address)) != sizeof(t.address))
		_exit(1);
	close(ready);
	event_base_dispatch(t.base);
	_exit(0);
}

void t_child_start(struct t_child *c, const char *address)
{
	int ready[2];

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0)
		child_main(ready[1], address);
	close(ready[1]);
	assert_int_equal(read(ready[0], c->address, sizeof(c->address)), sizeof(c->address));
	close(ready[0]);
}

void t_child_stop(struct t_child *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	if (strncmp(c->address, "unix:", 5) == 0)
		unlink(c->address + 5);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(int *)arg = 1;
}

void t_run_until(struct event_base *base, const unsigned *flag, unsigned value)
{
	static const struct timeval limit = { LIMIT_S, 0 };
	int late = 0;
	struct event *timer = evtimer_new(base, on_limit, &late);

	evtimer_add(timer, &limit);
	while (*flag < value && !late)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	assert_false(late);
}

int t_connect(const char *address)
{
	struct timeval limit = { LIMIT_S, 0 };
	struct dio_rpc_addr a;
	int fd;

	assert_int_equal(dio_rpc_addr_parse(address, &a), 0);
	fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a.sa, a.len), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

int t_connect_from(const char *address, unsigned n)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + n);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(atoi(strrchr(address, ':') + 1));
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

int t_adopt_from(struct dio_rpc_server *rpc, uid_t user)
{
	int pair[2], rc;

	assert_int_equal(seteuid(user), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(seteuid(0), 0);
	rc = dio_rpc_server_adopt(rpc, pair[0]);
	if (rc == 0)
		return pair[1];
	close(pair[1]);
	return rc;
}

void t_turn(struct event_base *base, int n)
{
	while (n-- > 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

bool t_is_open(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

void t_close_all(int *fds, int n)
{
	while (n-- > 0)
		close(fds[n]);
}

int t_count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

void t_send(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}
