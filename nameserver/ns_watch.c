/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_log.h"
#include "ns_internal.h"
#include "ns_process.h"

#define BUCKETS		16384	/* of processes; pids follow one another */
#define HELD_MAX	2048	/* descriptors */
#define AT_ONCE		16	/* that get one, or are looked at, in a turn of the loop */
#define LOOK_US		50000	/* between two such turns */

struct watched;

/* An application and a process that it ends with, or has a contract for. */
struct ns_belongs {
	LIST_ENTRY(ns_belongs) of_app, of_process;
	struct ns_known_app *app;
	struct watched	    *process;
	bool		     starts;
};

struct watched {
	LIST_ENTRY(watched)  entry;
	TAILQ_ENTRY(watched) wait;	/* for a descriptor, pidfd < 0 */
	struct ns	    *ns;
	struct ns_process    process;
	int		     pidfd;
	bool		     ended;	/* being told, and not found any more */
	struct event	    *event;
	LIST_HEAD(, ns_belongs) apps;
};

struct ns_watches {
	LIST_HEAD(, watched)  process[BUCKETS];
	TAILQ_HEAD(, watched) waiting;
	unsigned int	      held;
	struct event	     *next;	/* looks at those that wait */
};

/*
 * What the application has at hosts. A host that is away begins with a pass over
 * everything when it is back.
 */
static void tidy(struct ns *ns, uint64_t cd)
{
	struct ns_object *o = NULL;
	unsigned int i;
	size_t n = 0;
	bool known = !ns_objects_list(ns->store, cd, &o, &n);

	/* Of all hosts, where it cannot be read: the pass says why. */
	for (i = 0; i < ns->n_hosts; i++)
		if (ns_safexd_up(ns->host[i]) &&
		    (!known || ns_objects_at(o, n, ns_safexd_name(ns->host[i]))))
			ns_safexd_tidy(ns->host[i], cd, NULL, NULL);
	free(o);
}

static void process_ended(struct ns *ns, struct ns_known_app *a, bool starts)
{
	a->over |= starts;
	if (a->objects)
		tidy(ns, a->cd);
	else
		ns_drop(ns, a);
}

static void unlink_app(struct ns_belongs *b)
{
	LIST_REMOVE(b, of_app);
	LIST_REMOVE(b, of_process);
	free(b);
}

static void let_go(struct watched *w)
{
	if (w->pidfd < 0)
		return;
	event_free(w->event);
	close(w->pidfd);
	w->pidfd = -1;
	w->ns->watches->held--;
}

static void take_out(struct watched *w)
{
	struct ns_watches *all = w->ns->watches;

	if (w->pidfd < 0)
		TAILQ_REMOVE(&all->waiting, w, wait);
	let_go(w);
	LIST_REMOVE(w, entry);
	if (!TAILQ_EMPTY(&all->waiting) && all->held < HELD_MAX)
		evtimer_add(all->next, &(struct timeval){ 0 });
}

/* Nothing belongs to it any more. */
static void watched_free(struct watched *w)
{
	take_out(w);
	free(w);
}

static void ended(struct watched *w)
{
	struct ns *ns = w->ns;
	struct ns_belongs *b;

	dio_debug("process %d has ended", w->process.pid);
	take_out(w);
	w->ended = true;
	while ((b = LIST_FIRST(&w->apps))) {
		struct ns_known_app *a = b->app;
		bool starts = b->starts;

		unlink_app(b);
		process_ended(ns, a, starts);
	}
	free(w);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ended(arg);
}

/* 0, also when it has to wait for a descriptor; -ESRCH: it has ended. */
static int hold(struct watched *w)
{
	int fd = w->ns->watches->held < HELD_MAX ? ns_process_open(&w->process) : -EMFILE;

	if (fd < 0)
		return fd == -ESRCH ? fd : 0;
	w->event = event_new(w->ns->base, fd, EV_READ, on_end, w);
	if (!w->event || event_add(w->event, NULL)) {
		if (w->event)
			event_free(w->event);
		close(fd);
		return 0;
	}
	w->pidfd = fd;
	w->ns->watches->held++;
	return 0;
}

/* One that waits: it has ended, is held from now on, or waits behind all others. */
static void look_at(struct watched *w)
{
	struct ns_watches *all = w->ns->watches;

	if (hold(w) || (w->pidfd < 0 && !ns_process_alive(&w->process))) {
		ended(w);
		return;
	}
	TAILQ_REMOVE(&all->waiting, w, wait);
	if (w->pidfd < 0)
		TAILQ_INSERT_TAIL(&all->waiting, w, wait);
}

/* Who has no descriptor is looked at now and then, or its end would not be seen. */
static void look_again(struct ns_watches *all)
{
	static const struct timeval some_time = { 0, LOOK_US };

	if (!TAILQ_EMPTY(&all->waiting) && !evtimer_pending(all->next, NULL))
		evtimer_add(all->next, &some_time);
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
	struct ns_watches *all = ((struct ns *)arg)->watches;
	unsigned int i;
	struct watched *w;

	(void)fd;
	(void)what;
	for (i = 0; i < AT_ONCE && (w = TAILQ_FIRST(&all->waiting)); i++)
		look_at(w);
	look_again(all);
}

static unsigned int bucket(const struct ns_process *p)
{
	return (unsigned int)p->pid % BUCKETS;
}

static struct watched *find(struct ns *ns, const struct ns_process *p)
{
	struct watched *w;

	if (!ns->watches)
		return NULL;	/* it is being closed */
	LIST_FOREACH(w, &ns->watches->process[bucket(p)], entry)
		if (ns_process_same(&w->process, p))
			return w;
	return NULL;
}

/* NULL with 0: out of memory; -ESRCH: it has ended. */
static int watched_new(struct ns *ns, const struct ns_process *p, struct watched **out)
{
	struct watched *w = calloc(1, sizeof(*w));
	int err;

	*out = w;
	if (!w)
		return 0;
	w->ns = ns;
	w->process = *p;
	w->pidfd = -1;
	LIST_INIT(&w->apps);
	err = hold(w);
	if (err) {
		free(w);
		return err;
	}
	if (w->pidfd < 0) {
		TAILQ_INSERT_TAIL(&ns->watches->waiting, w, wait);
		look_again(ns->watches);
	}
	LIST_INSERT_HEAD(&ns->watches->process[bucket(p)], w, entry);
	return 0;
}

static struct ns_belongs *find_app(const struct watched *w, const struct ns_known_app *a)
{
	struct ns_belongs *b;

	LIST_FOREACH(b, &a->processes, of_app)
		if (b->process == w)
			return b;
	return NULL;
}

static void belongs(struct watched *w, struct ns_known_app *a, bool starts)
{
	struct ns_belongs *b = find_app(w, a);

	if (!b && (b = calloc(1, sizeof(*b)))) {
		b->app = a;
		b->process = w;
		LIST_INSERT_HEAD(&a->processes, b, of_app);
		LIST_INSERT_HEAD(&w->apps, b, of_process);
	}
	if (b)
		b->starts |= starts;
	else if (LIST_EMPTY(&w->apps))
		watched_free(w);
}

void ns_watch(struct ns *ns, const struct ns_process *p, uint64_t cd, bool starts)
{
	struct ns_known_app *a = ns_index_app(ns, cd);
	struct watched *w;

	if (ns->closing || !cd)
		return;
	if (a && a->over && starts) {
		process_ended(ns, a, true);	/* it was made meanwhile */
		return;
	}
	if (!a) {
		tidy(ns, cd);	/* it went while this was made for it */
		return;
	}
	/* No boot: of another machine, or none. */
	if (!p->pid || !p->boot[0])
		return;
	w = find(ns, p);
	if (!w && watched_new(ns, p, &w))
		process_ended(ns, a, starts);
	else if (w)
		belongs(w, a, starts);
}

void ns_watch_forget(struct ns *ns, struct ns_known_app *a)
{
	struct ns_belongs *b;

	(void)ns;
	while ((b = LIST_FIRST(&a->processes))) {
		struct watched *w = b->process;

		unlink_app(b);
		if (LIST_EMPTY(&w->apps) && !w->ended)
			watched_free(w);
	}
}

/* What has no application, or one that is over, is left to the pass that each host begins with. */
void ns_watch_all(struct ns *ns)
{
	struct ns_known_app *known;
	struct ns_object *o;
	struct ns_app *a;
	size_t n;

	if (!ns_objects_list(ns->store, 0, &o, &n)) {
		while (n--)
			if (o[n].process.pid)
				ns_watch(ns, &o[n].process, o[n].id.cd, false);
		free(o);
	}
	if (!ns_apps_list(ns->store, &a, &n)) {
		while (n--) {
			ns_watch(ns, &a[n].process, a[n].cd, true);
			known = ns_index_app(ns, a[n].cd);
			if (known)
				ns_drop(ns, known);
		}
		free(a);
	}
}

int ns_watch_start(struct ns *ns)
{
	ns->watches = calloc(1, sizeof(*ns->watches));
	if (!ns->watches)
		return -ENOMEM;
	TAILQ_INIT(&ns->watches->waiting);
	ns->watches->next = evtimer_new(ns->base, on_next, ns);
	return ns->watches->next ? 0 : -ENOMEM;
}

void ns_watch_stop(struct ns *ns)
{
	struct ns_watches *all = ns->watches;
	struct ns_belongs *b;
	struct watched *w;
	unsigned int i;

	for (i = 0; all && i < BUCKETS; i++)
		while ((w = LIST_FIRST(&all->process[i]))) {
			while ((b = LIST_FIRST(&w->apps)))
				unlink_app(b);
			watched_free(w);
		}
	if (all && all->next)
		event_free(all->next);
	free(all);
	ns->watches = NULL;
}

bool ns_watch_alive(struct ns *ns, const struct ns_process *p)
{
	struct watched *w = find(ns, p);

	return (w && w->pidfd >= 0) || ns_process_alive(p);
}

bool ns_watch_goes_on(struct ns *ns, const struct ns_known_app *a)
{
	struct ns_belongs *b;
	struct ns_app app;
	int err;

	if (a->over)
		return false;
	LIST_FOREACH(b, &a->processes, of_app)
		if (b->starts && b->process->pidfd >= 0)
			return true;
	err = ns_app_get(ns->store, a->cd, &app);
	/* What cannot be read is not over: nobody removes what a process may want. */
	return err ? err != -ENOENT : ns_process_alive(&app.process);
}
