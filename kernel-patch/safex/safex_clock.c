// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time within a pass.  Each activation's end is read, and reading
 * CLOCK_MONOTONIC costs as much as a short program.  So it is read once, at
 * the beginning; from there a CPU's cycle counter goes on, where it has one
 * that keeps its pace.
 */
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include "safex_internal.h"
#ifdef CONFIG_X86_TSC
#include <linux/cpufeature.h>
#include <asm/tsc.h>
#endif

#define SAFEX_CLOCK_SHIFT	20

struct safex_clock {
	u64 ns, cycles;			/* at the beginning of the pass */
	u32 mult;			/* ns per cycle << SHIFT; 0: no counter */
};

static DEFINE_PER_CPU(struct safex_clock, safex_clocks);

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

/* ns, CLOCK_MONOTONIC.  Softirq or BH off, as all of the pass. */
u64 safex_clock_begin(void)
{
	struct safex_clock *c = this_cpu_ptr(&safex_clocks);

	c->mult = safex_clock_mult();
	c->ns = ktime_get_ns();
	c->cycles = get_cycles();
	return c->ns;
}

u64 safex_clock(void)
{
	struct safex_clock *c = this_cpu_ptr(&safex_clocks);

	if (!c->mult)
		return ktime_get_ns();
	return c->ns + mul_u64_u32_shr(get_cycles() - c->cycles, c->mult,
				       SAFEX_CLOCK_SHIFT);
}
