/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes of this machine that applications and contracts belong to.  What
 * belongs to a process is taken down when it ends, however it ends.
 */
#ifndef NS_PROCESS_H
#define NS_PROCESS_H

#include <stdbool.h>

#include "ns_object.h"

struct ns;

/* Which process has pid now. 0, -ESRCH, or -errno. */
int ns_process_of(pid_t pid, struct ns_process *out);

/* Whether that process, and not a later one with its pid, still runs. */
bool ns_process_alive(const struct ns_process *p);

/* Tidies up (ns_reconcile.h) once p has ended, now if it has. Watching twice is fine. */
void ns_process_watch(struct ns *ns, const struct ns_process *p);
void ns_process_watch_all(struct ns *ns);	/* of the store, at start */
void ns_process_unwatch_all(struct ns *ns);

#endif
