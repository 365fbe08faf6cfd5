/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What belongs to a process is taken down when it ends, however it ends: an
 * application that it began, and a contract that is for it. Only that is looked at.
 */
#ifndef NS_WATCH_H
#define NS_WATCH_H

#include <stdbool.h>

#include "ns_index.h"
#include "ns_object.h"

struct ns;

/*
 * p began application cd (starts), or has a contract of it. When p has ended, now
 * if it has, the application is over, or what has lost its contract goes. Watching
 * twice is fine.
 */
void ns_watch(struct ns *ns, const struct ns_process *p, uint64_t cd, bool starts);
void ns_watch_all(struct ns *ns);	/* of the store, at start; after ns_index_start() */
/* The application is gone; for ns_index.c. */
void ns_watch_forget(struct ns *ns, struct ns_known_app *a);

/* 0 or -ENOMEM; ns_watch_stop() in any case. */
int ns_watch_start(struct ns *ns);
void ns_watch_stop(struct ns *ns);

/* Whether the process that began it still runs, as far as that was told. */
bool ns_watch_goes_on(struct ns *ns, const struct ns_known_app *a);
/* The same of the process of a contract. */
bool ns_watch_alive(struct ns *ns, const struct ns_process *p);

#endif
