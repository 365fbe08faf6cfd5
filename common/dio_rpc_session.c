/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dio_clock.h"
#include "dio_log.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_room.h"

void dio_rpc_complain(struct dio_rpc_host *host, const char *address, const char *what, int err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec <= host->complained) {
		host->unsaid++;
		return;
	}
	dio_warn("%s: %s: %s (%u others not told)", address, what, strerror(-err), host->unsaid);
	host->complained = now.tv_sec;
	host->unsaid = 0;
}

static struct dio_rpc_sessions *list_of(struct dio_rpc_session *s)
{
	return s->guest ? &s->host->guests : &s->host->sessions;
}

/* n: 1 or -1. */
static void count_in(struct dio_rpc_session *s, int n)
{
	struct dio_rpc_host *host = s->host;

	if (s->guest) {
		host->n_guests += n;
		s->share->guests += n;
		return;
	}
	host->n_sessions += n;
	host->n_strangers += s->peer.local ? 0 : n;
	host->n_root += dio_rpc_share_is_root(s->share) ? n : 0;
	s->share->connections += n;
}

static void enlist(struct dio_rpc_session *s, bool guest)
{
	s->guest = guest;
	s->used = dio_now_ms();
	TAILQ_INSERT_TAIL(list_of(s), s, link);
	count_in(s, 1);
}

static void delist(struct dio_rpc_session *s)
{
	TAILQ_REMOVE(list_of(s), s, link);
	count_in(s, -1);
}

/* The lists stay in the order of use. */
static void touch(struct dio_rpc_session *s)
{
	if (!s->host)
		return;
	s->used = dio_now_ms();
	TAILQ_REMOVE(list_of(s), s, link);
	TAILQ_INSERT_TAIL(list_of(s), s, link);
}

static void session_unlink(struct dio_rpc_session *s)
{
	if (!s->host)
		return;
	delist(s);
	s->share->bytes -= s->charged;
	dio_rpc_share_drop(s->share);
	s->host = NULL;
	s->share = NULL;
}

static void session_put(struct dio_rpc_session *s)
{
	if (s->conn || s->calls > 0)
		return;
	session_unlink(s);
	dio_rpc_peer_end(&s->peer);
	free(s);
}

static void disconnect(struct dio_rpc_session *s)
{
	dio_rpc_conn_free(s->conn);
	s->conn = NULL;
}

/* Brings the peer's account up to date and stops one who overdraws it. */
static void charge(struct dio_rpc_session *s)
{
	size_t now = s->pending + (s->conn ? dio_rpc_conn_held(s->conn) : 0);

	if (!s->share)
		return;
	s->share->bytes += now - s->charged;
	s->charged = now;
	if (!s->conn)
		return;
	dio_rpc_conn_hold(s->conn, s->calls >= DIO_RPC_OUTSTANDING || s->pending >= DIO_RPC_PENDING_MAX);
	if (s->share->bytes > DIO_RPC_PEER_BYTES)
		dio_rpc_conn_end(s->conn, -ENOBUFS);
}

void dio_rpc_session_count(struct dio_rpc_session *s, int calls, size_t bytes)
{
	s->calls += calls;
	s->pending += calls < 0 ? -bytes : bytes;
	touch(s);
	charge(s);
	session_put(s);
}

static void on_activity(void *arg)
{
	charge(arg);
}

static void on_closed(void *arg, int err)
{
	struct dio_rpc_session *s = arg;

	if (err != -ECONNRESET)
		dio_rpc_complain(s->host, s->peer.address, "connection closed", err);
	disconnect(s);
	charge(s);
	session_put(s);
}

static const struct dio_rpc_conn_ops session_ops = {
	dio_rpc_session_record, on_activity, on_closed
};

void dio_rpc_session_evict(struct dio_rpc_session *s)
{
	disconnect(s);
	session_put(s);
}

unsigned dio_rpc_session_admit(struct dio_rpc_session *s)
{
	unsigned wait;

	touch(s);
	if (!s->guest)
		return 0;
	wait = dio_rpc_room_make(s->host, s->share);
	if (wait) {
		dio_rpc_complain(s->host, s->peer.address, "no room for its connection", -EUSERS);
		return wait;
	}
	delist(s);
	enlist(s, false);
	return 0;
}

/* Without a descriptor left for its pidfd, somebody idle gives his. */
static int find_peer(struct dio_rpc_session *s, struct dio_rpc_host *host, int fd)
{
	int rc = dio_rpc_peer_get(fd, &s->peer);

	if ((rc == -EMFILE || rc == -ENFILE) && dio_rpc_room_free(host))
		rc = dio_rpc_peer_get(fd, &s->peer);
	if (rc)
		return rc;
	return !host->may || host->may(host->may_arg, &s->peer) ? 0 : -EACCES;
}

static int session_connect(struct dio_rpc_session *s, struct dio_rpc_host *host, int fd)
{
	int rc = find_peer(s, host, fd);

	if (rc)
		return rc;
	s->share = dio_rpc_share_take(&host->shares, &s->peer);
	if (!s->share)
		return -ENOMEM;
	s->conn = dio_rpc_conn_new(host->base, fd, false, &session_ops, s);
	if (!s->conn) {
		dio_rpc_share_drop(s->share);
		return -ENOMEM;
	}
	dio_rpc_conn_take_turns(s->conn, &host->turns, &s->share->turns);
	return 0;
}

static void session_settle(struct dio_rpc_session *s, struct dio_rpc_host *host)
{
	bool guest = dio_rpc_room_make(host, s->share) != 0;

	if (guest)
		dio_rpc_room_guest(host, s->share);
	s->host = host;
	enlist(s, guest);
}

int dio_rpc_session_new(struct dio_rpc_host *host, int fd)
{
	struct dio_rpc_session *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	if (s) {
		s->peer.pidfd = -1;
		dio_rpc_addr_tune(fd);
		rc = session_connect(s, host, fd);
	}
	if (rc == 0) {
		session_settle(s, host);
		return 0;
	}
	dio_rpc_complain(host, s && s->peer.address[0] ? s->peer.address : "new client",
			 "connection closed", rc);
	if (s)
		dio_rpc_peer_end(&s->peer);
	free(s);
	close(fd);
	return rc;
}

static void end_all(struct dio_rpc_sessions *all)
{
	struct dio_rpc_session *s;

	while ((s = TAILQ_FIRST(all))) {
		disconnect(s);
		session_unlink(s);
		session_put(s);
	}
}

void dio_rpc_sessions_end(struct dio_rpc_host *host)
{
	end_all(&host->sessions);
	end_all(&host->guests);
}
