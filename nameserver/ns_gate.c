/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who waits before a host, and for how long. What is to be compiled takes a
 * hundred times as long as what is not, so each has a lane of its own: neither
 * stands behind the other, nor is its wait guessed from the other's. Guesses
 * are of what was; that nobody waits for longer than he was let wait is seen to
 * by a timer.
 */
#include "ns_safexd_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <event2/event.h>

#define WAITING_MAX	256	/* operations before the gate, in each lane */
#define WAIT_MAX_MS	7000	/* that one may have to wait there */
#define RETRY_AFTER_MIN_MS	1000
#define RETRY_AFTER_MAX_MS	60000
#define FIRST_GAP_MS	200	/* before there was one: half a compile */

static unsigned int inside_of(const struct ns_lane *l, uid_t uid)
{
	const struct ns_op *op;
	unsigned int n = 0;

	TAILQ_FOREACH(op, &l->h->ns->ops, entry)
		n += op->inside && op->host == l->h && op->compiles == l->compiles && op->who.uid == uid;
	return n;
}

static bool has_place(const struct ns_lane *l, uid_t uid)
{
	return l->h->state == NS_SAFEXD_READY && l->inside < NS_SAFEXD_LANE &&
	       inside_of(l, uid) < NS_SAFEXD_INSIDE_UID;
}

static struct ns_gate_wait *next_inside(const struct ns_lane *l)
{
	struct ns_gate_wait *w;

	TAILQ_FOREACH(w, &l->waiting, entry)
		if (has_place(l, w->uid))
			return w;
	return NULL;
}

/* why: as of ns_entered. */
static void wait_ends(struct ns_lane *l, struct ns_gate_wait *w, const struct dio_status *why)
{
	TAILQ_REMOVE(&l->waiting, w, entry);
	if (!--l->n_waiting)
		evtimer_del(l->timer);
	w->entered(w->arg, why);
	free(w);
}

static void lane_admit(struct ns_lane *l)
{
	struct ns_gate_wait *w;

	while ((w = next_inside(l))) {
		l->inside++;
		wait_ends(l, w, NULL);
	}
}

/* Not entered again from an operation that ends at once: the loop goes on. */
void ns_gate_admit(struct ns_safexd *h)
{
	if (h->admitting)
		return;
	h->admitting = true;
	for (unsigned int i = 0; i < NS_LANES; i++)
		lane_admit(&h->lane[i]);
	h->admitting = false;
}

void ns_gate_fail_all(struct ns_safexd *h)
{
	struct ns_gate_wait *w;

	for (unsigned int i = 0; i < NS_LANES; i++)
		while ((w = TAILQ_FIRST(&h->lane[i].waiting)))
			wait_ends(&h->lane[i], w, &h->why);
}

static unsigned int mean_with(const struct ns_lane *l, int64_t now)
{
	return (7 * l->gap_ms + (unsigned int)(now - l->left_ms)) / 8;
}

/* Until the last of those who wait is inside. The gap that is still open may be the longest. */
static unsigned int lane_ms(const struct ns_lane *l)
{
	unsigned int open = l->n_waiting ? mean_with(l, dio_now_ms()) : 0;

	return (open > l->gap_ms ? open : l->gap_ms) * (l->n_waiting + 1);
}

/*
 * After how many ms somebody is to come again, for whom there may be room in
 * `ms`. Each is told another moment, as far apart as places become free, or all
 * would come at once and all but one be sent away again.
 */
static unsigned int retry_after(struct ns_lane *l, unsigned int ms)
{
	int64_t now = dio_now_ms(), at = now + (ms > RETRY_AFTER_MIN_MS ? ms : RETRY_AFTER_MIN_MS);

	if (at < l->told_ms + l->gap_ms)
		at = l->told_ms + l->gap_ms;
	if (at > now + RETRY_AFTER_MAX_MS)
		return RETRY_AFTER_MAX_MS;
	l->told_ms = at;
	return (unsigned int)(at - now);
}

/* ms after which to come again, or 0: there is room. */
static unsigned int lane_busy(struct ns_lane *l)
{
	unsigned int ms = lane_ms(l), limit = l->h->wait_ms;

	if (l->n_waiting < WAITING_MAX && ms <= limit)
		return 0;
	return retry_after(l, ms > limit ? ms - limit : 0);
}

static void set_timer(struct ns_lane *l, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(l->timer, &tv);
}

static void waited_too_long(struct ns_lane *l, struct ns_gate_wait *w)
{
	const struct ns_safexd *h = l->h;
	struct dio_status why;

	dio_status_busy(&why, retry_after(l, lane_ms(l)), h->state == NS_SAFEXD_READY ?
			"too many requests wait for host %s" : "host %s is not ready yet", h->name);
	wait_ends(l, w, &why);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct ns_lane *l = arg;
	int64_t first = dio_now_ms() - l->h->wait_ms;
	struct ns_gate_wait *w;

	(void)fd;
	(void)what;
	while ((w = TAILQ_FIRST(&l->waiting)) && w->since <= first)
		waited_too_long(l, w);
	if (w)
		set_timer(l, w->since - first);
}

int ns_gate_init(struct ns_safexd *h)
{
	h->wait_ms = WAIT_MAX_MS;
	for (unsigned int i = 0; i < NS_LANES; i++) {
		struct ns_lane *l = &h->lane[i];

		l->h = h;
		l->compiles = i;
		l->gap_ms = FIRST_GAP_MS;
		TAILQ_INIT(&l->waiting);
		l->timer = evtimer_new(h->ns->base, on_late, l);
		if (!l->timer)
			return -ENOMEM;
	}
	return 0;
}

void ns_gate_free(struct ns_safexd *h)
{
	for (unsigned int i = 0; i < NS_LANES; i++)
		if (h->lane[i].timer)
			event_free(h->lane[i].timer);
}

static void wait_begins(struct ns_lane *l, struct ns_gate_wait *w)
{
	w->since = dio_now_ms();
	if (!l->n_waiting) {
		l->left_ms = w->since;	/* before, nobody waited for a place */
		set_timer(l, l->h->wait_ms);
	}
	TAILQ_INSERT_TAIL(&l->waiting, w, entry);
	l->n_waiting++;
}

void ns_safexd_enter(struct ns_safexd *h, uid_t uid, bool compiles, ns_entered *entered, void *arg)
{
	struct ns_lane *l = &h->lane[compiles];
	unsigned int busy_ms;
	struct ns_gate_wait *w;
	struct dio_status why;

	if (h->closing) {
		entered(arg, &h->why);
		return;
	}
	/* Who goes in at once waits for none of those who may not. */
	busy_ms = has_place(l, uid) ? 0 : lane_busy(l);
	w = busy_ms ? NULL : malloc(sizeof(*w));
	if (!w) {
		dio_status_busy(&why, busy_ms ? busy_ms : retry_after(l, 0),
				"too many requests wait for host %s", h->name);
		entered(arg, &why);
		return;
	}
	*w = (struct ns_gate_wait){ .uid = uid, .entered = entered, .arg = arg };
	wait_begins(l, w);
	ns_gate_admit(h);
	if (h->state == NS_SAFEXD_DOWN)
		ns_safexd_start(h);
}

void ns_safexd_leave(struct ns_safexd *h, bool compiles)
{
	struct ns_lane *l = &h->lane[compiles];
	int64_t now = dio_now_ms();

	if (l->n_waiting)
		l->gap_ms = mean_with(l, now);
	l->left_ms = now;
	l->inside--;
	ns_gate_admit(h);
}
