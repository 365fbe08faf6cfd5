// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a pass costs for each monitor in it, with ten, a hundred and a thousand
 * of them, and what an activation of a program that does nothing costs.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "st.h"
#include "st_gauge.h"

#define ALL	1000
#define LOADED	100	/* of one object */
#define SECONDS	4	/* a pass in each */

static int st_manager_id, st_class_id;
static uint32_t st_monitors[ALL];
static struct st_program *st_programs[ALL / LOADED];

static void st_ticks_class(void)
{
	struct safex_manager_create *m = st_manager_args("ticks");

	m->period = ST_S;
	m->budget = 5 * ST_US;
	st_attr(m->attrs, 0, "input", 0, SAFEX_EXT_READ, 0);
	m->n_attrs = 1;
	st_manager_id = st_manager(m);
	st_class_id = st_class(st_class_args(st_manager_id, m));
}

/* All are due in each pass: 50 us a second each. */
static uint32_t st_ticks_monitor(void)
{
	struct safex_ext_create e = {
		.name = "ticks", .kind = SAFEX_KIND_MONITOR,
		.class_id = st_class_id, .period = ST_S, .budget = 50 * ST_US,
		.read_mask = 1,
	};

	return st_ext(&e) > 0 ? e.id : 0;
}

static int st_ticks_load(const char *object, int n)
{
	int i, made = 0;

	for (i = 0; i < n; i++)
		st_monitors[i] = st_ticks_monitor();
	for (i = 0; i < n; i += LOADED)
		if (st_attach_all(&st_programs[i / LOADED], object, &st_monitors[i],
				  n - i < LOADED ? n - i : LOADED))
			return made;
	for (i = 0; i < n; i++)
		made += !st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR,
				   st_monitors[i]);
	return made;
}

static void st_ticks_unload(int n)
{
	int i;

	for (i = 0; i < n; i += LOADED)
		st_detach(st_programs[i / LOADED]);
	for (i = 0; i < n; i++)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, st_monitors[i]);
}

/* ns of a pass with n of them, less than 0: they don't run. */
static double st_ticks_pass(const char *object, int n)
{
	struct st_rounds r = { 0 };

	if (st_is(st_ticks_load(object, n), n, "ticks: monitors are there"))
		r = st_rounds_timer("safex_pass_tick", SECONDS);
	st_ticks_unload(n);
	return r.n ? (double)r.usual : -1;
}

static void st_ticks_of(const char *object, int n, double none, const char *name,
			const char *unit, const char *how)
{
	double pass = st_ticks_pass(object, n);

	if (st_ok(pass > none && none > 0, "ticks: %s is measured", name))
		st_figure(name, (pass - none) / n, unit, how);
}

void st_test_ticks(void)
{
	static const char each[] = "of a pass, for each monitor that gets an attribute and raises an event";
	struct rlimit files = { 16 * ALL, 16 * ALL };
	int cap = st_parameter("pass_cap_us", 60000);	/* all are due at once */
	double none;

	setrlimit(RLIMIT_NOFILE, &files);
	st_ticks_class();
	none = st_ticks_pass("many.bpf.o", 0);
	st_ticks_of("many.bpf.o", 10, none, "tick_ns_per_monitor.10", "ns", each);
	st_ticks_of("many.bpf.o", 100, none, "tick_ns_per_monitor.100", "ns", each);
	st_ticks_of("many.bpf.o", 1000, none, "tick_ns_per_monitor.1000", "ns", each);
	st_ticks_of("empty.bpf.o", 100, none, "empty_activation_insns",
		    "instructions", "activation of a program that does nothing");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, st_class_id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, st_manager_id);
	st_is(st_count(), 0, "ticks: nothing is left");
	st_parameter("pass_cap_us", cap);
}
