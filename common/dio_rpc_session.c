/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dio_log.h"
#include "dio_rpc_addr.h"

#define PENDING_MAX	(1024 * 1024)	/* bytes of unanswered calls, then reading stops */

void dio_rpc_complain(struct dio_rpc_host *host, const char *address, int err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec <= host->complained) {
		host->unsaid++;
		return;
	}
	dio_warn("%s: connection closed: %s (%u others not told)", address, strerror(-err),
		 host->unsaid);
	host->complained = now.tv_sec;
	host->unsaid = 0;
}

static void session_unlink(struct dio_rpc_session *s)
{
	if (!s->host)
		return;
	TAILQ_REMOVE(&s->host->sessions, s, link);
	s->host->n_sessions--;
	s->host->n_strangers -= !s->peer.local;
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
	dio_rpc_conn_hold(s->conn, s->calls >= DIO_RPC_OUTSTANDING || s->pending >= PENDING_MAX);
	if (s->share->bytes > DIO_RPC_PEER_BYTES)
		dio_rpc_conn_end(s->conn, -ENOBUFS);
}

void dio_rpc_session_count(struct dio_rpc_session *s, int calls, size_t bytes)
{
	s->calls += calls;
	s->pending += calls < 0 ? -bytes : bytes;
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
		dio_rpc_complain(s->host, s->peer.address, err);
	disconnect(s);
	charge(s);
	session_put(s);
}

static const struct dio_rpc_conn_ops session_ops = {
	dio_rpc_session_record, on_activity, on_closed
};

static int session_connect(struct dio_rpc_session *s, struct dio_rpc_host *host, int fd)
{
	int rc = dio_rpc_peer_get(fd, &s->peer);

	if (rc)
		return rc;
	/* Whoever has many addresses must not keep this machine's own users out. */
	if (!s->peer.local && host->n_strangers >= DIO_RPC_STRANGERS)
		return -EUSERS;
	s->share = dio_rpc_share_take(&host->shares, &s->peer);
	if (!s->share)
		return -EUSERS;
	s->conn = dio_rpc_conn_new(host->base, fd, false, &session_ops, s);
	if (!s->conn) {
		dio_rpc_share_drop(s->share);
		return -ENOMEM;
	}
	dio_rpc_conn_take_turns(s->conn, &host->turns, &s->share->turns);
	return 0;
}

int dio_rpc_session_new(struct dio_rpc_host *host, int fd)
{
	bool room = host->n_sessions < DIO_RPC_CONNECTIONS;
	struct dio_rpc_session *s = room ? calloc(1, sizeof(*s)) : NULL;
	int rc = room ? -ENOMEM : -EUSERS;

	if (s) {
		s->peer.pidfd = -1;
		dio_rpc_addr_tune(fd);
		rc = session_connect(s, host, fd);
	}
	if (rc == 0) {
		s->host = host;
		TAILQ_INSERT_TAIL(&host->sessions, s, link);
		host->n_sessions++;
		host->n_strangers += !s->peer.local;
		return 0;
	}
	if (s)
		dio_rpc_peer_end(&s->peer);
	free(s);
	close(fd);
	return rc;
}

void dio_rpc_sessions_end(struct dio_rpc_host *host)
{
	struct dio_rpc_session *s;

	while ((s = TAILQ_FIRST(&host->sessions))) {
		disconnect(s);
		session_unlink(s);
		session_put(s);
	}
}
