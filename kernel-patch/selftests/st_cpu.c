// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st_cpu.h"

#define READABLE	(SAFEX_APP_READ | SAFEX_EXT_READ)
/* What the sources name, as safexd would give it to them. */
#define MONITOR_READS	(1u << ST_CPU_TARGET | 1u << ST_CPU_ACTUAL)
#define EVERY_READS	(1u << ST_CPU_TARGET | 1u << ST_CPU_MINIMUM | \
			 1u << ST_CPU_MAXIMUM)
#define PID_READS	(EVERY_READS | 1u << ST_CPU_WINDOWS)
#define BUDGET		(50 * ST_US)

static const struct {
	const char *name;
	uint32_t rights, role;
} st_cpu_attrs[ST_CPU_SLOTS] = {
	{ "target_cpu", READABLE, SAFEX_ROLE_TARGET },
	{ "period", READABLE, SAFEX_ROLE_PERIOD },
	{ "minimum_cpu", READABLE, SAFEX_ROLE_MINIMUM },
	{ "maximum_cpu", READABLE, SAFEX_ROLE_MAXIMUM },
	{ "actual_cpu", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "windows", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "violations", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "cpu_time", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "timeslice", READABLE, SAFEX_ROLE_SHARE },
	{ "reserved", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "timeslice-adjustment", READABLE | SAFEX_EXT_WRITE, 0 },
	{ "laxity", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "met", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "share_cpu", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "reserved_1", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "reserved_2", READABLE | SAFEX_MGR_WRITE, 0 },
	{ "asked", READABLE | SAFEX_MGR_WRITE, 0 },
};

static int st_cpu_manager(struct st_cpu *cpu, struct safex_manager_create *m)
{
	uint32_t i;

	for (i = 0; i < ST_CPU_SLOTS; i++)
		st_attr(m->attrs, i, st_cpu_attrs[i].name, 0,
			st_cpu_attrs[i].rights, st_cpu_attrs[i].role);
	m->n_attrs = ST_CPU_SLOTS;
	cpu->manager = st_manager(m);
	if (cpu->manager < 0)
		return cpu->manager;
	return st_attach(&cpu->program, "round/cpu.manager", "extension", m->id) ?:
	       st_attach(&cpu->guard, "round/cpu.manager.guard", "extension",
			 m->guard);
}

static int st_cpu_class(struct st_cpu_app *a, const struct safex_manager_create *m)
{
	struct safex_class_create *c = st_class_args(m->id, m);
	int fd;

	a->pid = st_hog(0);
	c->pidfd = st_pidfd(a->pid);
	c->cd = a->target;
	c->attrs[ST_CPU_TARGET].value = a->target;
	c->attrs[ST_CPU_PERIOD].value = a->period;
	c->attrs[ST_CPU_MINIMUM].value = a->target;
	c->attrs[ST_CPU_MAXIMUM].value = a->target + a->target * 3 / 100;
	c->attrs[ST_CPU_ACTUAL].value = a->target;
	c->attrs[ST_CPU_SHARE].value = a->target;
	c->attrs[ST_CPU_TIMESLICE].value = a->target;
	a->cls = st_class(c);
	close(c->pidfd);
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, a->cls);
	a->page = mmap(NULL, sizeof(*a->page), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return a->cls < 0 ? a->cls : a->page == MAP_FAILED ? -errno : 0;
}

static int st_cpu_extensions(struct st_cpu_app *a, const char *handler)
{
	a->monitor = st_monitor(a->cls, BUDGET, MONITOR_READS, 0);
	a->handler = st_handler(a->cls, BUDGET,
				strstr(handler, "every") ? EVERY_READS : PID_READS,
				1u << ST_CPU_ADJUSTMENT);
	a->channel = st_channel(a->monitor, a->handler);
	return st_attach(&a->programs[0], "round/usage.monitor", "extension",
			 a->monitor) ?:
	       st_attach(&a->programs[1], handler, "extension", a->handler) ?:
	       st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_HANDLER, a->handler) ?:
	       st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, a->monitor);
}

int st_cpu_create(struct st_cpu *cpu, const char *handler, uint64_t tick)
{
	static const int64_t contract[ST_CPU_APPS][2] = {
		{ 20 * ST_MS, 100 * ST_MS },
		{ 30 * ST_MS, 100 * ST_MS },
		{ 80 * ST_MS, 200 * ST_MS },
	};
	struct safex_manager_create *m = st_manager_args("cpu");
	int i, ret;

	memset(cpu, 0, sizeof(*cpu));
	m->period = tick;
	ret = st_cpu_manager(cpu, m);
	for (i = 0; i < ST_CPU_APPS && !ret; i++) {
		cpu->apps[i].target = contract[i][0];
		cpu->apps[i].period = contract[i][1];
		ret = st_cpu_class(&cpu->apps[i], m) ?:
		      (handler ? st_cpu_extensions(&cpu->apps[i], handler) : 0);
	}
	st_is(ret, 0, "cpu: manager, guard and three applications");
	return ret ? -1 : 0;
}

/* What was not created has no id, and there is nothing to destroy. */
static void st_cpu_app_destroy(struct st_cpu_app *a)
{
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CHANNEL, a->channel);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_HANDLER, a->handler);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, a->monitor);
	if (a->page && a->page != MAP_FAILED)
		munmap((void *)a->page, sizeof(*a->page));
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, a->cls);
	st_detach(a->programs[0]);
	st_detach(a->programs[1]);
	if (a->pid > 0)
		st_kill(a->pid);
}

void st_cpu_destroy(struct st_cpu *cpu)
{
	int i;

	for (i = 0; i < ST_CPU_APPS; i++)
		st_cpu_app_destroy(&cpu->apps[i]);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, cpu->manager);
	st_detach(cpu->program);
	st_detach(cpu->guard);
	st_is(st_count(), 0, "cpu: nothing is left");
}
