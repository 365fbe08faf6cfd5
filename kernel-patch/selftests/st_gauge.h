/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instrument of bench/gauge, and the figures that bench/run reads.
 */
#ifndef _ST_GAUGE_H
#define _ST_GAUGE_H

#include <stdio.h>

/* usual: the median.  Of a process, some rounds are interrupted by others. */
struct st_rounds {
	unsigned long usual, least, most, n;
};

/* 0 or -errno. */
int st_gauge_write(const char *file, const char *text);
FILE *st_gauge_read(const char *file);

/* Of numbers, one in each line. */
struct st_rounds st_rounds_of(FILE *f);
/* Calls of a timer's function, in TSC ticks, of as many seconds. */
struct st_rounds st_rounds_timer(const char *function, int seconds);

/* A line that begins with "figure", see bench/run. */
void st_figure(const char *name, double value, const char *unit, const char *how);

#endif
