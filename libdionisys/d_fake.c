/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_fake.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include "d_fake_procs.h"
#include "dio_rpc.h"

struct fake fake;

static char directory[64], address[96];
static struct event_base *base;
static struct dio_rpc_server *server;
static struct event *accepting, *stopping;
static int listener, stop_pipe[2], kept[16], n_kept;
static pthread_t thread;

static void read_raw(int fd)
{
	ssize_t n = recv(fd, fake.raw, sizeof(fake.raw), 0);

	fake.n_raw = n > 0 ? (size_t)n : 0;
}

static void on_connection(evutil_socket_t from, short what, void *arg)
{
	int fd = accept4((int)from, NULL, NULL, SOCK_CLOEXEC);

	(void)what;
	(void)arg;
	if (fake.connection == FAKE_DROP && fake.drops-- == 0)
		fake.connection = FAKE_SERVE;
	switch (fake.connection) {
	case FAKE_SERVE:
		evutil_make_socket_nonblocking(fd);
		dio_rpc_server_adopt(server, fd);
		return;
	case FAKE_MUTE:
		kept[n_kept++] = fd;
		return;
	case FAKE_DROP:
		read_raw(fd);
		break;
	case FAKE_BYTES:
		read_raw(fd);
		if (send(fd, fake.bytes, fake.n_bytes, MSG_NOSIGNAL) < 0)
			perror("fake: send");
		break;
	}
	close(fd);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void *serve(void *arg)
{
	event_base_dispatch(arg);
	return NULL;
}

static void listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strncpy(sun.sun_path, path, sizeof(sun.sun_path) - 1);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listener, 16), 0);
}

static void start_thread(void)
{
	base = event_base_new();
	server = dio_rpc_server_new(base, fake_programs, FAKE_PROGRAMS);
	assert_non_null(server);
	assert_int_equal(pipe(stop_pipe), 0);
	accepting = event_new(base, listener, EV_READ | EV_PERSIST, on_connection, NULL);
	stopping = event_new(base, stop_pipe[0], EV_READ, on_stop, base);
	event_add(accepting, NULL);
	event_add(stopping, NULL);
	assert_int_equal(pthread_create(&thread, NULL, serve, base), 0);
}

void fake_starts(void)
{
	listen_at(address + 5);
	start_thread();
}

void fake_dies(void)
{
	assert_int_equal(write(stop_pipe[1], "x", 1), 1);
	pthread_join(thread, NULL);
	event_free(accepting);
	event_free(stopping);
	dio_rpc_server_free(server);
	event_base_free(base);
	close(stop_pipe[0]);
	close(stop_pipe[1]);
	close(listener);
	unlink(address + 5);
}

int fake_setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	signal(SIGPIPE, SIG_IGN);
	strcpy(directory, "/tmp/dio-lib-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(address, sizeof(address), "unix:%s/socket", directory);
	setenv("DIONISYS_NAMESERVER", address, 1);
	fake_procs_start(address);
	fake_starts();
	DSetDeadline(10000);
	return 0;
}

int fake_teardown(void **state)
{
	(void)state;
	fake_dies();
	fake_procs_stop();
	while (n_kept)
		close(kept[--n_kept]);
	rmdir(directory);
	return 0;
}

const struct fake_call *fake_last(uint32_t proc)
{
	unsigned int i;

	for (i = fake.n_calls; i-- > 0;)
		if (fake.calls[i].proc == proc)
			return &fake.calls[i];
	fail_msg("procedure %u was not called", proc);
	return NULL;
}

unsigned int fake_count(uint32_t proc)
{
	unsigned int i, n = 0;

	for (i = 0; i < fake.n_calls; i++)
		n += fake.calls[i].proc == proc;
	return n;
}

void assert_error(int code, const char *part)
{
	if (DError() != code || !strstr(DErrorText(), part))
		fail_msg("error %d \"%s\", not %d with \"%s\"", DError(), DErrorText(), code, part);
}

/* The kernel's part of a class descriptor: takes the place of the C library's. */
int ioctl(int fd, unsigned long request, ...)
{
	struct safex_set *set;
	va_list ap;

	va_start(ap, request);
	set = va_arg(ap, struct safex_set *);
	va_end(ap);
	if (request != SAFEX_IOC_CLASS_SET)
		return (int)syscall(SYS_ioctl, fd, request, set);
	fake.set = *set;
	if (fake.set_errno) {
		errno = fake.set_errno;
		return -1;
	}
	set->verdict = fake.set_verdict;
	if (!set->verdict)
		fake.page->value[set->slot] = set->value;
	return 0;
}
