/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module that measures safex from outside, for benchmarks and tests in a VM
 * with one CPU.  It shares nothing with safex: it looks at timers through the
 * kernel's tracepoints and at tasks through the scheduler's figures.
 */
#ifndef _GAUGE_H
#define _GAUGE_H

#include "safex_compat.h"	/* of the kernels, not of safex */

struct seq_file;

/* gauge_round.c: how long a timer's function takes */
int gauge_round_init(void);
void gauge_round_exit(void);
int gauge_round_choose(char *function);
int gauge_round_show(struct seq_file *file, void *unused);

/* gauge_window.c: what CPU time tasks get in each period */
void gauge_window_exit(void);
int gauge_window_add(char *text);
int gauge_windows_show(struct seq_file *file, void *unused);

/* gauge_burst.c: interrupts that take their time */
void gauge_burst_init(void);
void gauge_burst_exit(void);
int gauge_burst_choose(char *text);

/* gauge_nudge.c: reschedules that change nothing */
void gauge_nudge_init(void);
void gauge_nudge_exit(void);
int gauge_nudge_choose(char *text);

/* gauge_work.c: timers to compare with */
void gauge_work_start(void);
void gauge_work_stop(void);

/* gauge_foreign.c: a function that programs of safex may not call */
int gauge_foreign_init(void);

#endif
