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

/* A pass begins. */
void safex_clock_begin(struct safex_time *t)
{
	t->mult = safex_clock_mult();
	t->ns = ktime_get_ns();
	t->cycles = get_cycles();
}
