// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time reserved for extensions and their guards: what is admitted, what a
 * handler gets of it for many events, and whose account it goes to.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "st.h"

#define RIGHTS	(SAFEX_EXT_READ | SAFEX_EXT_WRITE)
#define SLOTS	16
#define EVENTS	16	/* that time.bpf.c raises */

#define MONITOR_BUDGET	(50 * ST_US)

struct st_time {
	int manager, cls, monitor, handler, channel;
	uint32_t guard;
	struct safex_stat m, h, g, c;
	struct st_program *programs[3];
	uint64_t budget;	/* of the handler, and of the guard */
	uint64_t ticks;		/* in which there was a channel */
};

static uint64_t st_reserved(void)
{
	struct safex_info info;

	return ioctl(st_dev, SAFEX_IOC_INFO, &info) ? 0 : info.extension_used_ppm;
}

static void st_time_create(struct st_time *t, uint64_t budget)
{
	struct safex_manager_create *m = st_manager_args("time");
	struct safex_class_create *c;
	char name[] = "a";
	uint32_t i;

	m->budget = t->budget = budget;
	for (i = 0; i < SLOTS; i++, name[0]++)
		st_attr(m->attrs, i, name, 0, RIGHTS, 0);
	m->n_attrs = SLOTS;
	t->manager = st_manager(m);
	t->guard = m->guard;
	c = st_class_args(t->manager, m);
	c->pidfd = st_pidfd(getpid());
	t->cls = st_class(c);
	close(c->pidfd);
}

static void st_time_destroy(struct st_time *t)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, t->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, t->manager);
	st_is(st_count(), 0, "time: nothing is left");
}

/* 50 us in 10 ms are 5000 millionths; 100000 are there for all. */
static void st_time_admission(void)
{
	struct st_time t;
	int a, b;

	st_time_create(&t, 50 * ST_US);
	st_is(st_reserved(), 5000, "time: a manager's program is reserved for");
	a = st_handler(t.cls, 50 * ST_US, 0, 0xffff);
	st_is(st_reserved(), 90000, "time: so are a handler and its 16 guards");
	st_is(st_handler(t.cls, 50 * ST_US, 0, 7), -EDQUOT,
	      "time: no more than there is, guards included");
	b = st_handler(t.cls, 50 * ST_US, 0, 1);
	st_is(st_reserved(), 100000, "time: all of it");
	st_is(st_monitor(t.cls, ST_US, 0, 0), -EDQUOT, "time: and then nothing");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, a);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, b);
	st_is(st_reserved(), 5000, "time: given back");
	st_time_destroy(&t);
	st_is(st_reserved(), 0, "time: all of it given back");
}

/* More than the reservation is nobody's fault, and not charged. */
static bool st_time_over(const struct st_time *t)
{
	return t->m.time_max > MONITOR_BUDGET || t->h.time_max > t->budget ||
	       t->g.time_max > t->budget;
}

/* The monitor goes on: there are moments at which no pass is under way, on no CPU. */
static bool st_time_is_charged(void *arg)
{
	struct st_time *t = arg;
	uint64_t sum;

	st_stat(SAFEX_KIND_MONITOR, t->monitor, &t->m);
	st_stat(SAFEX_KIND_HANDLER, t->handler, &t->h);
	st_stat(SAFEX_KIND_GUARD, t->guard, &t->g);
	st_stat(SAFEX_KIND_CLASS, t->cls, &t->c);
	sum = t->m.time_sum + t->h.time_sum + t->g.time_sum;
	return t->c.charged == sum || (t->c.charged < sum && st_time_over(t));
}

static void st_time_stop(struct st_time *t)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, t->channel);
	st_stat(SAFEX_KIND_MONITOR, t->monitor, &t->m);
	t->ticks = t->m.runs;
	st_ok(st_wait(st_time_is_charged, t), "time: all of it is charged to the class");
}

static bool st_time_ran(void *arg)
{
	struct st_time *t = arg;

	return !st_stat(SAFEX_KIND_MONITOR, t->monitor, &t->m) && t->m.runs >= 30;
}

static void st_time_run(struct st_time *t, uint64_t budget)
{
	st_time_create(t, budget);
	t->monitor = st_monitor(t->cls, MONITOR_BUDGET, 0, 0);
	t->handler = st_handler(t->cls, budget, 0, 2);
	t->channel = st_channel(t->monitor, t->handler);
	st_is(st_attach(&t->programs[0], "time.bpf.o", "guard_ops", t->guard), 0,
	      "time: guard attaches");
	st_is(st_attach(&t->programs[1], "time.bpf.o", "handler_ops", t->handler),
	      0, "time: handler attaches");
	st_is(st_attach(&t->programs[2], "time.bpf.o", "monitor_ops", t->monitor),
	      0, "time: monitor attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, t->handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, t->monitor);
	st_ok(st_wait(st_time_ran, t), "time: monitor runs");
	st_time_stop(t);
}

static void st_time_end(struct st_time *t)
{
	size_t i;

	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, t->monitor);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, t->handler);
	for (i = 0; i < 3; i++)
		st_detach(t->programs[i]);
	st_time_destroy(t);
}

static uint64_t st_sum(const struct safex_stat *s)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < SAFEX_HISTOGRAM; i++)
		sum += s->histogram[i];
	return sum;
}

static void st_time_accounts(void)
{
	uint64_t budget = 50 * ST_US, longest;
	struct st_time t = { 0 };

	st_time_run(&t, budget);
	longest = t.h.time_max + t.g.time_max;
	st_ok(t.h.runs >= EVENTS * (t.ticks - 1) || longest * EVENTS > 2 * budget,
	      "time: every event is handled");
	st_is(t.g.runs, t.h.runs, "time: the guard sees every write");
	st_ok(t.c.cpu_used >= t.c.charged, "time: as CPU time it has had");
	st_ok(st_sum(&t.m) == t.m.runs && st_sum(&t.h) == t.h.runs,
	      "time: each run is in the histogram");
	st_ok(t.h.histogram[63 - __builtin_clzll(t.h.time_max)] &&
	      t.h.time_max * t.h.runs >= t.h.time_sum,
	      "time: the longest run in its place");
	st_time_end(&t);
}

/* 1 us, and 1 us for the guard, are not enough for 16 events in a tick. */
static void st_time_events(void)
{
	struct st_time t = { 0 };

	st_time_run(&t, ST_US);
	st_note("%llu events, %llu handled", (unsigned long long)t.ticks * EVENTS,
		t.h.runs);
	st_ok(t.h.runs >= t.ticks - 1, "time: one event in each tick");
	st_ok(t.h.runs <= 3 * (t.ticks + 1), "time: more wait until there is time");
	st_time_end(&t);
}

/* Of the last ticks, more than two events in each. */
static bool st_time_several(void *arg)
{
	struct st_time *t = arg;
	struct safex_stat m = t->m, h = t->h;

	st_stat(SAFEX_KIND_MONITOR, t->monitor, &t->m);
	st_stat(SAFEX_KIND_HANDLER, t->handler, &t->h);
	return h.aborts && t->m.runs > m.runs &&
	       t->h.runs - h.runs > 2 * (t->m.runs - m.runs + 1);
}

/* One event that took too long is no reason to take one in a tick for ever. */
static void st_time_heals(void)
{
	struct st_time t = { 0 };

	st_time_create(&t, 50 * ST_US);
	t.monitor = st_monitor(t.cls, MONITOR_BUDGET, 0, 0);
	t.handler = st_handler(t.cls, 50 * ST_US, 0, 0);
	t.channel = st_channel(t.monitor, t.handler);
	st_is(st_attach(&t.programs[0], "time.bpf.o", "outlier_ops", t.handler),
	      0, "time: handler attaches, whose first event takes too long");
	st_is(st_attach(&t.programs[1], "time.bpf.o", "monitor_ops", t.monitor),
	      0, "time: monitor attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, t.handler);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, t.monitor);
	st_ok(st_wait(st_time_several, &t), "time: it gets several in a tick again");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, t.channel);
	st_time_end(&t);
}

void st_test_time(void)
{
	st_time_admission();
	st_time_accounts();
	st_time_events();
	st_time_heals();
}
