// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attribute -> monitor -> event -> handler -> guard -> page, and the refusals
 * on the way.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define APP	(SAFEX_APP_READ | SAFEX_APP_WRITE)
#define EXT	(SAFEX_EXT_READ | SAFEX_EXT_WRITE)

struct st_flow {
	int manager, guard, cls, monitor, handler, channel, fd;
	uint64_t runs;
	const struct safex_page *page;
	struct st_program *manager_prog, *guard_prog, *monitor_prog;
	struct st_program *handler_prog;
};

static void st_flow_create(struct st_flow *f)
{
	struct safex_manager_create *m = st_manager_args("flow");

	st_attr(m->attrs, 0, "input", 5, APP | EXT, 0);
	st_attr(m->attrs, 1, "output", 0, APP | EXT, 0);
	st_attr(m->attrs, 2, "mapped", 0, SAFEX_APP_READ | SAFEX_EXT_READ, 0);
	st_attr(m->attrs, 3, "ticks", 0, SAFEX_APP_READ | SAFEX_MGR_WRITE, 0);
	st_attr(m->attrs, 4, "secret", 9, SAFEX_APP_READ, 0);
	m->n_attrs = 5;
	f->manager = st_manager(m);
	f->guard = m->guard;
	f->cls = st_class(st_class_args(f->manager, m));
	f->monitor = st_monitor(f->cls, 50 * ST_US, 1, 0);
	f->handler = st_handler(f->cls, 50 * ST_US, 0, 2);
	f->channel = st_channel(f->monitor, f->handler);
	st_ok(f->manager > 0 && f->cls > 0 && f->monitor > 0 && f->handler > 0 &&
	      f->channel > 0, "flow: objects are created");
	f->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, f->cls);
	f->page = mmap(NULL, sizeof(*f->page), PROT_READ, MAP_SHARED, f->fd, 0);
	st_ok(f->page != MAP_FAILED && f->page->abi == SAFEX_ABI &&
	      f->page->value[0] == 5, "flow: page is mapped");
	st_ok(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0) ==
	      MAP_FAILED, "flow: page can't be mapped writable");
}

static void st_flow_attach(struct st_flow *f)
{
	st_is(st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, f->monitor), -8,
	      "flow: activate without a program is refused");
	st_is(st_attach(&f->monitor_prog, "flow.bpf.o", "monitor_ops",
			f->monitor), 0, "flow: monitor attaches");
	st_is(st_attach(&f->handler_prog, "flow.bpf.o", "handler_ops",
			f->handler), 0, "flow: handler attaches");
	st_is(st_attach(&f->manager_prog, "flow.bpf.o", "manager_ops",
			f->manager), 0, "flow: manager attaches");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, f->monitor);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, f->handler);
}

static bool st_ticks(void *arg)
{
	struct st_flow *f = arg;

	return __atomic_load_n(&f->page->value[3], __ATOMIC_RELAXED) >= 5;
}

static bool st_output(void *arg)
{
	struct st_flow *f = arg;

	return __atomic_load_n(&f->page->value[1], __ATOMIC_RELAXED) == 5;
}

static bool st_mapped_unsafe(void *arg)
{
	struct st_flow *f = arg;

	return __atomic_load_n(&f->page->value[2], __ATOMIC_RELAXED) == -1;
}

static void st_flow_unguarded(struct st_flow *f)
{
	struct safex_record r;
	uint32_t verdict;

	st_ok(st_wait(st_ticks, f), "flow: manager ticks");
	st_ok(st_record(f->handler, SAFEX_END_GUARD, &r) &&
	      r.code == SAFEX_GUARD_FAULT, "flow: no guard, no write");
	st_note("record: %s: %s", r.name, r.message);
	st_is(f->page->value[1], 0, "flow: output is untouched");
	st_is(st_set(f->fd, 0, 7, &verdict), 0, "flow: set is answered");
	st_is(verdict, SAFEX_GUARD_FAULT, "flow: set without guard is refused");
}

static bool st_ran_on(void *arg)
{
	struct st_flow *f = arg;
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_HANDLER, f->handler, &s) &&
	       s.runs >= f->runs;
}

/* Longer than a second, within which a record would not be repeated. */
static void st_flow_unsafe(struct st_flow *f)
{
	struct safex_stat s;
	uint64_t refused;

	st_stat(SAFEX_KIND_HANDLER, f->handler, &s);
	refused = s.refused;
	f->runs = s.runs + 120;
	st_ok(st_wait(st_ran_on, f), "flow: handler goes on with its fallback");
	st_stat(SAFEX_KIND_HANDLER, f->handler, &s);
	st_is(s.refused, refused, "flow: a fallback is no refusal");
}

static void st_flow_guarded(struct st_flow *f)
{
	struct safex_record r;
	uint32_t verdict;
	int unsafe = 0;

	st_is(st_attach(&f->guard_prog, "flow.bpf.o", "guard_ops", f->guard), 0,
	      "flow: guard attaches");
	st_ok(st_wait(st_output, f), "flow: monitor, event, handler, guard");
	st_is(f->page->value[2], 10, "flow: mapped with the same commit");
	st_is(f->page->revision & 1, 0, "flow: revision is even");
	st_set(f->fd, 4, 1, &verdict);
	st_is(verdict, SAFEX_GUARD_RIGHTS, "flow: app has no right to secret");
	st_set(f->fd, 1, 1001, &verdict);
	st_is(verdict, SAFEX_GUARD_RANGE, "flow: guard refuses the range");
	st_is(st_set(f->fd, 5, 1, &verdict), -2, "flow: no such slot");
	st_set(f->fd, 0, 500, &verdict);
	st_is(verdict, SAFEX_GUARD_OK, "flow: app sets input");
	st_ok(st_wait(st_mapped_unsafe, f), "flow: unsafe: fallback is mapped");
	st_is(f->page->value[1], 5, "flow: unsafe: value is not written");
	st_flow_unsafe(f);
	st_set(f->fd, 0, 4000, &verdict);
	do {
		st_ok(st_record(f->handler, SAFEX_END_GUARD, &r),
		      "flow: refusal is recorded");
		unsafe += r.code == SAFEX_GUARD_UNSAFE;
	} while (r.seq && r.code != SAFEX_GUARD_RANGE);
	st_note("record: %s: %s", r.name, r.message);
	st_is(unsafe, 1, "flow: a fallback is told when it begins");
}

static void st_flow_stats(struct st_flow *f)
{
	struct safex_stat s;

	st_stat(SAFEX_KIND_MONITOR, f->monitor, &s);
	st_ok(s.active && s.runs > 10 && s.events == s.runs && s.time_max >=
	      s.time_sum / s.runs && !s.aborts, "flow: monitor's figures");
	st_note("monitor: %llu runs, mean %llu ns, most %llu ns", s.runs,
		s.time_sum / s.runs, s.time_max);
	st_stat(SAFEX_KIND_HANDLER, f->handler, &s);
	st_ok(s.active && s.events == s.runs && s.refused,
	      "flow: handler's figures");
	st_note("handler: %llu runs, mean %llu ns, most %llu ns", s.runs,
		s.time_sum / s.runs, s.time_max);
	st_stat(SAFEX_KIND_GUARD, f->guard, &s);
	st_note("guard: %llu runs, mean %llu ns, most %llu ns", s.runs,
		s.time_sum / s.runs, s.time_max);
	st_stat(SAFEX_KIND_CLASS, f->cls, &s);
	st_ok(s.cd == 42 && s.charged > 0, "flow: class is charged");
}

static void st_flow_destroy(struct st_flow *f)
{
	uint32_t verdict;

	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, f->manager), -16,
	      "flow: manager with classes stays");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, f->cls), -16,
	      "flow: class with extensions stays");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, f->handler), -16,
	      "flow: handler in a channel stays");
	st_detach(f->guard_prog);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, f->channel), 0,
	      "flow: channel goes");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, f->monitor), 0,
	      "flow: monitor goes with its program attached");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, f->handler), 0,
	      "flow: handler goes");
	st_detach(f->monitor_prog);
	st_detach(f->handler_prog);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, f->cls), 0,
	      "flow: class goes");
	st_is(f->page->value[1], 5, "flow: page is still there");
	st_is(st_set(f->fd, 0, 1, &verdict), -19, "flow: set says gone");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, f->manager), 0,
	      "flow: manager goes");
	st_detach(f->manager_prog);
	close(f->fd);
	munmap((void *)f->page, sizeof(*f->page));
	st_is(st_count(), 0, "flow: nothing is left");
}

void st_test_flow(void)
{
	struct st_flow f = { 0 };

	st_flow_create(&f);
	st_flow_attach(&f);
	st_flow_unguarded(&f);
	st_flow_guarded(&f);
	st_flow_stats(&f);
	st_flow_destroy(&f);
}
