/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that somebody may see, a page at a time: service managers, then
 * applications by descriptor. No rows are read but those of managers and of
 * applications that are the caller's, root's being all.
 */
#ifndef NS_WALK_H
#define NS_WALK_H

#include "ns_authz.h"
#include "ns_object.h"
#include "ns_store.h"

#define NS_WALK_PAGE	DIO_X_ENTRIES	/* rows that are read for a page, at most */

struct ns;

/* What is told of an object from its row. */
struct ns_seen {
	struct ns_id	  id;
	uint64_t	  period, budget;	/* ns */
	uint64_t	  created;		/* ns since 1970 */
	struct ns_process process;
	uid_t		  uid;
};

struct ns_walk {
	struct ns	   *ns;
	struct ns_principal who;
	unsigned int	    kind;	/* 0: of all kinds */
	uint64_t	    cd;		/* 0: of all that the caller may see */
	char		    after[NS_KEY_MAX];	/* where the next page begins; "": the first */
	bool		    ended;
	struct ns_seen	   *seen;	/* malloc'ed: what was found, page after page */
	size_t		    n;
};

/*
 * Adds the next page to `seen`, perhaps nothing, in the order in which they are
 * told. An application is cut only where a page does not hold it. 0; -EINVAL:
 * `after` is none; -errno of the store, -ENOMEM.
 */
int ns_walk_page(struct ns_walk *w);

#endif
