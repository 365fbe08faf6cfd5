// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time within a pass.  Each activation's end is read, and reading
 * CLOCK_MONOTONIC costs as much as a short program.  So it is read once, at
 * the beginning; from there a CPU's cycle counter goes on, where it has one
 * that keeps its pace.
 */
#include "safex_time.h"
#ifdef CONFIG_X86_TSC
#include <linux/cpufeature.h>
#include <asm/tsc.h>
#endif

#define SAFEX_CLOCK_GAP		8192	/* cycles: a few us, of the slowest clock */
#define SAFEX_CLOCK_TRIES	3

#ifdef CONFIG_X86_TSC
static u32 safex_clock_mult(void)
{
	if (!boot_cpu_has(X86_FEATURE_CONSTANT_TSC) || check_tsc_unstable())
		return 0;
	return div_u64(NSEC_PER_MSEC << SAFEX_CLOCK_SHIFT, tsc_khz);
}
#else
static u32 safex_clock_mult(void)
{
	return 0;
}
#endif

/* What lies between the two readings of a pair: the less, the better they agree. */
static u64 safex_clock_read(u64 *ns, u64 *cycles)
{
	u64 before = get_cycles();

	*ns = ktime_get_ns();
	*cycles = get_cycles();
	return *cycles - before;
}

/*
 * A pass begins.  A virtual machine may lose its CPU between the two readings, and
 * the clock would be late by as much for the whole pass: each program in it would
 * be ended as much too early.  So the closest of a few pairs counts.
 */
void safex_clock_begin(struct safex_time *t)
{
	u64 gap = safex_clock_read(&t->ns, &t->cycles), ns, cycles, other;
	int tries = SAFEX_CLOCK_TRIES;

	t->mult = safex_clock_mult();
	while (t->mult && gap > SAFEX_CLOCK_GAP && tries--) {
		other = safex_clock_read(&ns, &cycles);
		if (other >= gap)
			continue;
		gap = other;
		t->ns = ns;
		t->cycles = cycles;
	}
}
