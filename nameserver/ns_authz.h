/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may do what: the one place that decides, and it denies by default. */
#ifndef NS_AUTHZ_H
#define NS_AUTHZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/safex.h>

#include "dio_name.h"

enum ns_verb {
	NS_VERB_INIT		= 1,
	NS_VERB_CREATE	= 2,
	NS_VERB_DESTROY	= 3,
	NS_VERB_END		= 4,
	NS_VERB_SEE		= 5,	/* list, locate, read records */
	NS_VERB_REPLACE	= 7,	/* a monitor or handler by a new version */
	NS_VERB_CHECK	= 8,	/* whether a create would succeed; never in the store */
	NS_VERB_RECOVER	= 6,	/* the nameserver's own doing, in the audit log only */
};

/*
 * From the connection. Not local: nothing else is valid. pid 0: the peer has
 * ended, or has no number in the nameserver's pid namespace.
 */
struct ns_principal {
	bool	 local;
	uid_t	 uid;
	gid_t	 gid;
	pid_t	 pid;
	uint64_t process;	/* its id (dio_process.h); 0: not known */
	bool	 makes_managers;	/* it is in the group of NS_MANAGERS_GROUP */
	bool	 other_ids;	/* the process ids that it tells are of another pid namespace */
};

/* owner: of the application, or who made the manager; not for NS_VERB_INIT and for
 * NS_VERB_CREATE of a manager. kind NONE: the application itself. */
struct ns_target {
	enum safex_kind	kind;
	bool		has_owner;
	uid_t		owner;
};

enum ns_managers { NS_MANAGERS_ROOT, NS_MANAGERS_GROUP, NS_MANAGERS_ANY };

struct ns_policy {
	enum ns_managers managers;		/* who, beside root, makes managers */
	char		 group[DIO_NAME_MAX];	/* of NS_MANAGERS_GROUP */
	gid_t		 gid;			/* its number; (gid_t)-1: there is no such group */
};

bool ns_authz(const struct ns_policy *policy, const struct ns_principal *who, enum ns_verb verb,
	      const struct ns_target *on);

#endif
