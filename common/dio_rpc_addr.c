/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_addr.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "dio_clock.h"

static int parse_unix(const char *path, struct dio_rpc_addr *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->sa;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(un->sun_path))
		return -ENAMETOOLONG;
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	out->len = sizeof(*un);
	return 0;
}

/* Splits "host:port" or "[host]:port"; the port, or NULL. */
static const char *split_port(char *text, char **host)
{
	char *colon = strrchr(text, ':');

	if (!colon || colon == text)
		return NULL;
	*colon = '\0';
	*host = text;
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		*host = text + 1;
	} else if (strchr(text, ':')) {
		return NULL;
	}
	return colon + 1;
}

/* getaddrinfo would take 70000 for 4464. */
static bool port_valid(const char *port)
{
	size_t digits = strspn(port, "0123456789");

	return digits > 0 && digits <= 5 && !port[digits] && atoi(port) <= 65535;
}

static int parse_tcp(const char *text, struct dio_rpc_addr *out)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;
	const char *port;
	char copy[80], *host;

	if (strlen(text) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, text);
	port = split_port(copy, &host);
	if (!port || !port_valid(port))
		return -EINVAL;
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -EINVAL;
	memcpy(&out->sa, found->ai_addr, found->ai_addrlen);
	out->len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int dio_rpc_addr_parse(const char *address, struct dio_rpc_addr *out)
{
	memset(out, 0, sizeof(*out));
	if (strncmp(address, "unix:", 5) == 0)
		return parse_unix(address + 5, out);
	if (strncmp(address, "tcp:", 4) == 0)
		return parse_tcp(address + 4, out);
	return -EINVAL;
}

static int format_tcp(const struct dio_rpc_addr *a, char *buf, size_t size)
{
	const char *form = a->sa.ss_family == AF_INET6 ? "tcp:[%s]:%s" : "tcp:%s:%s";
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE], port[8];
	int len;

	if (getnameinfo((const struct sockaddr *)&a->sa, a->len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -ENOSPC;
	len = snprintf(buf, size, form, host, port);
	return len < 0 || (size_t)len >= size ? -ENOSPC : 0;
}

int dio_rpc_addr_format(const struct dio_rpc_addr *a, char *buf, size_t size)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
	int len;

	if (a->sa.ss_family != AF_UNIX)
		return format_tcp(a, buf, size);
	len = snprintf(buf, size, "unix:%.*s", (int)sizeof(un->sun_path),
		       a->len > offsetof(struct sockaddr_un, sun_path) ? un->sun_path : "");
	return len < 0 || (size_t)len >= size ? -ENOSPC : 0;
}

int dio_rpc_addr_connect(const struct dio_rpc_addr *a)
{
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	dio_rpc_addr_tune(fd);
	if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0 || errno == EINPROGRESS)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The kernel's own queue of those who wait is in order. Signals do not end the wait. */
static int connect_in_turn(int fd, const struct dio_rpc_addr *a, int ms)
{
	int64_t now = dio_now_ms(), deadline = now + ms;
	struct timeval left;

	while (now < deadline) {
		left = (struct timeval){ (deadline - now) / 1000, (deadline - now) % 1000 * 1000 };
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left)) != 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
			return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? 0 : -errno;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		now = dio_now_ms();
	}
	return -ETIMEDOUT;
}

int dio_rpc_addr_connect_wait(const struct dio_rpc_addr *a, int ms)
{
	int fd, err;

	if (a->sa.ss_family != AF_UNIX)
		return dio_rpc_addr_connect(a);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = connect_in_turn(fd, a, ms);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

void dio_rpc_addr_tune(int fd)
{
	int on = 1, idle_s = 30, interval_s = 10, probes = 3, unacked_ms = 60000;
	int family = 0;
	socklen_t len = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) != 0 || family == AF_UNIX)
		return;
	/* A socket that refuses one of these still works, only slower. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
}
