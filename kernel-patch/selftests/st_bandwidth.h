/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scheduler counts of the deadline tasks' bandwidth.  A unit is a CPU's
 * 2^20th part.
 */
#ifndef _ST_BANDWIDTH_H
#define _ST_BANDWIDTH_H

#include <stdbool.h>

struct st_bandwidth {
	long long total;	/* promised in all, of the first root domain */
	long long this_bw;	/* of the tasks that belong to a runqueue, all together */
	long long running;	/* of those that are active, without the fair servers */
};

/* Each is -1 if it can't be told. */
void st_bandwidth(struct st_bandwidth *bw);
/*
 * For st_wait(): whether all is as in this struct st_bandwidth.  Less may be active:
 * safex's own thread is now and then.
 */
bool st_is_bandwidth(void *bw);

/* Prints the first two, "TOTAL THIS_BW"; safex need not be there. Exit code. */
int st_bandwidth_show(void);

/*
 * The first of them alone.  What a task had is taken off only when its period ends:
 * who wants to know what there is without any task asks before the first of them.
 */
void st_bandwidth_begin(void);
/* For st_wait(), arg not used: as it was then.  False if it can't be told. */
bool st_is_given_back(void *unused);

#endif
