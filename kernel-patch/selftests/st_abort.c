// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loops that don't end, as the pipeline compiles them, in each role: how long
 * after the end of its reservation a program is stopped, and that nothing of
 * it stays.  Times are exact only in a VM that counts instructions.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"
#include "st_gauge.h"

#define BUDGET	(50 * ST_US)
#define ROUNDS	30ull		/* of each program */
#define ABORTS	1000ull		/* in all, at least */
#define LATE	(5 * ST_US)
#define LIMIT	5		/* aborts in a row */

struct st_loop {
	uint32_t kind, id;		/* of what is aborted */
	int manager, cls, monitor, handler, channel, fd;
	const struct safex_page *page;
	struct st_program *program, *raiser;
};

static uint64_t st_aborts, st_late;

static void st_loop_create(struct st_loop *l)
{
	struct safex_manager_create *m = st_manager_args("abort");

	m->period = ST_MS;
	m->budget = l->kind == SAFEX_KIND_MANAGER ? BUDGET : 5 * ST_US;
	st_attr(m->attrs, 0, "input", 0, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, 1, "output", 0, SAFEX_RIGHTS_ALL, 0);
	m->n_attrs = 2;
	l->manager = l->id = st_manager(m);
	l->cls = st_class(st_class_args(l->manager, m));
	l->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, l->cls);
	l->page = mmap(NULL, sizeof(*l->page), PROT_READ, MAP_SHARED, l->fd, 0);
}

static int st_loop_ext(struct st_loop *l, bool handler)
{
	struct safex_ext_create e = {
		.name = "loop", .class_id = l->cls,
		.kind = handler ? SAFEX_KIND_HANDLER : SAFEX_KIND_MONITOR,
		.period = handler ? 0 : ST_MS,
		.budget = handler == (l->kind == SAFEX_KIND_HANDLER) ?
			  BUDGET : 5 * ST_US,
		.read_mask = 3, .write_mask = 3,
	};

	return st_ext(&e);
}

/* A handler needs someone who raises events. */
static int st_loop_attach(struct st_loop *l, const char *object)
{
	int ret = 0;

	if (l->kind != SAFEX_KIND_MANAGER)
		l->monitor = l->id = st_loop_ext(l, false);
	if (l->kind == SAFEX_KIND_HANDLER) {
		l->handler = l->id = st_loop_ext(l, true);
		l->channel = st_channel(l->monitor, l->handler);
		ret = st_attach(&l->raiser, "flow.bpf.o", "monitor_ops", l->monitor);
	}
	if (!ret)
		ret = st_attach(&l->program, object, "extension", l->id);
	if (l->handler)
		st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, l->handler);
	if (l->monitor)
		st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, l->monitor);
	return ret;
}

static bool st_loop_done(void *arg)
{
	struct st_loop *l = arg;
	struct safex_stat s;

	return !st_stat(l->kind, l->id, &s) && s.aborts >= ROUNDS;
}

/* In this order: what the others are part of goes last. */
static void st_loop_destroy(struct st_loop *l)
{
	if (l->channel > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, l->channel);
	if (l->handler > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, l->handler);
	if (l->monitor > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, l->monitor);
	munmap((void *)l->page, sizeof(*l->page));
	close(l->fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, l->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, l->manager);
	st_detach(l->program);
	st_detach(l->raiser);
}

static bool st_loop_judge(struct st_loop *l, const char *name)
{
	struct safex_stat s;
	uint64_t late;

	if (st_stat(l->kind, l->id, &s) || s.aborts < ROUNDS) {
		st_note("%-18s %3llu aborts in %llu runs", name, s.aborts, s.runs);
		return false;
	}
	late = s.time_max - BUDGET;
	st_aborts += s.aborts;
	if (late > st_late)
		st_late = late;
	st_note("%-18s %3llu aborts, at most %5llu ns late", name, s.aborts,
		(unsigned long long)late);
	if (l->kind == SAFEX_KIND_MONITOR && s.events)
		return false;
	return s.aborts == s.runs && s.time_max >= BUDGET && !l->page->value[0] &&
	       !l->page->value[1] && !l->page->revision;
}

static void st_loop_run(const char *object, const char *name, uint32_t kind)
{
	struct st_loop l = { .kind = kind };
	int ret;

	st_loop_create(&l);
	ret = st_loop_attach(&l, object);
	if (ret) {
		st_is(ret, 0, name);
	} else {
		st_wait(st_loop_done, &l);
		st_ok(st_loop_judge(&l, name), "abort: %s: always, and without a trace",
		      name);
	}
	st_loop_destroy(&l);
}

static void st_abort_role(const char *role, uint32_t kind)
{
	char pattern[32];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "loop/*.%s", role);
	if (!st_ok(!glob(pattern, 0, NULL, &found), "abort: %ss are there", role))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		st_loop_run(found.gl_pathv[i], found.gl_pathv[i] + 5, kind);
	globfree(&found);
}

static bool st_loop_removed(void *arg)
{
	struct st_loop *l = arg;
	struct safex_stat s;

	return !st_stat(l->kind, l->id, &s) && s.aborts && !s.active;
}

/* A service manager is removed like the others when it goes on like this. */
static void st_abort_removes(void)
{
	struct st_loop l = { .kind = SAFEX_KIND_MANAGER };
	struct safex_record r;
	struct safex_stat s;

	st_loop_create(&l);
	st_is(st_loop_attach(&l, "loop/endless.manager"), 0,
	      "abort: manager attaches");
	st_ok(st_wait(st_loop_removed, &l), "abort: a manager is removed");
	st_stat(l.kind, l.id, &s);
	st_is(s.aborts, LIMIT, "abort: after as many as the parameter says");
	st_ok(st_record(l.id, SAFEX_END_UNLOADED, &r) && strstr(r.message, " 5 "),
	      "abort: and its owner is told");
	st_loop_destroy(&l);
}

static void st_abort_judge(void)
{
	st_ok(st_late <= LATE, "abort: at most %lld ns late", LATE);
	st_figure("abort_late_us", st_late / 1000.0, "us",
		  "end of the reservation to return, the latest of 1000 aborts and more");
}

void st_test_abort(bool exact)
{
	int limit = st_parameter("abort_limit", 0);

	st_aborts = 0;
	st_late = 0;
	st_abort_role("monitor", SAFEX_KIND_MONITOR);
	st_abort_role("handler", SAFEX_KIND_HANDLER);
	st_abort_role("manager", SAFEX_KIND_MANAGER);
	st_parameter("abort_limit", LIMIT);
	st_abort_removes();
	st_parameter("abort_limit", limit);
	st_note("%llu aborts, the latest %llu ns late",
		(unsigned long long)st_aborts, (unsigned long long)st_late);
	st_ok(st_aborts >= ABORTS, "abort: %llu and more", ABORTS);
	if (exact)
		st_abort_judge();
	st_is(st_count(), 0, "abort: nothing is left");
}
