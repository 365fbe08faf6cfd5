// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the frequency of this machine's TSC in kHz. The emulator hands it to the
 * guest as it is; a guest that measures it on a busy machine may be wrong by any
 * factor, and its time goes by as much too fast.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define LOOKS	2000

struct moment {
	uint64_t tsc;
	int64_t ns;
};

/* Of many looks at both clocks the one that was disturbed least. */
static struct moment now(void)
{
	struct moment best = { 0 };
	uint64_t least = UINT64_MAX, before, took;
	struct timespec t;

	for (int i = 0; i < LOOKS; i++) {
		before = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		took = __rdtsc() - before;
		if (took >= least)
			continue;
		least = took;
		best.tsc = before + took / 2;
		best.ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
	}
	return best;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct moment first = now(), second;

	nanosleep(&pause, NULL);
	second = now();
	printf("%.0f\n", (double)(second.tsc - first.tsc) * 1e6 / (double)(second.ns - first.ns));
	return 0;
}
