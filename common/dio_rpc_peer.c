/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dio_process.h"
#include "dio_rpc_addr.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD	77	/* Linux 6.5 */
#endif

/*
 * The kernel's own pidfd where it has one. Before, the pid may already be
 * another's: nothing better can be had.
 */
static int peer_pidfd(int fd, pid_t pid)
{
	socklen_t len = sizeof(int);
	int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	if (errno != ENOPROTOOPT)
		return -1;
	if (pid <= 0) {
		errno = ESRCH;
		return -1;
	}
	return syscall(SYS_pidfd_open, pid, 0);
}

static int local_peer(int fd, struct dio_rpc_peer *out)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	out->local = true;
	out->uid = cred.uid;
	out->gid = cred.gid;
	out->pid = cred.pid;
	snprintf(out->address, sizeof(out->address), "uid %u pid %d", (unsigned)cred.uid,
		 (int)cred.pid);
	out->pidfd = peer_pidfd(fd, cred.pid);
	if (out->pidfd < 0)
		return errno == EMFILE || errno == ENFILE ? -errno : 0;
	out->process = dio_process_id(out->pidfd, cred.pid);
	/* Where that is read from /proc, it may be of a later process by then. */
	if (dio_process_ended(out->pidfd))
		out->process = 0;
	return 0;
}

static bool is_among(gid_t gid, const gid_t *groups, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(gid_t); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

/* Most have few; the kernel says how much it takes for the others. */
bool dio_rpc_peer_has_further(int fd, gid_t gid)
{
	gid_t few[64], *all;
	socklen_t size = sizeof(few);
	bool has;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &size) == 0)
		return is_among(gid, few, size);
	if (errno != ERANGE)
		return false;
	all = malloc(size);
	has = all && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &size) == 0 &&
	      is_among(gid, all, size);
	free(all);
	return has;
}

int dio_rpc_peer_get(int fd, struct dio_rpc_peer *out)
{
	struct dio_rpc_addr a = { .len = sizeof(a.sa) };

	memset(out, 0, sizeof(*out));
	out->uid = (uid_t)-1;
	out->gid = (gid_t)-1;
	out->pidfd = -1;
	if (getpeername(fd, (struct sockaddr *)&a.sa, &a.len) != 0)
		return -errno;
	if (a.sa.ss_family == AF_UNIX)
		return local_peer(fd, out);
	return dio_rpc_addr_format(&a, out->address, sizeof(out->address));
}

void dio_rpc_peer_end(struct dio_rpc_peer *p)
{
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
}

/* The ports of a host share. */
static size_t host_length(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? (size_t)(colon - address) : strlen(address);
}

static bool same_peer(const struct dio_rpc_share *s, const struct dio_rpc_peer *p)
{
	size_t n = host_length(p->address);

	if (s->local || p->local)
		return s->local == p->local && s->uid == p->uid;
	return strncmp(s->address, p->address, n) == 0 && !s->address[n];
}

static struct dio_rpc_share *share_new(struct dio_rpc_shares *all, const struct dio_rpc_peer *peer)
{
	struct dio_rpc_share *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->local = peer->local;
	s->uid = peer->uid;
	dio_rpc_turn_peer_init(&s->turns);
	memcpy(s->address, peer->address, host_length(peer->address));
	LIST_INSERT_HEAD(all, s, link);
	return s;
}

struct dio_rpc_share *dio_rpc_share_take(struct dio_rpc_shares *all,
					 const struct dio_rpc_peer *peer)
{
	struct dio_rpc_share *s;

	LIST_FOREACH(s, all, link)
		if (same_peer(s, peer))
			break;
	if (!s)
		s = share_new(all, peer);
	if (s)
		s->refs++;
	return s;
}

bool dio_rpc_share_is_root(const struct dio_rpc_share *s)
{
	return s->local && s->uid == 0;
}

void dio_rpc_share_drop(struct dio_rpc_share *s)
{
	if (--s->refs > 0)
		return;
	LIST_REMOVE(s, link);
	free(s);
}
