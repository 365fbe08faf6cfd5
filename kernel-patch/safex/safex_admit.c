// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admission: sums over the host that a new object must fit into.  The sums
 * change under safex_mutex; only the sum of shares moves with every commit.
 */
#include <linux/atomic.h>
#include <linux/math64.h>
#include <linux/module.h>
#include "safex_internal.h"

static unsigned int extension_cap_ppm = 100000;
module_param(extension_cap_ppm, uint, 0444);
MODULE_PARM_DESC(extension_cap_ppm,
		 "most of one CPU, per million, for all extensions (100000)");

/* Reservations are a little more than targets, and the scheduler keeps 6 %. */
static unsigned int cpu_cap_ppm = 930000;
module_param(cpu_cap_ppm, uint, 0444);
MODULE_PARM_DESC(cpu_cap_ppm,
		 "most of one CPU, per million, for all contracts (930000)");

/*
 * Without the 1 % of safex's thread.  The 5 % that the scheduler gives to fair
 * tasks which starve is within it: extensions that use up what they reserved take
 * it from the contracts then.  A host that must not see that has 940000.
 */
static unsigned int host_cap_ppm = 990000;
module_param(host_cap_ppm, uint, 0444);
MODULE_PARM_DESC(host_cap_ppm,
		 "most of each CPU, per million, for contracts and extensions together (990000)");

/* ns, of the interrupt at the end of each period that judges it. */
#define SAFEX_WINDOW_COST	2000

/* As long as softirqs may run before they are left to a thread. */
static unsigned int pass_cap_us = 2000;
module_param(pass_cap_us, uint, 0644);
MODULE_PARM_DESC(pass_cap_us,
		 "longest time, us, that all programs together may take at once (2000)");

static u64 safex_extension_ppm;
static u64 safex_pass_ns;
static u64 safex_contract_ppm;
static u64 safex_host_ppm;		/* what both take of the host */
atomic64_t safex_shares_ppm;

/* Rounded up: what is admitted is never more than the cap. */
static u64 safex_ppm(u64 part, u64 period)
{
	return div64_u64(part * SAFEX_PPM + period - 1, period);
}

static u64 safex_host_cap(void)
{
	return (u64)host_cap_ppm * num_online_cpus();
}

/* sum: of its kind; host: what it takes of the host. */
static int safex_admit(u64 *sum, u64 cap, u64 ppm, u64 host)
{
	lockdep_assert_held(&safex_mutex);
	if (*sum + ppm > cap || safex_host_ppm + host > safex_host_cap())
		return -EDQUOT;
	*sum += ppm;
	safex_host_ppm += host;
	return 0;
}

static void safex_release(u64 *sum, u64 ppm, u64 host)
{
	*sum -= ppm;
	safex_host_ppm -= host;
}

/*
 * Whatever their periods are, all programs may be due at once, and the timers of
 * all managers on one CPU: what they have reserved in sum is how long that may
 * keep others from it.
 */
int safex_admit_extension(u64 time, u64 period, u64 *ppm)
{
	int ret;

	*ppm = safex_ppm(time, period);
	ret = safex_admit(&safex_extension_ppm, extension_cap_ppm, *ppm, *ppm);
	if (ret)
		return ret;
	if (safex_pass_ns + time > (u64)READ_ONCE(pass_cap_us) * NSEC_PER_USEC) {
		safex_release(&safex_extension_ppm, *ppm, *ppm);
		return -E2BIG;
	}
	safex_pass_ns += time;
	return 0;
}

void safex_release_extension(u64 time, u64 ppm)
{
	safex_release(&safex_extension_ppm, ppm, ppm);
	safex_pass_ns -= time;
}

/* ns, that all programs together may take at once. */
u64 safex_admitted_pass(void)
{
	return safex_pass_ns;
}

/* Its reservation is more than the target, see safex_dl_bound(). */
static u64 safex_contract_takes(u64 target, u64 period)
{
	return safex_ppm(target + target / 100 + SAFEX_WINDOW_COST, period);
}

int safex_admit_contract(u64 target, u64 period)
{
	return safex_admit(&safex_contract_ppm, cpu_cap_ppm,
			   safex_ppm(target, period),
			   safex_contract_takes(target, period));
}

void safex_release_contract(u64 target, u64 period)
{
	safex_release(&safex_contract_ppm, safex_ppm(target, period),
		      safex_contract_takes(target, period));
}

void safex_admit_info(struct safex_info *info)
{
	info->extension_cap_ppm = extension_cap_ppm;
	info->extension_used_ppm = safex_extension_ppm;
	info->cpu_cap_ppm = cpu_cap_ppm;
	info->cpu_used_ppm = safex_contract_ppm;
	info->host_cap_ppm = safex_host_cap();
	info->host_used_ppm = safex_host_ppm;
}

s64 safex_share_cap(void)
{
	return cpu_cap_ppm;
}

/*
 * False if delta more were more than the host has.  Managers on several CPUs come
 * here at once: what their guards have seen of the sum may be old.
 */
bool safex_share_take(s64 delta)
{
	s64 sum = atomic64_read(&safex_shares_ppm);

	do {
		if (sum + delta > cpu_cap_ppm)
			return false;
	} while (!atomic64_try_cmpxchg(&safex_shares_ppm, &sum, sum + delta));
	return true;
}

/* Without a question: a new class, which was admitted, or one that goes. */
void safex_share_change(s64 delta)
{
	atomic64_add(delta, &safex_shares_ppm);
}
