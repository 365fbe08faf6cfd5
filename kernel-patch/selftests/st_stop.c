// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out, with nobody there who knows what was made: contracts and
 * programs end, processes get their policy back, nothing new is taken until it
 * is allowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include "st_promise.h"

#define STOPPED		"/sys/module/safex/parameters/stopped"

struct st_whole {
	int manager, cls, monitor, handler, other;
	uint32_t guard;
	pid_t hog;
	struct st_program *programs[4];
};

static int st_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static bool st_all_gone(void *unused)
{
	(void)unused;
	return !st_count();
}

static void st_whole_create(struct st_whole *w)
{
	struct safex_manager_create *m = st_manager_args("whole");
	struct safex_class_create *c;

	st_attr(m->attrs, 0, "target", 40 * ST_MS, SAFEX_EXT_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 100 * ST_MS, SAFEX_EXT_WRITE, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "seen", -1, SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 3, "least", 0, SAFEX_MGR_WRITE, 0);
	m->n_attrs = 4;
	w->manager = st_manager(m);
	w->guard = m->guard;
	w->hog = st_hog(0);
	c = st_class_args(w->manager, m);
	c->pidfd = st_pidfd(w->hog);
	w->cls = st_class(c);
	close(c->pidfd);
	w->monitor = st_monitor(w->cls, 50 * ST_US, 0, 0);
	w->handler = st_handler(w->cls, 50 * ST_US, 0, 2);
	st_channel(w->monitor, w->handler);
	m->id = m->guard = 0;
	w->other = st_manager(m);
}

static void st_whole_run(struct st_whole *w)
{
	st_is(st_attach(&w->programs[0], "reserve.bpf.o", "manager_ops", w->manager) |
	      st_attach(&w->programs[1], "time.bpf.o", "guard_ops", w->guard) |
	      st_attach(&w->programs[2], "time.bpf.o", "monitor_ops", w->monitor) |
	      st_attach(&w->programs[3], "time.bpf.o", "handler_ops", w->handler), 0,
	      "stop: programs attach");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, w->handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, w->monitor);
	st_ok(st_wait(st_is_deadline, &w->hog), "stop: a process has its contract");
}

static void st_stopped_by(const char *file, const char *text, const char *name)
{
	struct sched_param above = { .sched_priority = 50 };
	struct st_whole w;
	size_t i;

	sched_setscheduler(0, SCHED_FIFO, &above);
	st_whole_create(&w);
	st_whole_run(&w);
	st_is(st_put(file, text), 0, name);
	st_ok(st_wait(st_all_gone, NULL), "stop: everything has ended");
	st_is(sched_getscheduler(w.hog), SCHED_OTHER, "stop: the process is as it was");
	st_is(st_manager(st_manager_args("late")), -ESHUTDOWN, "stop: nothing is taken");
	for (i = 0; i < 4; i++)
		st_detach(w.programs[i]);
	st_kill(w.hog);
	st_is(st_put(STOPPED, "0"), 0, "stop: it is allowed again");
	i = st_manager(st_manager_args("after"));
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, i), 0,
	      "stop: and one is made");
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
}

void st_test_stop(void)
{
	if (st_put(STOPPED, "0")) {
		st_ok(false, "stop: there is a way out");
		return;
	}
	st_stopped_by(STOPPED, "1", "stop: by the module's parameter");
	st_stopped_by("/proc/sysrq-trigger", "X", "stop: by SysRq-X");
	st_is(st_count(), 0, "stop: nothing is left");
}
