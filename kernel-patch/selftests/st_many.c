// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thousand monitors on one host: each runs when it is due, and all can go.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "st.h"

#define MANAGERS	10
#define CLASSES		100	/* of all managers */
#define ALL		1000	/* monitors of all classes */
#define LOADED		100	/* monitors of one object */
#define RUNS		3

static int st_managers[MANAGERS], st_classes[CLASSES];
static uint32_t st_monitors[ALL];
static struct st_program *st_programs[ALL / LOADED];

/* One after the other gets its share of the classes. */
static void st_many_manager(int i)
{
	struct safex_manager_create *m = st_manager_args("many");
	int cls;

	m->period = 100 * ST_MS;
	m->budget = 5 * ST_US;
	st_attr(m->attrs, 0, "input", 0, SAFEX_EXT_READ, 0);
	m->n_attrs = 1;
	st_managers[i] = st_manager(m);
	for (cls = i; cls < CLASSES; cls += MANAGERS)
		st_classes[cls] = st_class(st_class_args(st_managers[i], m));
}

/* Once a second, 50 us: 5 % of a CPU for all of them. */
static uint32_t st_many_monitor(int cls)
{
	struct safex_ext_create e = {
		.name = "many", .kind = SAFEX_KIND_MONITOR, .class_id = cls,
		.period = ST_S, .budget = 50 * ST_US, .read_mask = 1,
	};

	return st_ext(&e) > 0 ? e.id : 0;
}

static int st_many_create(void)
{
	int i, made = 0;

	for (i = 0; i < MANAGERS; i++)
		st_many_manager(i);
	for (i = 0; i < ALL; i++)
		st_monitors[i] = st_many_monitor(st_classes[i % CLASSES]);
	for (i = 0; i < ALL; i += LOADED)
		if (st_attach_all(&st_programs[i / LOADED], "many.bpf.o",
				  &st_monitors[i], LOADED))
			return made;
	for (i = 0; i < ALL; i++)
		made += !st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR,
				   st_monitors[i]);
	return made;
}

/* Each of them; their sums go to *arg. */
static bool st_many_ran(void *arg)
{
	struct safex_stat *sum = arg, s;
	int i;

	sum->runs = sum->time_sum = sum->aborts = 0;
	for (i = 0; i < ALL; i++) {
		if (st_stat(SAFEX_KIND_MONITOR, st_monitors[i], &s) ||
		    s.runs < RUNS)
			return false;
		sum->runs += s.runs;
		sum->time_sum += s.time_sum;
		sum->aborts += s.aborts;
	}
	return true;
}

static int st_many_destroy(void)
{
	int i, left = 0;

	for (i = 0; i < ALL; i++)
		left += !!st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR,
				    st_monitors[i]);
	for (i = 0; i < ALL / LOADED; i++)
		st_detach(st_programs[i]);
	for (i = 0; i < CLASSES; i++)
		left += !!st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS,
				    st_classes[i]);
	for (i = 0; i < MANAGERS; i++)
		left += !!st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER,
				    st_managers[i]);
	return left;
}

void st_test_many(void)
{
	int cap = st_parameter("pass_cap_us", 60000);	/* they may be due at once */
	struct rlimit files = { 16 * ALL, 16 * ALL };
	struct safex_stat sum;

	setrlimit(RLIMIT_NOFILE, &files);
	st_is(st_many_create(), ALL, "many: a thousand monitors");
	st_ok(st_wait(st_many_ran, &sum), "many: each runs when it is due");
	st_note("%llu runs, mean %llu ns, %llu aborted", sum.runs,
		sum.runs ? sum.time_sum / sum.runs : 0, sum.aborts);
	st_is(st_many_destroy(), 0, "many: all can go");
	st_is(st_count(), 0, "many: nothing is left");
	st_ok(st_line("/sys/kernel/debug/safex", "objects=0 alive=0", ""),
	      "many: nothing is alive");
	st_parameter("pass_cap_us", cap);
}
