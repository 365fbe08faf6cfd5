/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_rpc_turns.h"

#include <errno.h>
#include <event2/event.h>

/* A timer that is due, not an active event: descriptors are looked at before it. */
static void arm(struct dio_rpc_turns *t)
{
	static const struct timeval now = { 0, 0 };

	if (TAILQ_EMPTY(&t->peers) || event_pending(t->next, EV_TIMEOUT, NULL))
		return;
	if (event_add(t->next, &now) != 0)
		event_active(t->next, EV_TIMEOUT, 0);	/* which takes no memory */
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
	struct dio_rpc_turns *t = arg;
	struct dio_rpc_turn_peer *p = TAILQ_FIRST(&t->peers);
	struct dio_rpc_turn *turn;

	(void)fd;
	(void)what;
	if (!p)
		return;
	turn = TAILQ_FIRST(&p->turns);
	dio_rpc_turn_drop(t, turn);
	/* Others of this peer come after those of all other peers. */
	if (!TAILQ_EMPTY(&p->turns)) {
		TAILQ_REMOVE(&t->peers, p, link);
		TAILQ_INSERT_TAIL(&t->peers, p, link);
	}
	arm(t);
	turn->serve(turn->arg);
}

int dio_rpc_turns_init(struct dio_rpc_turns *t, struct event_base *base)
{
	TAILQ_INIT(&t->peers);
	t->next = evtimer_new(base, on_next, t);
	return t->next ? 0 : -ENOMEM;
}

void dio_rpc_turns_end(struct dio_rpc_turns *t)
{
	if (t->next)
		event_free(t->next);
	t->next = NULL;
}

void dio_rpc_turn_peer_init(struct dio_rpc_turn_peer *p)
{
	TAILQ_INIT(&p->turns);
}

void dio_rpc_turn_ask(struct dio_rpc_turns *t, struct dio_rpc_turn_peer *p,
		      struct dio_rpc_turn *turn)
{
	if (turn->peer)
		return;
	if (TAILQ_EMPTY(&p->turns))
		TAILQ_INSERT_TAIL(&t->peers, p, link);
	TAILQ_INSERT_TAIL(&p->turns, turn, link);
	turn->peer = p;
	arm(t);
}

void dio_rpc_turn_drop(struct dio_rpc_turns *t, struct dio_rpc_turn *turn)
{
	struct dio_rpc_turn_peer *p = turn->peer;

	if (!p)
		return;
	turn->peer = NULL;
	TAILQ_REMOVE(&p->turns, turn, link);
	if (TAILQ_EMPTY(&p->turns))
		TAILQ_REMOVE(&t->peers, p, link);
}
