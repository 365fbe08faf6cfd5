// SPDX-License-Identifier: GPL-2.0-only
/*
 * What safex can do on a patched kernel: loops that end with the reservation
 * though nothing but may_goto is in them.  What it says it can do, on any.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "st.h"

#define BUDGET		(50 * ST_US)
#define LATE		(5 * ST_US)
#define ROUNDS		2100	/* of plain and bounded in direct.bpf.c */
#define ROUND_INSNS	3	/* each of plain's, on x86-64 */
#define INSNS_MAX	5	/* that may_goto may add to each */

static const struct safex_page *st_page;
static uint32_t st_class_id;

bool st_figures(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) &&
	       sysconf(_SC_NPROCESSORS_ONLN) == 1;
}

uint64_t st_features(void)
{
	struct safex_info info;

	return ioctl(st_dev, SAFEX_IOC_INFO, &info) ? 0 : info.features;
}

/* Is there a function of this name in the kernel proper? */
static bool st_kernel_has(const char *function)
{
	char line[256], name[128], module[2];
	FILE *f = fopen("/proc/kallsyms", "re");
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = sscanf(line, "%*s %*s %127s %1s", name, module) == 1 &&
		      !strcmp(name, function);
	if (f)
		fclose(f);
	return has;
}

static void st_direct_told(void)
{
	uint64_t all = SAFEX_FEATURE_DL_DIRECT | SAFEX_FEATURE_EXACT_CPU |
		       SAFEX_FEATURE_MAY_GOTO | SAFEX_FEATURE_CALL_DIRECT;
	bool patched = st_kernel_has("sched_dl_set_runtime");
	/* Interrupts are accounted apart, unless 18-safex-no-tsc.sh has booted it. */
	bool apart = st_kernel_has("irqtime_account_irq") &&
		     !st_line("/proc/cmdline", "tsc=noirqtime", "");

	st_note("kernel %s", patched ? "with the patches" : "without patches");
	st_is(st_features(), (patched ? all : 0) | (apart ? SAFEX_FEATURE_IRQ_APART : 0),
	      "direct: what is there is told");
}

static bool st_stopped(void *arg)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_MONITOR, *(uint32_t *)arg, &s) && !s.active;
}

static bool st_twenty(void *arg)
{
	struct safex_stat s;

	return !st_stat(SAFEX_KIND_MONITOR, *(uint32_t *)arg, &s) && s.runs >= 20;
}

/* Runs it until cond, then it is gone; s is what it did. */
static void st_direct_run(const char *map, bool (*cond)(void *arg),
			  struct safex_stat *s)
{
	int id = st_monitor(st_class_id, BUDGET, 1, 2);
	struct st_program *p;

	st_is(st_attach(&p, "direct.bpf.o", map, id), 0, map);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, id);
	st_ok(st_wait(cond, &id), "direct: %s: runs", map);
	st_stat(SAFEX_KIND_MONITOR, id, s);
	st_detach(p);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
}

static void st_direct_abort(const char *map)
{
	struct safex_stat s;

	st_direct_run(map, st_stopped, &s);
	st_note("%s: %llu aborts, latest %lld ns after the end", map, s.aborts,
		(long long)s.time_max - BUDGET);
	st_is(s.aborts, 8, "direct: each run is aborted");
	st_ok(s.time_max >= BUDGET && (!st_figures() || s.time_max <= BUDGET + LATE),
	      "direct: %s: at the end of its reservation", map);
	st_is(st_page->value[1], 0, "direct: no trace of its writes");
}

/* One instruction is always the same time in a VM that counts them. */
static void st_direct_cost(void)
{
	struct safex_stat plain, bounded;
	double insn, added;

	st_direct_run("plain_ops", st_twenty, &plain);
	st_direct_run("bounded_ops", st_twenty, &bounded);
	insn = (double)plain.time_sum / plain.runs / ROUNDS / ROUND_INSNS;
	added = ((double)bounded.time_sum / bounded.runs -
		 (double)plain.time_sum / plain.runs) / ROUNDS / insn;
	st_note("may_goto adds %.2f instructions to each round", added);
	st_ok(!st_figures() || added <= INSNS_MAX, "direct: may_goto costs %d at most", INSNS_MAX);
}

static void st_direct_timer(const char *map, bool timer)
{
	int id = st_monitor(st_class_id, BUDGET, 1, 2);
	struct st_program *p;
	char line[32];

	st_is(st_attach(&p, "direct.bpf.o", map, id), 0, map);
	snprintf(line, sizeof(line), "monitor %d ", id);
	st_ok(st_line("/sys/kernel/debug/safex", line,
		      timer ? "timer=1" : "timer=0"),
	      "direct: %s: %s", map, timer ? "has a timer" : "needs no timer");
	st_detach(p);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, id);
}

static void st_direct_timers(void)
{
	bool direct = st_features() & SAFEX_FEATURE_CALL_DIRECT;

	st_direct_timer("back_ops", !direct);
	st_direct_timer("branches_ops", !direct);
	st_direct_timer("lengthy_ops", true);
	st_direct_timer("plain_ops", true);
	st_direct_timer("bounded_ops", true);
	st_direct_timer("below_ops", true);
	st_direct_timer("passing_ops", !direct);
}

struct st_pair {
	int first, second;
	struct safex_stat a, b;
};

static bool st_both(void *arg)
{
	struct st_pair *p = arg;

	return !st_stat(SAFEX_KIND_MONITOR, p->first, &p->a) &&
	       !st_stat(SAFEX_KIND_MONITOR, p->second, &p->b) &&
	       p->a.aborts >= 5 && p->b.runs >= 5;
}

/* A program without a timer runs right after one that was aborted. */
static void st_direct_after(void)
{
	int limit = st_parameter("abort_limit", 0);
	struct st_program *forever, *passing;
	struct st_pair p;

	p.first = st_monitor(st_class_id, BUDGET, 1, 2);
	p.second = st_monitor(st_class_id, BUDGET, 1, 2);
	st_is(st_attach(&forever, "direct.bpf.o", "forever_ops", p.first), 0,
	      "direct: one that is aborted");
	st_is(st_attach(&passing, "direct.bpf.o", "passing_ops", p.second), 0,
	      "direct: one behind it");
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, p.first);
	st_object(SAFEX_IOC_ACTIVATE, SAFEX_KIND_MONITOR, p.second);
	st_ok(st_wait(st_both, &p), "direct: both run");
	st_is(p.b.aborts, 0, "direct: what ends one does not end the next");
	st_parameter("abort_limit", limit);
	st_detach(forever);
	st_detach(passing);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, p.first);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MONITOR, p.second);
}

static void st_direct_loops(void)
{
	st_direct_abort("forever_ops");
	st_direct_abort("nested_ops");
	st_direct_abort("calling_ops");
	st_direct_abort("below_ops");
	st_direct_after();
	st_direct_cost();
}

void st_test_direct(void)
{
	struct safex_manager_create *m = st_manager_args("direct");
	uint32_t rights = SAFEX_APP_READ | SAFEX_EXT_READ | SAFEX_EXT_WRITE;
	int fd;

	st_direct_told();
	if (!(st_features() & SAFEX_FEATURE_MAY_GOTO))
		return;
	st_attr(m->attrs, 0, "a", 5, rights, 0);
	st_attr(m->attrs, 1, "b", 0, rights, 0);
	m->n_attrs = 2;
	st_manager(m);
	st_class_id = st_class(st_class_args(m->id, m));
	fd = st_object(SAFEX_IOC_CLASS_FD, SAFEX_KIND_CLASS, st_class_id);
	st_page = mmap(NULL, sizeof(*st_page), PROT_READ, MAP_SHARED, fd, 0);
	if (!st_ok(st_page != MAP_FAILED, "direct: class is created"))
		return;
	st_direct_timers();
	st_direct_loops();
	munmap((void *)st_page, sizeof(*st_page));
	close(fd);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, st_class_id);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, m->id);
	st_is(st_count(), 0, "direct: nothing is left");
}
