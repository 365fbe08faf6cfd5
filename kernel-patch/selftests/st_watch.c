// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operator sees: the listing, the tracepoints, the last record.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "st.h"

#define TRACING	"/sys/kernel/debug/tracing/"
#define RIGHTS	(SAFEX_EXT_READ | SAFEX_EXT_WRITE)

struct st_watch {
	int manager, cls, monitor, handler, spin, channel;
	uint32_t guard;
	pid_t hog;
	struct st_program *programs[4];
};

static bool st_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fputs(text, f) >= 0;

	return f && !fclose(f) && ok;
}

bool st_line(const char *path, const char *a, const char *b)
{
	FILE *f = fopen(path, "re");
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, a) && strstr(line, b);
	if (f)
		fclose(f);
	return found;
}

static void st_watch_create(struct st_watch *w)
{
	struct safex_manager_create *m = st_manager_args("watch");
	struct safex_class_create *c;

	st_attr(m->attrs, 0, "target", 10 * ST_MS, RIGHTS, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 100 * ST_MS, RIGHTS, SAFEX_ROLE_PERIOD);
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
	w->spin = st_monitor(w->cls, 50 * ST_US, 0, 2);
	w->channel = st_channel(w->monitor, w->handler);
}

static void st_watch_attach(struct st_watch *w)
{
	int ret = st_attach(&w->programs[0], "reserve.bpf.o", "manager_ops",
			    w->manager);

	ret = ret ? ret : st_attach(&w->programs[1], "time.bpf.o",
				    "monitor_ops", w->monitor);
	ret = ret ? ret : st_attach(&w->programs[2], "time.bpf.o",
				    "handler_ops", w->handler);
	ret = ret ? ret : st_attach(&w->programs[3], "bad.bpf.o", "spin_ops",
				    w->spin);
	st_is(ret, 0, "watch: programs attach");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, w->handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, w->monitor);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, w->spin);
}

static void st_watch_listing(const struct st_watch *w)
{
	static const char * const kinds[] = {
		"manager", "guard", "class", "monitor", "handler", "channel",
	};
	const uint32_t ids[] = {
		w->manager, w->guard, w->cls, w->monitor, w->handler, w->channel,
	};
	char id[32];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(id, sizeof(id), "%s %u ", kinds[i], ids[i]);
		st_ok(st_line("/sys/kernel/debug/safex", id, "="),
		      "watch: listing has the %s", kinds[i]);
	}
	st_ok(st_line("/sys/kernel/debug/safex", "cd=0x2a", "target=10000000 "),
	      "watch: and the contract");
}

static void st_watch_traced(const struct st_watch *w, const char *event)
{
	char id[32];

	snprintf(id, sizeof(id), " id=%u ", w->cls);
	if (!strcmp(event, "safex_begin:") || !strcmp(event, "safex_end:"))
		snprintf(id, sizeof(id), " id=%u ", w->monitor);
	if (!strcmp(event, "safex_abort:"))
		snprintf(id, sizeof(id), " late=");
	st_ok(st_line(TRACING "trace", event, id), "watch: trace has %s", event);
}

static bool st_watch_over(void *arg)
{
	struct st_watch *w = arg;
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_MONITOR, w->spin, &s) && s.runs && !s.active;
}

/* Whoever still uses an object that was destroyed lets go of it soon. */
static bool st_watch_empty(void *unused)
{
	(void)unused;
	return st_line("/sys/kernel/debug/safex", "objects=0 alive=0", "") &&
	       !st_line("/sys/kernel/debug/safex", " ", "runs=");
}

static void st_watch_end(struct st_watch *w)
{
	struct safex_record r;
	struct safex_stat s;
	char runs[32];
	size_t i;

	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, w->channel);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, w->handler);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, w->monitor);
	st_stat(SAFEX_KIND_MONITOR, w->spin, &s);
	snprintf(runs, sizeof(runs), " %llu runs, %llu aborted,", s.runs, s.aborts);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, w->spin);
	st_ok(st_record(w->spin, SAFEX_END_DESTROYED, &r) && r.cd == 42 &&
	      strstr(r.message, runs), "watch: last record has the sums");
	st_note("record: %s", r.message);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, w->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, w->manager);
	st_ok(st_record(w->manager, SAFEX_END_DESTROYED, &r),
	      "watch: a manager has one too");
	for (i = 0; i < 4; i++)
		st_detach(w->programs[i]);
	st_kill(w->hog);
	st_is(st_count(), 0, "watch: nothing is left");
	st_ok(st_wait(st_watch_empty, NULL), "watch: listing is empty");
}

void st_test_watch(void)
{
	static const char * const events[] = {
		"safex_begin:", "safex_end:", "safex_abort:", "safex_guard:",
		"safex_reserve:",
	};
	struct st_watch w;
	size_t i;

	st_watch_create(&w);
	st_ok(st_write(TRACING "trace", "") &&
	      st_write(TRACING "events/safex/enable", "1"),
	      "watch: tracepoints are there");
	st_watch_attach(&w);
	st_ok(st_wait(st_watch_over, &w), "watch: programs run");
	st_write(TRACING "events/safex/enable", "0");
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		st_watch_traced(&w, events[i]);
	st_watch_listing(&w);
	st_watch_end(&w);
}
