/* SPDX-License-Identifier: GPL-2.0-only */
#include "mmpp.h"

#include <math.h>

/* splitmix64: every seed, 0 too, is a good one. */
static uint64_t next_random(struct mmpp *m)
{
	uint64_t z = m->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* In (0, 1]: its logarithm is finite. */
static double uniform(struct mmpp *m)
{
	return (double)((next_random(m) >> 11) + 1) / 9007199254740992.0;
}

void mmpp_init(struct mmpp *m, uint64_t seed, int64_t mean_gap, int64_t mean_burst)
{
	m->state = seed;
	m->at = 0;
	m->mean_gap = mean_gap;
	m->mean_burst = mean_burst;
}

static int64_t exponential(struct mmpp *m, int64_t mean)
{
	return (int64_t)(-log(uniform(m)) * (double)mean);
}

/* Steps until the first success, 1 at least, with the mean asked for. */
static int64_t geometric_steps(struct mmpp *m, int64_t mean)
{
	double p = (double)MMPP_STEP / (double)mean;

	if (p >= 1)
		return 1;
	return 1 + (int64_t)(log(uniform(m)) / log1p(-p));
}

struct mmpp_burst mmpp_next(struct mmpp *m)
{
	struct mmpp_burst b;

	b.start = m->at + exponential(m, m->mean_gap);
	b.end = b.start + geometric_steps(m, m->mean_burst) * MMPP_STEP;
	m->at = b.end;
	return b;
}

size_t mmpp_schedule(struct mmpp *m, int64_t until, struct mmpp_burst *bursts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bursts[i] = mmpp_next(m);
		if (bursts[i].start >= until)
			break;
		if (bursts[i].end > until)
			bursts[i].end = until;
	}
	return i;
}
