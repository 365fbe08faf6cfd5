/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_room.h"

#include "dio_clock.h"
#include "dio_rpc.h"
#include "dio_rpc_session.h"

#define PER_PLACE	6	/* descriptors: two are used, four are for all else */

int dio_rpc_idle_ms = DIO_RPC_IDLE_MS;

/* Whose connections a limit counts: each is part of the next. */
enum scope { OWN, STRANGERS, USERS, ALL, SCOPES };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned dio_rpc_room_places(uint64_t descriptors)
{
	uint64_t places = descriptors / PER_PLACE;

	if (places > DIO_RPC_CONNECTIONS)
		return DIO_RPC_CONNECTIONS;
	return places ? (unsigned)places : 1;
}

static bool is_full(const struct dio_rpc_host *host, const struct dio_rpc_share *share,
		    enum scope scope)
{
	switch (scope) {
	case OWN:
		return share->connections >=
		       (share->local ? DIO_RPC_PER_UID : DIO_RPC_PER_PEER);
	case STRANGERS:
		return !share->local &&
		       host->n_strangers >= least(DIO_RPC_STRANGERS, host->places / 2);
	case USERS:
		return !dio_rpc_share_is_root(share) &&
		       host->n_sessions - host->n_root >=
			       host->places - least(DIO_RPC_FOR_ROOT, host->places / 4);
	default:
		return host->n_sessions >= host->places || host->starved;
	}
}

static bool is_in(const struct dio_rpc_session *s, const struct dio_rpc_share *share,
		  enum scope scope)
{
	switch (scope) {
	case OWN:
		return s->share == share;
	case STRANGERS:
		return !s->peer.local;
	case USERS:
		return !dio_rpc_share_is_root(s->share);
	default:
		return true;
	}
}

/* A request that is there, if only in part, is worth more than a rule. */
static bool is_idle(const struct dio_rpc_session *s)
{
	return s->conn && s->calls == 0 && dio_rpc_conn_is_quiet(s->conn);
}

/* Of the peer who has most, the one used longest ago. */
static struct dio_rpc_session *find_idle(const struct dio_rpc_host *host,
					 const struct dio_rpc_share *share, enum scope scope)
{
	int64_t since = dio_now_ms() - dio_rpc_idle_ms;
	struct dio_rpc_session *s, *found = NULL;

	TAILQ_FOREACH(s, &host->sessions, link) {
		if (s->used > since)
			break;
		if (found && s->share->connections <= found->share->connections)
			continue;
		if (is_in(s, share, scope) && is_idle(s))
			found = s;
	}
	return found;
}

/* Idle or not: of the peer who has most, and still has no fewer than share without it. */
static struct dio_rpc_session *find_surplus(const struct dio_rpc_host *host,
					    const struct dio_rpc_share *share, enum scope scope)
{
	unsigned most = share->connections + 1;
	struct dio_rpc_session *s, *found = NULL;

	TAILQ_FOREACH(s, &host->sessions, link) {
		if (s->share->connections <= most || !is_in(s, share, scope))
			continue;
		if (!s->conn || s->calls > 0)
			continue;
		most = s->share->connections;
		found = s;
	}
	return found;
}

static bool evict(struct dio_rpc_host *host, const struct dio_rpc_share *share, enum scope scope)
{
	struct dio_rpc_session *s = find_idle(host, share, scope);

	if (!s)
		s = find_surplus(host, share, scope);
	if (!s)
		return false;
	dio_rpc_session_evict(s);
	return true;
}

/* Until the one of them that was used longest ago has been idle long enough. */
static unsigned time_until_idle(const struct dio_rpc_host *host, const struct dio_rpc_share *share,
				enum scope scope)
{
	struct dio_rpc_session *s;
	int64_t ms = dio_rpc_idle_ms;

	TAILQ_FOREACH(s, &host->sessions, link)
		if (is_in(s, share, scope) && is_idle(s)) {
			ms -= dio_now_ms() - s->used;
			break;
		}
	return ms > 0 ? (unsigned)ms : 1;
}

unsigned dio_rpc_room_make(struct dio_rpc_host *host, const struct dio_rpc_share *share)
{
	for (enum scope scope = OWN; scope < SCOPES; scope++)
		if (is_full(host, share, scope) && !evict(host, share, scope))
			return time_until_idle(host, share, scope);
	return 0;
}

/* Of share, or of the peer who has most guests: the one used longest ago. */
static struct dio_rpc_session *find_guest(const struct dio_rpc_host *host,
					  const struct dio_rpc_share *share)
{
	struct dio_rpc_session *s, *found = NULL;

	TAILQ_FOREACH(s, &host->guests, link) {
		if (share && s->share != share)
			continue;
		if (!found || s->share->guests > found->share->guests)
			found = s;
	}
	return found;
}

void dio_rpc_room_guest(struct dio_rpc_host *host, const struct dio_rpc_share *share)
{
	struct dio_rpc_session *s = NULL;

	if (share->guests >= DIO_RPC_GUESTS_PER_PEER)
		s = find_guest(host, share);
	else if (host->n_guests >= least(DIO_RPC_GUESTS, host->places / 8))
		s = find_guest(host, NULL);
	if (s)
		dio_rpc_session_evict(s);
}

bool dio_rpc_room_free(struct dio_rpc_host *host)
{
	struct dio_rpc_session *s = find_guest(host, NULL);

	if (!s)
		s = find_idle(host, NULL, ALL);
	if (s)
		dio_rpc_session_evict(s);
	return s != NULL;
}
