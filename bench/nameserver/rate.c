/* SPDX-License-Identifier: GPL-2.0-only */
#include "rate.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t rate_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void rate_begin(struct rate *r, double seconds)
{
	*r = (struct rate){ .base = event_base_new(), .begin = rate_now() };
	if (!r->base)
		errx(1, "no event loop");
	r->end = r->begin + (uint64_t)(seconds * 1e9);
}

static void add(struct rate *r, uint64_t took)
{
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 65536;
		r->took = realloc(r->took, r->room * sizeof(*r->took));
		if (!r->took)
			errx(1, "out of memory");
	}
	r->took[r->n++] = took;
}

bool rate_answered(struct rate *r, uint64_t since, bool ok)
{
	uint64_t now = rate_now();

	if (now >= r->end) {
		event_base_loopbreak(r->base);
		return false;
	}
	if (ok)
		add(r, now - since);
	else
		r->refused++;
	return true;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int rate_run(struct rate *r)
{
	if (event_base_dispatch(r->base) < 0 || !r->n) {
		warnx("nothing was answered, %lu refused", r->refused);
		return 1;
	}
	qsort(r->took, r->n, sizeof(*r->took), by_size);
	printf("%.0f %.1f %.1f %lu\n", (double)r->n * 1e9 / (double)(r->end - r->begin),
	       (double)r->took[r->n / 2] / 1e3, (double)r->took[r->n * 99 / 100] / 1e3, r->refused);
	return 0;
}
