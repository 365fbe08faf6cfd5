/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU service manager of safexd/managers with its generated guard, and the
 * paper's three contracts for processes that take all the CPU they get, each
 * with a monitor and a PID handler: all as the pipeline makes them.
 */
#ifndef _ST_CPU_H
#define _ST_CPU_H

#include "st.h"

#define ST_CPU_APPS	3

struct st_cpu_app {
	int64_t target, period;		/* ns */
	pid_t pid;
	int cls, monitor, handler, channel;
	struct st_program *programs[2];
	const struct safex_page *page;
};

struct st_cpu {
	int manager;
	struct st_program *program, *guard;
	struct st_cpu_app apps[ST_CPU_APPS];
};

/* Slots of cpu.c, in the order of its declarations. */
enum { ST_CPU_TARGET, ST_CPU_PERIOD, ST_CPU_MINIMUM, ST_CPU_MAXIMUM,
       ST_CPU_ACTUAL, ST_CPU_WINDOWS, ST_CPU_VIOLATIONS, ST_CPU_TIME,
       ST_CPU_TIMESLICE, ST_CPU_RESERVED, ST_CPU_ADJUSTMENT, ST_CPU_LAXITY, ST_CPU_MET,
       ST_CPU_SHARE, ST_CPU_RESERVED_1, ST_CPU_RESERVED_2, ST_CPU_ASKED,
       ST_CPU_SLOTS };

/*
 * handler: its object, NULL: no monitors nor handlers; tick: the manager's period
 * in ns.  Says in TAP what does not work; 0 or -1.
 */
int st_cpu_create(struct st_cpu *cpu, const char *handler, uint64_t tick);
void st_cpu_destroy(struct st_cpu *cpu);

#endif
