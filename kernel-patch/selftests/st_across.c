// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events from one manager's class to a handler under another manager.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define RIGHTS	(SAFEX_EXT_READ | SAFEX_EXT_WRITE)

struct st_side {
	int manager, cls, ext;
	uint32_t guard;
	struct st_program *program;
};

static void st_side_create(struct st_side *s, const char *name, int64_t period,
			   int64_t budget)
{
	struct safex_manager_create *m = st_manager_args(name);

	m->period = period;
	m->budget = budget;
	st_attr(m->attrs, 0, "input", 5, RIGHTS, 0);
	st_attr(m->attrs, 1, "output", 0, RIGHTS, 0);
	st_attr(m->attrs, 2, "mapped", 0, RIGHTS, 0);
	m->n_attrs = 3;
	s->manager = st_manager(m);
	s->guard = m->guard;
	s->cls = st_class(st_class_args(s->manager, m));
}

static bool st_ran(void *arg)
{
	struct st_side *s = arg;
	struct safex_stat stat;

	return !st_stat(SAFEX_KIND_HANDLER, s->ext, &stat) && stat.runs >= 3;
}

static void st_side_destroy(struct st_side *s, uint32_t kind)
{
	st_is(st_object(SAFEX_IOC_DESTROY, kind, s->ext), 0,
	      "across: extension goes");
	st_detach(s->program);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, s->cls);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, s->manager), 0,
	      "across: manager goes");
}

/*
 * The handler's manager ticks every 10 s: only a kick can be the reason.  What
 * is reserved for it in that time is enough for three runs on a slow host.
 */
void st_test_across(void)
{
	int cap = st_parameter("pass_cap_us", 60000), channel;
	struct st_side a, b;

	st_side_create(&a, "near", 10 * ST_MS, 50 * ST_US);
	st_side_create(&b, "far", 10000 * ST_MS, 10 * ST_MS);
	a.ext = st_monitor(a.cls, 50 * ST_US, 1, 0);
	b.ext = st_handler(b.cls, 10 * ST_MS, 0, 7);
	channel = st_channel(a.ext, b.ext);
	st_ok(channel > 0, "across: channel between managers");
	st_is(st_channel(a.ext, b.ext), -17, "across: but not twice");
	st_is(st_attach(&a.program, "flow.bpf.o", "monitor_ops", a.ext), 0,
	      "across: monitor attaches");
	st_is(st_attach(&b.program, "flow.bpf.o", "handler_ops", b.ext), 0,
	      "across: handler attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, b.ext);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, a.ext);
	st_ok(st_wait(st_ran, &b), "across: handler runs at once");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, channel), 0,
	      "across: channel goes while events flow");
	st_side_destroy(&b, SAFEX_KIND_HANDLER);
	st_side_destroy(&a, SAFEX_KIND_MONITOR);
	st_parameter("pass_cap_us", cap);
	st_is(st_count(), 0, "across: nothing is left");
}
