// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that written/write.c made up, valid and broken, as the pipeline has
 * compiled them: each that is valid runs, aborted or not, or has more ways
 * through it than the verifier follows, and what was broken and came through is
 * refused here with a reason.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include "st.h"

#define RUNS	3
#define BUDGET	(20 * ST_US)
#define SLOTS	3	/* both attributes */

struct st_written {
	int manager, cls, ticker;
	struct st_program *raiser;
	unsigned int ran, aborted, threw, complex, refused;
};

struct st_watched {
	uint32_t kind, id;
	struct safex_stat stat;
};

/* A monitor raises an event in each tick, for handlers. */
static int st_written_create(struct st_written *w)
{
	struct safex_manager_create *m = st_manager_args("written");

	memset(w, 0, sizeof(*w));
	m->period = ST_MS;
	m->budget = 5 * ST_US;
	st_attr(m->attrs, 0, "input", 12345, SAFEX_RIGHTS_ALL, 0);
	st_attr(m->attrs, 1, "output", 0, SAFEX_RIGHTS_ALL, 0);
	m->n_attrs = 2;
	w->manager = st_manager(m);
	w->cls = st_class(st_class_args(w->manager, m));
	w->ticker = st_monitor(w->cls, BUDGET, SLOTS, SLOTS);
	return st_attach(&w->raiser, "flow.bpf.o", "monitor_ops", w->ticker) ?:
	       st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, w->ticker);
}

static void st_written_destroy(struct st_written *w)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, w->ticker);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, w->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, w->manager);
	st_detach(w->raiser);
}

static bool st_written_ran(void *arg)
{
	struct st_watched *e = arg;

	return !st_stat(e->kind, e->id, &e->stat) && e->stat.runs >= RUNS;
}

static void st_written_run(struct st_written *w, const char *object, uint32_t kind)
{
	bool handler = kind == SAFEX_KIND_HANDLER;
	struct st_watched e = { .kind = kind };
	struct st_program *program;
	int channel = 0, ret;

	e.id = handler ? st_handler(w->cls, BUDGET, SLOTS, SLOTS) :
			 st_monitor(w->cls, BUDGET, SLOTS, SLOTS);
	if (handler)
		channel = st_channel(w->ticker, e.id);
	ret = st_attach(&program, object, "extension", e.id) ?:
	      st_object(SAFEX_IOC_ACTIVATE, kind, e.id);
	if (!ret && st_wait(st_written_ran, &e)) {
		w->ran++;
		w->aborted += !!e.stat.aborts;
		w->threw += !!e.stat.exceptions;
	} else if (ret == -E2BIG) {
		w->complex++;
	} else {
		st_ok(false, "written: %s: %d, %llu runs", object, ret, e.stat.runs);
	}
	if (channel > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, channel);
	st_object(SAFEX_IOC_DESTROY, kind, e.id);
	st_detach(program);
}

static void st_written_refused(struct st_written *w, const char *object)
{
	static char log[1 << 20];
	int ret = st_load(object, "extension", log, sizeof(log));

	if (ret < 0 && *log)
		w->refused++;
	else
		st_ok(false, "written: %s is broken and loads: %d", object, ret);
}

static void st_written_all(struct st_written *w, const char *pattern, uint32_t kind)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		if (kind == SAFEX_KIND_NONE)
			st_written_refused(w, found.gl_pathv[i]);
		else
			st_written_run(w, found.gl_pathv[i], kind);
	}
	globfree(&found);
}

void st_test_written(void)
{
	struct st_written w;

	st_is(st_written_create(&w), 0, "written: there is who raises events");
	st_written_all(&w, "written/*.monitor", SAFEX_KIND_MONITOR);
	st_written_all(&w, "written/*.handler", SAFEX_KIND_HANDLER);
	st_written_all(&w, "written/*.broken", SAFEX_KIND_NONE);
	st_note("%u ran, of them %u were aborted and %u threw; %u too complex, %u broken ones refused",
		w.ran, w.aborted, w.threw, w.complex, w.refused);
	st_ok(w.ran > w.aborted && w.aborted && w.threw && w.refused,
	      "written: some end, some are ended, some throw, some are refused");
	st_ok(w.complex * 20 <= w.ran, "written: %u too complex", w.complex);
	st_written_destroy(&w);
	st_is(st_count(), 0, "written: nothing is left");
}
