/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_rpc.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_room.h"
#include "dio_rpc_session.h"

#define BACKLOG		128
#define ACCEPT_PAUSE_MS	100	/* after accept failed and nobody gave for it */
#define SPARES		2	/* a connection and its peer's process */

struct listener {
	LIST_ENTRY(listener) link;
	struct dio_rpc_server *server;
	int fd;
	struct event *ready;		/* somebody has connected */
	struct event *resume;
	struct dio_rpc_addr address;
};

struct dio_rpc_server {
	struct dio_rpc_host host;
	LIST_HEAD(, listener) listeners;
	int spares[SPARES];	/* descriptors to be had when there are no more; -1: used */
};

/* Are they all there? Those that are not are opened again, if that can be. */
static bool spares_fill(struct dio_rpc_server *s)
{
	size_t i;

	s->host.starved = false;
	for (i = 0; i < SPARES; i++) {
		if (s->spares[i] < 0)
			s->spares[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		s->host.starved |= s->spares[i] < 0;
	}
	return !s->host.starved;
}

static void spares_use(struct dio_rpc_server *s)
{
	size_t i;

	for (i = 0; i < SPARES; i++) {
		if (s->spares[i] >= 0)
			close(s->spares[i]);
		s->spares[i] = -1;
	}
	s->host.starved = true;
}

static unsigned places(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return DIO_RPC_CONNECTIONS;
	return dio_rpc_room_places(r.rlim_cur);
}

struct dio_rpc_server *dio_rpc_server_new(struct event_base *base,
					  const struct dio_rpc_program *programs, size_t n)
{
	struct dio_rpc_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->host.base = base;
	s->host.programs = programs;
	s->host.n_programs = n;
	s->host.places = places();
	s->spares[0] = s->spares[1] = -1;
	spares_fill(s);
	TAILQ_INIT(&s->host.sessions);
	TAILQ_INIT(&s->host.guests);
	LIST_INIT(&s->host.shares);
	LIST_INIT(&s->listeners);
	if (dio_rpc_turns_init(&s->host.turns, base) == 0)
		return s;
	spares_use(s);
	free(s);
	return NULL;
}

void dio_rpc_server_admit(struct dio_rpc_server *s, dio_rpc_may_connect *may, void *arg)
{
	s->host.may = may;
	s->host.may_arg = arg;
}

int dio_rpc_server_adopt(struct dio_rpc_server *s, int fd)
{
	if (evutil_make_socket_nonblocking(fd) != 0 || evutil_make_socket_closeonexec(fd) != 0) {
		close(fd);
		return -EBADF;
	}
	return dio_rpc_session_new(&s->host, fd);
}

static int accept_one(const struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Without the pause the loop would spin on a connection it cannot take. */
static void pause_listening(struct listener *l)
{
	static const struct timeval pause = { 0, ACCEPT_PAUSE_MS * 1000 };

	event_del(l->ready);
	event_add(l->resume, &pause);
}

/* Who waits is told BUSY at least, or has the place of one who has more. */
static void accept_with_spares(struct listener *l)
{
	int fd;

	spares_use(l->server);
	fd = accept_one(l);
	if (fd >= 0)
		dio_rpc_session_new(&l->server->host, fd);
}

/*
 * Out of descriptors: a connection is closed, and what it had is free before the loop
 * comes here again. All in use: one newcomer a pause has the spares.
 */
static void accept_failed(struct listener *l, int err)
{
	bool starved = err == -EMFILE || err == -ENFILE;

	if (err == -EAGAIN || err == -EINTR || err == -ECONNABORTED)
		return;
	dio_rpc_complain(&l->server->host, "new client", "no connection", err);
	if (starved && dio_rpc_room_free(&l->server->host))
		return;
	if (starved)
		accept_with_spares(l);
	pause_listening(l);
}

/* One a pass of the loop: whoever connects again and again stops nobody else's records. */
static void on_ready(evutil_socket_t from, short what, void *arg)
{
	struct listener *l = arg;
	int fd = accept_one(l);

	(void)from;
	(void)what;
	if (fd >= 0)
		dio_rpc_session_new(&l->server->host, fd);
	else
		accept_failed(l, fd);
}

/* The guest who had the spares has had his time. */
static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	if (spares_fill(l->server)) {
		event_add(l->ready, NULL);
		return;
	}
	dio_rpc_room_free(&l->server->host);
	pause_listening(l);
}

/* A socket file that nobody listens on is left over from a crash. */
static int clear_stale(const struct dio_rpc_addr *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
	struct stat st;
	int fd;

	if (lstat(un->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = dio_rpc_addr_connect(a);
	if (fd >= 0)
		close(fd);
	if (fd != -ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(un->sun_path) == 0 ? 0 : -errno;
}

/* The file is never, not for a moment, more open than mode. */
static int bind_unix(int fd, const struct dio_rpc_addr *a, mode_t mode)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
	int rc = clear_stale(a);
	mode_t old;

	if (rc)
		return rc;
	old = umask(0777);
	rc = bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0 ? 0 : -errno;
	umask(old);
	if (rc == 0 && chmod(un->sun_path, mode) != 0)
		rc = -errno;
	return rc;
}

static int bind_tcp(int fd, const struct dio_rpc_addr *a)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return -errno;
	return bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0 ? 0 : -errno;
}

/* A bound socket; *a becomes its address with the port it got. */
static int bound_socket(struct dio_rpc_addr *a, mode_t mode)
{
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = a->sa.ss_family == AF_UNIX ? bind_unix(fd, a, mode) : bind_tcp(fd, a);
	if (rc == 0 && a->sa.ss_family != AF_UNIX &&
	    getsockname(fd, (struct sockaddr *)&a->sa, &a->len) != 0)
		rc = -errno;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* Its descriptor stays open. */
static void listener_free(struct listener *l)
{
	if (l->resume)
		event_free(l->resume);
	if (l->ready)
		event_free(l->ready);
	free(l);
}

/* Owns fd when it succeeds. */
static int listener_start(struct dio_rpc_server *s, const struct dio_rpc_addr *a, int fd)
{
	struct listener *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return -ENOMEM;
	l->server = s;
	l->fd = fd;
	l->address = *a;
	l->resume = evtimer_new(s->host.base, on_resume, l);
	l->ready = event_new(s->host.base, fd, EV_READ | EV_PERSIST, on_ready, l);
	if (!l->resume || !l->ready || event_add(l->ready, NULL) != 0)
		err = -ENOMEM;
	else if (listen(fd, BACKLOG) != 0)
		err = -errno;
	if (err) {
		listener_free(l);
		return err;
	}
	LIST_INSERT_HEAD(&s->listeners, l, link);
	return 0;
}

int dio_rpc_server_listen(struct dio_rpc_server *s, const char *address, mode_t mode)
{
	struct dio_rpc_addr a;
	int rc, fd;

	rc = dio_rpc_addr_parse(address, &a);
	if (rc)
		return rc;
	fd = bound_socket(&a, mode);
	if (fd < 0)
		return fd;
	rc = listener_start(s, &a, fd);
	if (rc)
		close(fd);
	return rc;
}

int dio_rpc_server_address(const struct dio_rpc_server *s, char *buf, size_t size)
{
	const struct listener *l = LIST_FIRST(&s->listeners);

	return l ? dio_rpc_addr_format(&l->address, buf, size) : -ENOTCONN;
}

void dio_rpc_server_free(struct dio_rpc_server *s)
{
	struct listener *l;
	int fd;

	if (!s)
		return;
	while ((l = LIST_FIRST(&s->listeners))) {
		if (l->address.sa.ss_family == AF_UNIX)
			unlink(((struct sockaddr_un *)&l->address.sa)->sun_path);
		LIST_REMOVE(l, link);
		fd = l->fd;
		listener_free(l);
		close(fd);
	}
	dio_rpc_sessions_end(&s->host);
	spares_use(s);
	dio_rpc_turns_end(&s->host.turns);
	free(s);
}
