// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacement of a program while it runs: no pass without it, and back to the
 * one before when the new one fails.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define OBJECT		"version.bpf.o"
#define ROUNDS		20
#define EXT		(SAFEX_APP_READ | SAFEX_EXT_READ | SAFEX_EXT_WRITE)

struct st_version {
	struct safex_manager_create args;
	int manager, cls, fd;
	const struct safex_page *page;
	struct st_program *guard, *program;
	struct safex_ext_create monitor;
	struct st_program *runs, *waits;	/* of the monitor */
	uint64_t behind;		/* runs of the manager minus the monitor's */
	int64_t want;			/* of slot 0 */
	uint32_t last;			/* version announced */
};

static void st_version_manager(struct st_version *v, const char *program, int pidfd)
{
	struct safex_manager_create *m = st_manager_args("version");
	struct safex_class_create *c;

	st_attr(m->attrs, 0, "which", 0, EXT, 0);
	st_attr(m->attrs, 1, "target", 0, SAFEX_APP_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 2, "reserved", 20 * ST_MS, EXT | SAFEX_MGR_WRITE, SAFEX_ROLE_SHARE);
	st_attr(m->attrs, 3, "period", 0, SAFEX_APP_READ, SAFEX_ROLE_PERIOD);
	m->n_attrs = 4;
	v->manager = st_manager(m);
	st_is(st_attach(&v->guard, OBJECT, "guard_ops", m->guard), 0,
	      "version: guard attaches");
	st_is(st_attach(&v->program, OBJECT, program, v->manager), 0,
	      "version: manager attaches");
	v->args = *m;
	c = st_class_args(v->manager, m);
	c->pidfd = pidfd;
	c->attrs[1].value = 20 * ST_MS;
	c->attrs[3].value = 50 * ST_MS;
	v->cls = st_class(c);
	v->fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, v->cls);
	v->page = mmap(NULL, sizeof(*v->page), PROT_READ, MAP_SHARED, v->fd, 0);
}

static void st_version_end(struct st_version *v)
{
	munmap((void *)v->page, sizeof(*v->page));
	close(v->fd);
	st_is(st_object(SAFEX_IOC_DESTROY, v->monitor.kind, v->monitor.id), 0,
	      "version: monitor goes");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, v->cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, v->manager);
	st_detach(v->runs);
	st_detach(v->waits);
	st_detach(v->program);
	st_detach(v->guard);
	st_is(st_count(), 0, "version: nothing is left");
}

static void st_version_monitor(struct st_version *v, const char *program)
{
	struct safex_ext_create *e = &v->monitor;

	*e = (struct safex_ext_create){
		.name = "version/monitor", .kind = SAFEX_KIND_MONITOR,
		.class_id = v->cls, .period = 10 * ST_MS, .budget = 50 * ST_US,
		.read_mask = 5, .write_mask = 5, .version = 1,
	};
	v->last = 1;
	st_ok(st_ext(e) > 0, "version: monitor is created");
	st_is(st_attach(&v->runs, OBJECT, program, e->id), 0,
	      "version: its first program attaches");
	st_object(SAFEX_IOC_ACTIVATE, e->kind, e->id);
}

static int st_version_wait(struct st_version *v, const char *program)
{
	int ret;

	v->monitor.version = ++v->last;
	ret = st_version(&v->monitor);
	return ret ? ret : st_attach(&v->waits, OBJECT, program, v->monitor.id);
}

static int st_version_start(struct st_version *v)
{
	return st_object(SAFEX_IOC_ACTIVATE, v->monitor.kind, v->monitor.id);
}

/* The new one is to stay: the old one goes. */
static void st_version_keep(struct st_version *v)
{
	st_keep(v->monitor.id, v->monitor.version);
	st_detach(v->runs);
	v->runs = v->waits;
	v->waits = NULL;
}

static void st_version_give_up(struct st_version *v)
{
	st_detach(v->waits);
	v->waits = NULL;
}

static bool st_version_shows(void *arg)
{
	struct st_version *v = arg;

	return __atomic_load_n(&v->page->value[0], __ATOMIC_RELAXED) == v->want;
}

/* Passes of the manager that the monitor was not run in, at one moment. */
static uint64_t st_version_behind(const struct st_version *v)
{
	struct safex_stat before, ext, after;

	do {
		st_stat(SAFEX_KIND_MANAGER, v->manager, &before);
		st_stat(v->monitor.kind, v->monitor.id, &ext);
		st_stat(SAFEX_KIND_MANAGER, v->manager, &after);
	} while (before.runs != after.runs);
	return before.runs - ext.runs;
}

static void st_version_replaced(struct st_version *v)
{
	struct safex_stat s;
	int i, done = 0, shown = 0;

	for (i = 0; i < ROUNDS; i++) {
		done += !st_version_wait(v, i % 2 ? "one_ops" : "two_ops") &&
			!st_version_start(v);
		v->want = i % 2 ? 1 : 2;
		shown += st_wait(st_version_shows, v);
		st_version_keep(v);
	}
	st_is(done, ROUNDS, "version: replaced again and again");
	st_is(shown, ROUNDS, "version: each time the new one runs");
	st_is(st_keep(v->monitor.id, 1), -ESTALE, "version: one that is gone can't be kept");
	st_is(st_keep(v->cls, 1), -EINVAL, "version: nor a class");
	st_is(st_version_behind(v), v->behind, "version: and no pass was without it");
	st_stat(v->monitor.kind, v->monitor.id, &s);
	st_ok(s.version == v->last && !s.next && !s.previous && !s.failed && s.active,
	      "version: figures say which");
}

/* What the new one fails to do in that pass, the old one does. */
static void st_version_fails(struct st_version *v, const char *program,
			     uint32_t cause)
{
	uint64_t behind = st_version_behind(v);
	uint32_t old = v->monitor.version;
	struct safex_record r;
	struct safex_stat s;

	v->want = v->page->value[0];
	st_is(st_version_wait(v, program), 0, "version: one that will fail waits");
	st_is(st_version_start(v), 0, "version: and starts");
	st_ok(st_record(v->monitor.id, SAFEX_END_REVERTED, &r),
	      "version: it is gone back from");
	st_note("record: %s", r.message);
	st_stat(v->monitor.kind, v->monitor.id, &s);
	st_ok(s.version == old && s.failed == v->last && !s.previous && s.active,
	      "version: the old one runs again");
	st_is(s.cause, cause, "version: figures say why");
	st_ok(st_version_shows(v), "version: nothing of the failed one is seen");
	st_is(st_version_behind(v), behind - 1, "version: and that pass was not lost");
	v->monitor.version = v->last + 1;
	st_is(st_version(&v->monitor), -EBUSY,
	      "version: none is announced while it is there");
	st_version_give_up(v);
	v->monitor.version = old;
}

static void st_version_refused(struct st_version *v)
{
	struct safex_ext_create e = v->monitor;
	struct st_program *third;

	st_is(st_attach(&third, OBJECT, "two_ops", e.id), -EBUSY,
	      "version: no second program without an announcement");
	st_detach(third);
	st_is(st_version(&e), -EINVAL, "version: the number that runs");
	e.version = ++v->last;
	e.class_id++;
	st_is(st_version(&e), -EINVAL, "version: another class");
	e.class_id--;
	e.read_mask = 1 << 20;
	st_is(st_version(&e), -EACCES, "version: an attribute without the right");
	e = v->monitor;
	e.version = v->last;
	e.budget = 10 * ST_MS;
	st_is(st_version(&e), -EDQUOT, "version: more time than the host has");
	e.budget = v->monitor.budget;
	st_is(st_version(&e), 0, "version: announced");
	st_is(st_version(&e), 0, "version: and again");
	e.budget = 0;
	st_is(st_version(&e), 0, "version: and taken back");
	e.id = v->cls;
	st_is(st_version(&e), -ENOENT, "version: of what has none");
	e.id = 12345678;
	st_is(st_version(&e), -ENOENT, "version: of nothing");
	st_is(st_version_wait(v, "two_ops"), 0, "version: one waits");
	st_is(st_attach(&third, OBJECT, "two_ops", v->monitor.id), -EBUSY,
	      "version: no second one");
	st_detach(third);
	st_version_give_up(v);
	st_is(st_version_start(v), 0, "version: it went unused");
}

static void st_version_times(void)
{
	struct st_version v = { 0 };
	struct safex_info before, after;

	st_version_manager(&v, "manager_ops", -1);
	st_version_monitor(&v, "one_ops");
	v.want = 1;
	st_ok(st_wait(st_version_shows, &v), "version: first one runs");
	v.behind = st_version_behind(&v);
	st_info(&before);
	st_version_replaced(&v);
	st_version_fails(&v, "spins_ops", SAFEX_END_BUDGET);
	st_version_fails(&v, "throws_ops", SAFEX_END_THROWN);
	st_version_refused(&v);
	st_is(st_version_behind(&v), v.behind - 2, "version: the old one ran on");
	st_info(&after);
	st_is(after.extension_used_ppm, before.extension_used_ppm,
	      "version: no time stays reserved");
	st_is(st_version_wait(&v, "two_ops"), 0, "version: one waits at the end");
	st_version_end(&v);
}

/* A new version that takes the application's CPU away. */
static void st_version_contract(void)
{
	struct sched_param above = { .sched_priority = 50 };
	pid_t served = st_hog(0), other = st_hog(0);
	int pidfd = st_pidfd(served);
	struct st_version v = { 0 };
	struct safex_record r;
	struct safex_stat s;

	sched_setscheduler(0, SCHED_FIFO, &above);
	st_version_manager(&v, "serves_ops", pidfd);
	close(pidfd);
	st_version_monitor(&v, "feeds_ops");
	usleep(500000);
	st_is(st_version_wait(&v, "starves_ops"), 0, "version: starving one waits");
	st_version_start(&v);
	st_ok(st_record(v.monitor.id, SAFEX_END_REVERTED, &r),
	      "version: it breaks the contract");
	st_note("record: %s", r.message);
	st_stat(v.monitor.kind, v.monitor.id, &s);
	st_is(s.cause, SAFEX_END_CONTRACT, "version: and that is why");
	st_is(s.version, 1, "version: the first one serves again");
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	st_version_end(&v);
	st_kill(served);
	st_kill(other);
}

static uint64_t st_version_violated(const struct st_version *v)
{
	struct safex_stat before, after;

	usleep(250000);		/* what was asked for before counts no more */
	st_stat(SAFEX_KIND_CLASS, v->cls, &before);
	usleep(500000);
	st_stat(SAFEX_KIND_CLASS, v->cls, &after);
	return after.violations - before.violations;
}

/*
 * A monitor asks for less, which is no violation then.  What the manager makes of
 * it later is owed, though nobody has asked for it.
 */
static void st_version_raised(void)
{
	pid_t served = st_hog(0), other = st_hog(0);
	struct sched_param above = { .sched_priority = 50 };
	int pidfd = st_pidfd(served);
	struct st_version v = { 0 };
	uint64_t violated;

	sched_setscheduler(0, SCHED_FIFO, &above);
	sched_setscheduler(other, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
	st_version_manager(&v, "denies_ops", pidfd);
	close(pidfd);
	st_version_monitor(&v, "starves_ops");
	st_is(st_version_violated(&v), 0, "version: it gets what it has asked for");
	st_is(st_version_wait(&v, "one_ops"), 0, "version: one asks for nothing");
	st_version_start(&v);
	st_version_keep(&v);
	violated = st_version_violated(&v);
	st_ok(violated > 7, "version: what the manager made of it is owed: %llu",
	      (unsigned long long)violated);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	st_version_end(&v);
	st_kill(served);
	st_kill(other);
}

struct st_version_other {
	int cls, monitor;
	struct st_program *program;
};

/* Another class of the manager, with a monitor that asks for more than its target. */
static void st_version_takes(const struct st_version *v, pid_t pid, struct st_version_other *o)
{
	struct safex_class_create *c;
	struct safex_ext_create e;

	c = st_class_args(v->manager, &v->args);
	c->pidfd = st_pidfd(pid);
	c->attrs[1].value = 20 * ST_MS;
	c->attrs[3].value = 50 * ST_MS;
	o->cls = st_class(c);
	close(c->pidfd);
	st_ok(o->cls > 0, "version: another class");
	e = (struct safex_ext_create){
		.name = "version/other", .kind = SAFEX_KIND_MONITOR, .class_id = o->cls,
		.period = 10 * ST_MS, .budget = 50 * ST_US, .read_mask = 5, .write_mask = 5,
		.version = 1,
	};
	o->monitor = st_ext(&e);
	st_is(st_attach(&o->program, OBJECT, "takes_ops", e.id), 0, "version: which takes the rest");
	st_object(SAFEX_IOC_ACTIVATE, e.kind, e.id);
}

static void st_version_forgoes(struct st_version_other *o)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, o->monitor);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, o->cls);
	st_detach(o->program);
}

/* A monitor asks for less, and then for the target, which others have by then. */
static void st_version_in_vain(void)
{
	pid_t served = st_hog(0), other = st_hog(0);
	struct st_version_other takes = { 0 };
	struct safex_stat s = { 0 };
	int pidfd = st_pidfd(served);
	struct st_version v = { 0 };
	uint64_t violated;

	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 50 });
	st_version_manager(&v, "serves_ops", pidfd);
	close(pidfd);
	st_version_monitor(&v, "starves_ops");
	usleep(250000);
	st_version_takes(&v, other, &takes);
	usleep(250000);
	st_is(st_version_wait(&v, "wants_ops"), 0, "version: one asks for the target again");
	st_version_start(&v);
	violated = st_version_violated(&v);
	st_ok(violated > 7, "version: which is owed, and is not there: %llu",
	      (unsigned long long)violated);
	st_stat(v.monitor.kind, v.monitor.id, &s);
	st_ok(s.version == v.last && !s.failed, "version: for which it is not gone back from");
	st_version_keep(&v);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	st_version_forgoes(&takes);
	st_version_end(&v);
	st_kill(served);
	st_kill(other);
}

void st_test_version(void)
{
	st_version_times();
	st_version_contract();
	st_version_raised();
	st_version_in_vain();
}
