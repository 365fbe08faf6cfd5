/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns_watch.h"

/* Of each table, powers of two: a million applications are four to a bucket. */
#define APP_BUCKETS	262144
#define USER_BUCKETS	4096

/* Of somebody who has an application or an object. */
struct ns_user {
	LIST_ENTRY(ns_user) entry;
	uid_t	     uid;
	unsigned int n_apps;
	unsigned int n_objects;		/* of any host */
	unsigned int at_host[NS_HOSTS_MAX];
	LIST_HEAD(, ns_known_app) apps;
};

struct ns_index {
	LIST_HEAD(, ns_known_app) app[APP_BUCKETS];
	LIST_HEAD(, ns_user) user[USER_BUCKETS];
	unsigned int at_host[NS_HOSTS_MAX];
};

/* Descriptors and users are numbered one after another, mostly. */
static unsigned int app_bucket(uint64_t cd)
{
	return (cd ^ cd >> 32) % APP_BUCKETS;
}

static unsigned int user_bucket(uid_t uid)
{
	return uid % USER_BUCKETS;
}

static struct ns_user *find_user(struct ns *ns, uid_t uid)
{
	struct ns_user *u;

	LIST_FOREACH(u, &ns->index->user[user_bucket(uid)], entry)
		if (u->uid == uid)
			return u;
	return NULL;
}

static struct ns_user *get_user(struct ns *ns, uid_t uid)
{
	struct ns_user *u = find_user(ns, uid);

	if (u)
		return u;
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->uid = uid;
	LIST_INIT(&u->apps);
	LIST_INSERT_HEAD(&ns->index->user[user_bucket(uid)], u, entry);
	return u;
}

static void put_user(struct ns_user *u)
{
	if (u->n_apps || u->n_objects)
		return;
	LIST_REMOVE(u, entry);
	free(u);
}

struct ns_known_app *ns_index_app_new(struct ns *ns, uid_t uid)
{
	struct ns_user *u = get_user(ns, uid);
	struct ns_known_app *a = u ? calloc(1, sizeof(*a)) : NULL;

	if (a) {
		a->user = u;
		u->n_apps++;
		LIST_INIT(&a->processes);
		LIST_INSERT_HEAD(&u->apps, a, of_user);
	} else if (u) {
		put_user(u);
	}
	return a;
}

void ns_index_app_stored(struct ns *ns, struct ns_known_app *a, uint64_t cd)
{
	a->cd = cd;
	LIST_INSERT_HEAD(&ns->index->app[app_bucket(cd)], a, of_cd);
}

void ns_index_app_gone(struct ns *ns, struct ns_known_app *a)
{
	if (!a)
		return;
	ns_watch_forget(ns, a);
	ns_drop_forget(ns, a);
	if (a->cd)
		LIST_REMOVE(a, of_cd);
	LIST_REMOVE(a, of_user);
	a->user->n_apps--;
	put_user(a->user);
	free(a);
}

struct ns_known_app *ns_index_app(struct ns *ns, uint64_t cd)
{
	struct ns_known_app *a;

	LIST_FOREACH(a, &ns->index->app[app_bucket(cd)], of_cd)
		if (a->cd == cd)
			return a;
	return NULL;
}

bool ns_index_app_owner(struct ns *ns, uint64_t cd, uid_t *owner)
{
	struct ns_known_app *a = ns_index_app(ns, cd);

	*owner = a ? a->user->uid : 0;
	return a;
}

bool ns_index_app_is_of(struct ns *ns, uint64_t cd, uid_t uid)
{
	uid_t owner;

	return ns_index_app_owner(ns, cd, &owner) && owner == uid;
}

unsigned int ns_index_apps(struct ns *ns, uid_t uid)
{
	struct ns_user *u = find_user(ns, uid);

	return u ? u->n_apps : 0;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int ns_index_apps_of(struct ns *ns, uid_t uid, uint64_t **cd, size_t *n)
{
	struct ns_user *u = find_user(ns, uid);
	struct ns_known_app *a;

	*n = 0;
	*cd = calloc(u ? u->n_apps + 1 : 1, sizeof(**cd));
	if (!*cd)
		return -ENOMEM;
	if (u)
		LIST_FOREACH(a, &u->apps, of_user)
			if (a->objects)
				(*cd)[(*n)++] = a->cd;
	qsort(*cd, *n, sizeof(**cd), ascending);
	return 0;
}

/* NS_HOSTS_MAX: it is not known. */
static unsigned int host_number(struct ns *ns, const char *name)
{
	unsigned int i;

	for (i = 0; i < ns->n_hosts && strcmp(ns_safexd_name(ns->host[i]), name); i++)
		;
	return i < ns->n_hosts ? i : NS_HOSTS_MAX;
}

static void count_object(struct ns *ns, struct ns_user *u, const struct ns_object *o, int by)
{
	unsigned int host = host_number(ns, o->id.name.host);
	struct ns_known_app *a = o->id.cd ? ns_index_app(ns, o->id.cd) : NULL;

	u->n_objects += by;
	if (host < NS_HOSTS_MAX) {
		u->at_host[host] += by;
		ns->index->at_host[host] += by;
	}
	if (a)
		a->objects += by;
	if (a && by < 0)
		ns_drop(ns, a);
}

int ns_index_object_made(struct ns *ns, const struct ns_object *o)
{
	struct ns_user *u = get_user(ns, o->uid);

	if (!u)
		return -ENOMEM;
	count_object(ns, u, o, 1);
	return 0;
}

void ns_index_object_gone(struct ns *ns, const struct ns_object *o)
{
	struct ns_user *u = find_user(ns, o->uid);

	if (!u)
		return;
	count_object(ns, u, o, -1);
	put_user(u);
}

unsigned int ns_index_objects(struct ns *ns, const char *host)
{
	unsigned int i = host_number(ns, host);

	return i < NS_HOSTS_MAX ? ns->index->at_host[i] : 0;
}

unsigned int ns_index_objects_of(struct ns *ns, const char *host, uid_t uid)
{
	unsigned int i = host_number(ns, host);
	struct ns_user *u = find_user(ns, uid);

	return u && i < NS_HOSTS_MAX ? u->at_host[i] : 0;
}

static int read_apps(struct ns *ns)
{
	struct ns_known_app *known;
	struct ns_app *app;
	size_t n, i;
	int err = ns_apps_list(ns->store, &app, &n);

	if (err)
		return err;
	for (i = 0; i < n && !err; i++) {
		known = ns_index_app_new(ns, app[i].uid);
		if (known) {
			known->over = app[i].ending;
			ns_index_app_stored(ns, known, app[i].cd);
		} else {
			err = -ENOMEM;
		}
	}
	free(app);
	return err;
}

static int read_objects(struct ns *ns)
{
	struct ns_object *o;
	size_t n, i;
	int err = ns_objects_list(ns->store, 0, &o, &n);

	if (err)
		return err;
	for (i = 0; i < n && !err; i++)
		err = ns_index_object_made(ns, &o[i]);
	free(o);
	return err;
}

int ns_index_start(struct ns *ns)
{
	int err = read_apps(ns);

	return err ? err : read_objects(ns);
}

struct ns_index *ns_index_new(void)
{
	return calloc(1, sizeof(struct ns_index));
}

void ns_index_free(struct ns_index *index)
{
	struct ns_known_app *a;
	struct ns_user *u;
	unsigned int i;

	for (i = 0; index && i < USER_BUCKETS; i++)
		while ((u = LIST_FIRST(&index->user[i]))) {
			while ((a = LIST_FIRST(&u->apps))) {
				LIST_REMOVE(a, of_user);
				free(a);
			}
			LIST_REMOVE(u, entry);
			free(u);
		}
	free(index);
}
