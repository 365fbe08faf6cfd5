// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /dev/safex refuses, and that a refusal leaves nothing behind.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "st.h"

static void st_bad_managers(void)
{
	struct safex_manager_create *m = st_manager_args("x");

	m->pad = 1;
	st_is(st_manager(m), -EINVAL, "admission: reserved field must be zero");
	st_is(st_manager(st_manager_args("")), -EINVAL,
	      "admission: manager needs a name");
	m = st_manager_args("x");
	memset(m->name, 'x', sizeof(m->name));
	st_is(st_manager(m), -EINVAL, "admission: name must end");
	m = st_manager_args("x");
	m->period = 999999;
	st_is(st_manager(m), -ERANGE, "admission: period below 1 ms");
	m = st_manager_args("x");
	m->budget = 0;
	st_is(st_manager(m), -ERANGE, "admission: budget 0");
	m = st_manager_args("x");
	m->n_attrs = SAFEX_ATTRS_MAX + 1;
	st_is(st_manager(m), -EINVAL, "admission: too many attributes");
	m = st_manager_args("x");
	st_attr(m->attrs, 0, "a", 0, 0, 0);
	st_attr(m->attrs, 1, "a", 0, 0, 0);
	m->n_attrs = 2;
	st_is(st_manager(m), -EEXIST, "admission: attribute twice");
	m = st_manager_args("x");
	st_attr(m->attrs, 0, "a", 0, SAFEX_RIGHTS_ALL + 1, 0);
	m->n_attrs = 1;
	st_is(st_manager(m), -EINVAL, "admission: unknown right");
}

/* A class with target and period of one CPU, in ms. */
static int st_contract(const struct safex_manager_create *m, int64_t target,
		       int64_t period)
{
	struct safex_class_create *c = st_class_args(m->id, m);

	c->attrs[0].value = target * ST_MS;
	c->attrs[1].value = period * ST_MS;
	return st_class(c);
}

static void st_bad_contracts(const struct safex_manager_create *m)
{
	struct safex_class_create *c;
	int a, b;

	st_is(st_contract(m, 101, 100), -ERANGE, "admission: target > period");
	st_is(st_contract(m, 0, 100), -ERANGE, "admission: target 0");
	st_is(st_contract(m, -1, 100), -ERANGE, "admission: target < 0");
	st_is(st_contract(m, 1, 0), -ERANGE, "admission: period 0");
	st_is(st_contract(m, 1, 10001), -ERANGE, "admission: period > 10 s");
	c = st_class_args(m->id, m);
	c->attrs[0].value = 10 * ST_MS;
	c->attrs[1].value = 100 * ST_MS;
	c->attrs[2].value = 11 * ST_MS;
	st_is(st_class(c), -ERANGE, "admission: minimum > target");
	c = st_class_args(m->id, m);
	c->manager = 9999;
	st_is(st_class(c), -ENOENT, "admission: no such manager");
	c = st_class_args(m->id, m);
	c->n_attrs--;
	memset(&c->attrs[c->n_attrs], 0, sizeof(c->attrs[0]));
	st_is(st_class(c), -EINVAL, "admission: manager's attribute is missing");
	a = st_contract(m, 50, 100);
	b = st_contract(m, 40, 100);
	st_ok(a > 0 && b > 0, "admission: 90 %% of a CPU");
	st_is(st_contract(m, 10, 100), -EDQUOT, "admission: and no 10 % more");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, a), 0,
	      "admission: one leaves");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, b);
	b = st_contract(m, 90, 100);
	st_ok(b > 0, "admission: its place is free again");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, b);
}

static void st_bad_process(const struct safex_manager_create *m)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	c->attrs[0].value = ST_MS;
	c->attrs[1].value = 100 * ST_MS;
	c->pidfd = st_pidfd(pid);
	waitpid(pid, NULL, 0);
	st_is(st_class(c), -ESRCH, "admission: process is gone");
	close(c->pidfd);
	c->pidfd = STDOUT_FILENO;
	st_is(st_class(c), -EBADF, "admission: not a pidfd");
	c->pidfd = 999;
	st_is(st_class(c), -EBADF, "admission: not a descriptor");
}

/*
 * Nobody in particular, with a descriptor that it was given: exit code 0 if it
 * makes a class without a process and none with one, its own.
 */
static int st_nobody(const struct safex_manager_create *m)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	int with, without;

	if (setgid(65534) || setuid(65534))
		return 2;
	c->attrs[0].value = ST_MS;
	c->attrs[1].value = 100 * ST_MS;
	without = st_class(c);
	c->id = 0;
	c->pidfd = st_pidfd(getpid());
	with = st_class(c);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, without);
	return without > 0 && with == -EACCES ? 0 : 1;
}

static void st_bad_caller(const struct safex_manager_create *m)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(st_nobody(m));
	waitpid(pid, &status, 0);
	st_is(status, 0, "admission: a contract of a process takes a capability");
}

static void st_bad_extensions(int cls)
{
	struct safex_ext_create e = {
		.name = "e", .kind = SAFEX_KIND_MONITOR, .class_id = cls,
		.period = 10 * ST_MS, .budget = 50 * ST_US, .read_mask = 1,
	};
	int id;

	e.period = 0;
	st_is(st_ext(&e), -ERANGE, "admission: monitor's period 0");
	e.period = 10 * ST_MS;
	e.write_mask = 1;
	st_is(st_ext(&e), -EACCES, "admission: attribute isn't writable");
	e.write_mask = 0;
	e.read_mask = 1ull << 63;
	st_is(st_ext(&e), -EACCES, "admission: no such attribute");
	e.read_mask = 1;
	e.kind = SAFEX_KIND_CHANNEL;
	st_is(st_ext(&e), -EINVAL, "admission: neither monitor nor handler");
	e.kind = SAFEX_KIND_MONITOR;
	e.budget = 2 * ST_MS;
	st_is(st_ext(&e), -EDQUOT, "admission: 20 % of a CPU for extensions");
	e.budget = 50 * ST_US;
	e.file[0] = '\n';
	st_is(st_ext(&e), -EINVAL, "admission: a file's name that is none");
	e.file[0] = '\0';
	e.file[1] = 'x';
	st_is(st_ext(&e), -EINVAL, "admission: a file's name behind its end");
	memset(e.file, 'x', sizeof(e.file));
	st_is(st_ext(&e), -EINVAL, "admission: a file's name without an end");
	e.file[sizeof(e.file) - 1] = '\0';
	id = st_ext(&e);
	st_ok(id > 0, "admission: a good one");
	st_is(st_channel(id, id), -ENOENT, "admission: a monitor handles nothing");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, id), -ENOENT,
	      "admission: destroy by the wrong kind");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id), 0,
	      "admission: destroy");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id), -ENOENT,
	      "admission: destroy twice");
}

/*
 * Hardly anything of a CPU in the mean, but 1 ms of it at once each: two fit
 * into the 2 ms for all of them, with a monitor of nothing no third.
 */
static void st_bad_passes(void)
{
	struct safex_ext_create e = {
		.name = "e", .kind = SAFEX_KIND_MONITOR, .period = 10 * ST_S,
		.budget = ST_MS, .read_mask = 1, .version = 1,
	};
	struct safex_manager_create *m = st_manager_args("passes");
	int a, b, id;

	m->period = ST_S;
	m->budget = ST_MS;
	st_attr(m->attrs, 0, "a", 0, SAFEX_EXT_READ, 0);
	m->n_attrs = 1;
	st_manager(m);
	a = st_class(st_class_args(m->id, m));
	b = st_class(st_class_args(m->id, m));
	st_ok(a > 0 && b > 0, "admission: what all may take at once");
	st_is(st_class(st_class_args(m->id, m)), -E2BIG, "admission: no class more");
	e.class_id = a;
	e.budget = ST_US;
	st_is(st_ext(&e), -E2BIG, "admission: no monitor more");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, b);
	e.budget = ST_MS - ST_US;
	id = st_ext(&e);
	st_ok(id > 0, "admission: the place of one that has left is free");
	e.budget = ST_US;
	e.id = 0;
	b = st_ext(&e);
	st_ok(b > 0, "admission: to the last microsecond");
	e.id = 0;
	st_is(st_ext(&e), -E2BIG, "admission: and no further");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, b);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, a);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_ok(st_line("/sys/kernel/debug/safex", "objects=", "pass=0"),
	      "admission: all of it is given back");
}

/*
 * Each sum is within its cap, and together they are more than one CPU has: 93 %
 * with the reservation's 1 % on top, the interrupts that judge it, the manager's
 * program 0.5 %, a monitor 3 %, and another.
 */
static void st_bad_together(const struct safex_manager_create *m)
{
	struct safex_info before, after;
	bool one_cpu;
	int cls, a, b;

	st_info(&before);
	one_cpu = before.host_cap_ppm == 990000;
	st_ok(one_cpu || before.host_cap_ppm % 990000 == 0,
	      "admission: what a host has for both");
	cls = st_contract(m, 930, 1000);
	st_info(&after);
	st_ok(cls > 0 && after.host_used_ppm == before.host_used_ppm + 944302,
	      "admission: both together %llu", (unsigned long long)after.host_used_ppm);
	a = st_monitor(cls, 300 * ST_US, 1, 0);
	st_ok(a > 0, "admission: a monitor beside 93 %% for contracts");
	b = st_monitor(cls, 200 * ST_US, 1, 0);
	st_is(b < 0 ? b : 0, one_cpu ? -EDQUOT : 0,
	      "admission: one more only where there is another CPU");
	if (b > 0)
		st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, b);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, a);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_info(&after);
	st_is(after.host_used_ppm, before.host_used_ppm, "admission: and free again");
}

void st_test_admission(void)
{
	struct safex_manager_create *m;
	int cls;

	st_bad_managers();
	st_is(st_count(), 0, "admission: refusals leave nothing");
	m = st_manager_args("admission");
	st_attr(m->attrs, 0, "target", 0, SAFEX_EXT_READ, SAFEX_ROLE_TARGET);
	st_attr(m->attrs, 1, "period", 0, SAFEX_EXT_READ, SAFEX_ROLE_PERIOD);
	st_attr(m->attrs, 2, "minimum", 0, SAFEX_EXT_READ, SAFEX_ROLE_MINIMUM);
	m->n_attrs = 3;
	st_ok(st_manager(m) > 0, "admission: manager is created");
	st_bad_contracts(m);
	st_bad_together(m);
	st_bad_process(m);
	st_bad_caller(m);
	cls = st_contract(m, 10, 100);
	st_bad_extensions(cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_GUARD, m->guard), -EINVAL,
	      "admission: a guard goes with its manager only");
	st_is(st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id), 0,
	      "admission: manager goes");
	st_bad_passes();
	st_is(st_count(), 0, "admission: nothing is left");
}
