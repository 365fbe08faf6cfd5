/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Closed loops for a time: so many clients, each of which asks again when it has
 * its answer. What is measured: answers a second, and the time of each.
 */
#ifndef RATE_H
#define RATE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct rate {
	struct event_base *base;
	uint64_t begin, end;		/* ns; of CLOCK_MONOTONIC */
	uint64_t *took;			/* ns, of each that was answered in time */
	size_t	 n, room;
	unsigned long refused;		/* answers that were errors */
};

uint64_t rate_now(void);
/* Exits when it can't. */
void rate_begin(struct rate *r, double seconds);
/* One that was asked at `since` is answered. Whether to ask again. */
bool rate_answered(struct rate *r, uint64_t since, bool ok);
/* Runs until the time is over, then prints "RATE P50_US P99_US REFUSED". Exit code. */
int rate_run(struct rate *r);

#endif
