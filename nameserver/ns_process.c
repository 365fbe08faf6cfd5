/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_log.h"
#include "dio_process.h"
#include "ns_internal.h"

#define WATCHES_MAX	2048	/* descriptors; beyond, a pass notices later */

struct ns_watch {
	struct ns_watch	  *next;
	struct ns	  *ns;
	struct ns_process  process;
	int		   pidfd;
	struct event	  *event;
};

void ns_process_boot(char boot[NS_BOOT_MAX])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, boot, NS_BOOT_MAX - 1);

	boot[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static int process_open(pid_t pid, uint64_t id, struct ns_process *out)
{
	int fd = dio_process_open_id(pid, id);

	if (fd < 0)
		return fd;
	*out = (struct ns_process){ .pid = pid, .id = dio_process_id(fd, pid) };
	ns_process_boot(out->boot);
	if (!dio_process_ended(fd))
		return fd;
	close(fd);
	return -ESRCH;
}

int ns_process_of(pid_t pid, uint64_t id, struct ns_process *out)
{
	int fd = process_open(pid, id, out);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* A pidfd of p, which holds it; -ESRCH: it has ended; -errno. */
static int open_again(const struct ns_process *p)
{
	char boot[NS_BOOT_MAX];

	ns_process_boot(boot);
	if (strcmp(p->boot, boot))
		return -ESRCH;
	return dio_process_open_id(p->pid, p->id);
}

bool ns_process_same(const struct ns_process *a, const struct ns_process *b)
{
	return a->pid == b->pid && a->id == b->id && !strcmp(a->boot, b->boot);
}

bool ns_process_alive(const struct ns_process *p)
{
	int fd = p->pid ? open_again(p) : -1;

	if (!p->pid)
		return true;
	if (fd >= 0)
		close(fd);
	/* Out of descriptors or memory: no proof that it has ended. */
	return fd >= 0 || (fd != -ESRCH && fd != -EINVAL);
}

void ns_process_name(const struct ns_process *p, char name[DIO_NAME_MAX])
{
	char path[64], comm[DIO_NAME_MAX];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	name[0] = '\0';
	if (fd >= 0) {
		ssize_t n = read(fd, comm, sizeof(comm) - 1);

		comm[n > 0 ? n : 0] = '\0';
		comm[strcspn(comm, "\n")] = '\0';
		close(fd);
		if (ns_process_alive(p))
			ns_name_print(comm, name);
	}
}

static void watch_free(struct ns_watch *w)
{
	event_free(w->event);
	close(w->pidfd);
	free(w);
}

/* What has nothing at a host that can't be reached needs no pass there. */
static void tidy(struct ns *ns)
{
	struct ns_safexd *local = ns_host(ns, DIO_LOCALHOST);

	if (local && ns_safexd_ready(local))
		ns_safexd_tidy(local, NULL, NULL);
	else
		ns_sweep_apps(ns);
}

static void ended(evutil_socket_t fd, short what, void *arg)
{
	struct ns_watch *w = arg, **at;
	struct ns *ns = w->ns;

	(void)fd;
	(void)what;
	for (at = &ns->watches; *at != w; at = &(*at)->next)
		;
	*at = w->next;
	ns->n_watches--;
	dio_debug("process %d has ended", w->process.pid);
	watch_free(w);
	tidy(ns);
}

static bool watched(struct ns *ns, const struct ns_process *p)
{
	struct ns_watch *w;

	for (w = ns->watches; w; w = w->next)
		if (ns_process_same(&w->process, p))
			return true;
	return false;
}

static struct ns_watch *watch_new(struct ns *ns, const struct ns_process *p, int pidfd)
{
	struct ns_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct ns_watch){ .next = ns->watches, .ns = ns, .process = *p, .pidfd = pidfd };
	w->event = event_new(ns->base, pidfd, EV_READ, ended, w);
	if (w->event && !event_add(w->event, NULL))
		return w;
	if (w->event)
		event_free(w->event);
	free(w);
	return NULL;
}

/* 0, also when it cannot be watched now; -ESRCH: it has ended. */
static int watch(struct ns *ns, const struct ns_process *p)
{
	struct ns_watch *w;
	int fd;

	/* No boot: of another machine, or none. */
	if (!p->pid || !p->boot[0] || ns->closing || watched(ns, p) ||
	    ns->n_watches >= WATCHES_MAX)
		return 0;
	fd = open_again(p);
	if (fd < 0)
		return fd == -ESRCH || fd == -EINVAL ? -ESRCH : 0;
	w = watch_new(ns, p, fd);
	if (w) {
		ns->watches = w;
		ns->n_watches++;
	} else {
		close(fd);
	}
	return 0;
}

void ns_process_watch(struct ns *ns, const struct ns_process *p)
{
	if (watch(ns, p))
		tidy(ns);
}

/* Those that have ended are left to the pass that each host begins with. */
void ns_process_watch_all(struct ns *ns)
{
	struct ns_object *o;
	struct ns_app *a;
	size_t n;

	if (!ns_objects_list(ns->store, 0, &o, &n)) {
		while (n--)
			(void)watch(ns, &o[n].process);
		free(o);
	}
	if (!ns_apps_list(ns->store, &a, &n)) {
		while (n--)
			(void)watch(ns, &a[n].process);
		free(a);
	}
}

void ns_process_unwatch_all(struct ns *ns)
{
	struct ns_watch *w;

	while ((w = ns->watches)) {
		ns->watches = w->next;
		watch_free(w);
	}
	ns->n_watches = 0;
}
