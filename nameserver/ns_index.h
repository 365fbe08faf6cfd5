/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is, by user and by application, in memory: read from the store once,
 * at the start, and then kept with each row that is made or goes. So nothing on
 * the way of a call, or at the end of a process, grows with what others have.
 */
#ifndef NS_INDEX_H
#define NS_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "ns_object.h"

struct ns;
struct ns_index;
struct ns_user;
struct ns_belongs;

enum ns_dropping { NS_STAYS, NS_TO_DROP, NS_DROPPING };

/* An application. Counted for its user from ns_index_app_new() on; found by cd later. */
struct ns_known_app {
	LIST_ENTRY(ns_known_app) of_cd, of_user;
	struct ns_user *user;
	uint64_t     cd;		/* 0: its row is being written */
	unsigned int objects;		/* rows, in any state, of any host */
	bool	     over;		/* it is to end, or its process has ended */
	LIST_HEAD(, ns_belongs) processes;	/* ns_watch.c */
	enum ns_dropping dropping;	/* ns_drop.c */
	TAILQ_ENTRY(ns_known_app) to_drop;
};

/* NULL: out of memory. */
struct ns_index *ns_index_new(void);
/* When processes are watched no more. NULL is fine. */
void ns_index_free(struct ns_index *index);
/* Reads the store, when all hosts are known. 0 or -errno. */
int ns_index_start(struct ns *ns);

/* NULL: out of memory. */
struct ns_known_app *ns_index_app_new(struct ns *ns, uid_t uid);
/* Its row has been written, as cd. */
void ns_index_app_stored(struct ns *ns, struct ns_known_app *a, uint64_t cd);
/* Its row is gone, or could not be written. a is no more. NULL is fine. */
void ns_index_app_gone(struct ns *ns, struct ns_known_app *a);
/* NULL: there is none. */
struct ns_known_app *ns_index_app(struct ns *ns, uint64_t cd);

/* Whether there is such an application, and whose it is. */
bool ns_index_app_owner(struct ns *ns, uint64_t cd, uid_t *owner);
bool ns_index_app_is_of(struct ns *ns, uint64_t cd, uid_t uid);

/* Also those that are being made. */
unsigned int ns_index_apps(struct ns *ns, uid_t uid);
/*
 * Descriptors of those of uid that have objects, ascending, the caller's to free().
 * 0 or -ENOMEM.
 */
int ns_index_apps_of(struct ns *ns, uid_t uid, uint64_t **cd, size_t *n);

/*
 * A row is about to be made, or is gone or could not be made: in this order, so
 * that those who are decided about at the same time count, too. 0 or -ENOMEM.
 */
int ns_index_object_made(struct ns *ns, const struct ns_object *o);
void ns_index_object_gone(struct ns *ns, const struct ns_object *o);
/* At a host that the nameserver knows. */
unsigned int ns_index_objects(struct ns *ns, const char *host);
unsigned int ns_index_objects_of(struct ns *ns, const char *host, uid_t uid);

#endif
