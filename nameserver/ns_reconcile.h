/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drives one host to the state that the store wants. After each connection, from
 * a report of what it has. After the end of a process, and to end an application,
 * only what that application had is looked at, and taken away: the host is not
 * asked, nor are the rows of others read. What an operation holds just then is
 * left to it.
 */
#ifndef NS_RECONCILE_H
#define NS_RECONCILE_H

#include "ns_safexd.h"

enum ns_act {
	NS_ACT_REMOVE,	/* at the host, then its row if it has one */
	NS_ACT_FORGET,	/* the row only */
	NS_ACT_COMMIT,	/* it is there, but does not run */
	NS_ACT_MAKE,	/* the host lost it, or this version of it */
	NS_ACT_SETTLE,	/* its version's probation has ended, well or not */
};

struct ns_action {
	enum ns_act	act;
	struct ns_id	id;
	uint32_t	running, cause;	/* what the host has, see ns_version_settle() */
	bool		deferred;	/* to another pass */
};

/*
 * rows: of this host. ending: of those, whose application is to end.
 * part: the rows are those of one application, what the host has is not known, and
 * what others have made stays.
 */
struct ns_plan_input {
	const struct ns_object	*row;
	const bool		*unwanted;	/* by application or process; per row */
	size_t			 n_rows;
	const struct ns_live	*live;
	size_t			 n_live;
	bool			 part;
	const char		*host;
	/* Whether an operation has it in hand; arg is held_arg. */
	bool			(*held)(void *arg, const struct ns_id *id);
	void			*held_arg;
};

/*
 * Pure.  Actions in an order that can be carried out: removal from channels
 * to managers, then making from managers to channels.  *out is the caller's
 * to free(). 0 or -ENOMEM.
 */
int ns_plan(const struct ns_plan_input *in, struct ns_action **out, size_t *n);

/*
 * done: once, perhaps before ns_reconcile_start() returns.  A failure means
 * that the host or the store could not be asked; again: that something was
 * still in use and another pass is needed.
 */
typedef void ns_reconciled(void *arg, const struct dio_status *status, bool again);
struct ns_reconcile;
/*
 * cd: n applications, the only ones to be looked at; n 0: everything is. It is the
 * pass's, which free()s it, also on failure.
 * *pass is set before anything else happens. 0 or -ENOMEM.
 */
int ns_reconcile_start(struct ns_safexd *h, uint64_t *cd, size_t n, struct ns_reconcile **pass,
		       ns_reconciled *done, void *arg);
/* Whether the pass is still to act on id. NULL is fine. */
bool ns_reconcile_holds(const struct ns_reconcile *r, const struct ns_id *id);

#endif
