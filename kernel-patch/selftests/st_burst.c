// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program whose time is taken by devices' interrupts is aborted, for nobody can
 * give it more; but it is not removed for that, nor gone back from.
 */
#include <string.h>
#include "st.h"
#include "st_gauge.h"

#define BUDGET		(50 * ST_US)
#define BURSTS		"211000 57000"	/* ns: one in an activation takes its whole budget */
#define PERIOD		ST_MS
#define ABORTS		20		/* one of its own would remove it here */

static bool st_has_aborted(void *id)
{
	struct safex_stat s = { 0 };

	return !st_stat(SAFEX_KIND_MONITOR, *(int *)id, &s) && (s.aborts >= ABORTS || !s.active);
}

static bool st_runs_well(void *before)
{
	struct safex_stat *b = before, s = { 0 };

	return !st_stat(SAFEX_KIND_MONITOR, b->object.id, &s) && s.runs - s.aborts > b->runs - b->aborts + 10;
}

static void st_disturbed(int id)
{
	struct safex_record r = { 0 };
	struct safex_stat s = { 0 };

	st_is(st_gauge_write("burst", BURSTS), 0, "burst: devices interrupt");
	st_ok(st_wait(st_has_aborted, &id), "burst: it is aborted");
	st_ok(st_record(id, SAFEX_END_BUDGET, &r) && strstr(r.message, "devices' interrupts"),
	      "burst: and told why: %s", r.message);
	st_is(st_gauge_write("burst", "0 0"), 0, "burst: they are over");
	st_stat(SAFEX_KIND_MONITOR, id, &s);
	st_ok(s.active && s.aborts >= ABORTS, "burst: it is there after %llu aborts",
	      (unsigned long long)s.aborts);
	st_ok(st_wait(st_runs_well, &s), "burst: and runs well again");
}

static int st_often(int cls)
{
	struct safex_ext_create e = {
		.name = "often", .kind = SAFEX_KIND_MONITOR, .class_id = cls,
		.period = PERIOD, .budget = BUDGET, .read_mask = 1,
	};

	return st_ext(&e);
}

void st_test_burst(void)
{
	struct safex_manager_create *m = st_manager_args("burst");
	int limit = st_parameter("abort_limit", 1), cls, id;
	struct st_program *program;

	m->period = PERIOD;
	m->budget = ST_US;
	st_attr(m->attrs, 0, "a", 0, SAFEX_EXT_READ, 0);
	m->n_attrs = 1;
	st_manager(m);
	cls = st_class(st_class_args(m->id, m));
	id = st_often(cls);
	st_is(st_attach(&program, "taken.bpf.o", "brief_ops", id), 0, "burst: a monitor attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
	st_disturbed(id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
	st_detach(program);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_parameter("abort_limit", limit);
	st_is(st_count(), 0, "burst: nothing is left");
}
