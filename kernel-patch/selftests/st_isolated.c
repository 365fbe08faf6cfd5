// SPDX-License-Identifier: GPL-2.0-only
/*
 * A manager that is made on an isolated CPU (nohz_full) has its passes on one
 * that is not.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include "st.h"

#define TICKS	20

struct st_tick {
	int cpu;		/* whose timers it is among, -1: none */
	long long expires;	/* ns */
};

static struct st_tick st_tick(void)
{
	FILE *f = fopen("/proc/timer_list", "re");
	struct st_tick found = { .cpu = -1 };
	bool here = false;
	char line[256];
	int cpu = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (here)
			sscanf(line, " # expires at %lld", &found.expires);
		sscanf(line, "cpu: %d", &cpu);
		here = strstr(line, "safex_pass_tick");
		if (here)
			found.cpu = cpu;
	}
	if (f)
		fclose(f);
	return found;
}

static int st_isolated_cpu(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/nohz_full", "re");
	int cpu = -1;

	if (f && fscanf(f, "%d", &cpu) != 1)
		cpu = -1;
	if (f)
		fclose(f);
	return cpu;
}

static bool st_has_ticked(void *first)
{
	return st_tick().expires >= ((struct st_tick *)first)->expires + TICKS * 10 * ST_MS;
}

void st_test_isolated(void)
{
	int isolated = st_isolated_cpu(), manager, cpu;
	struct st_tick first;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(isolated < 0 ? 0 : isolated, &set);
	st_ok(isolated > 0 && !sched_setaffinity(0, sizeof(set), &set),
	      "isolated: this runs on CPU %d, which is", isolated);
	manager = st_manager(st_manager_args("isolated"));
	first = st_tick();
	st_ok(first.cpu >= 0 && st_wait(st_has_ticked, &first), "isolated: a manager ticks");
	cpu = st_tick().cpu;
	st_ok(cpu >= 0 && cpu != isolated, "isolated: on CPU %d", cpu);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_MANAGER, manager);
}
