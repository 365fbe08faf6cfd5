/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paper's disturbance as a schedule: a Markov-modulated Poisson process
 * with two states. Gaps are exponential, bursts geometric in steps of 10 ms.
 */
#ifndef MMPP_H
#define MMPP_H

#include <stddef.h>
#include <stdint.h>

#define MMPP_STEP	INT64_C(10000000)	/* ns, of the lengths of bursts */

struct mmpp {
	uint64_t state;			/* of the random numbers */
	int64_t at;			/* ns: end of the last burst */
	int64_t mean_gap, mean_burst;	/* ns */
};

struct mmpp_burst {
	int64_t start, end;		/* ns from the beginning */
};

/* The same seed and means give the same bursts everywhere. */
void mmpp_init(struct mmpp *m, uint64_t seed, int64_t mean_gap, int64_t mean_burst);
struct mmpp_burst mmpp_next(struct mmpp *m);

/*
 * The bursts that begin before `until`, cut there, at most n. Returns how
 * many there are.
 */
size_t mmpp_schedule(struct mmpp *m, int64_t until, struct mmpp_burst *bursts, size_t n);

#endif
