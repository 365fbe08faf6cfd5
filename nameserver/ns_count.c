/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many applications each user has: counted once, at the start, and then with
 * each that is made or goes. Nothing on the way of a call grows with their number.
 */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Of users who have any; a host has few. */
struct ns_count {
	struct ns_count *next;
	uid_t	     uid;
	unsigned int apps;
};

static struct ns_count **find(struct ns *ns, uid_t uid)
{
	struct ns_count **at = &ns->counts;

	while (*at && (*at)->uid != uid)
		at = &(*at)->next;
	return at;
}

unsigned int ns_count_apps(struct ns *ns, uid_t uid)
{
	struct ns_count *c = *find(ns, uid);

	return c ? c->apps : 0;
}

int ns_count_app_made(struct ns *ns, uid_t uid)
{
	struct ns_count **at = find(ns, uid);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return -ENOMEM;
		(*at)->uid = uid;
	}
	(*at)->apps++;
	return 0;
}

void ns_count_app_gone(struct ns *ns, uid_t uid)
{
	struct ns_count **at = find(ns, uid), *c = *at;

	if (!c || --c->apps)
		return;
	*at = c->next;
	free(c);
}

int ns_count_start(struct ns *ns)
{
	struct ns_app *app;
	size_t n;
	int err = ns_apps_list(ns->store, &app, &n);

	if (err)
		return err;
	while (n-- && !err)
		err = ns_count_app_made(ns, app[n].uid);
	free(app);
	return err;
}

void ns_count_stop(struct ns *ns)
{
	struct ns_count *c;

	while ((c = ns->counts)) {
		ns->counts = c->next;
		free(c);
	}
}
