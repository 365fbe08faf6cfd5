/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figure 3 of the paper: adjusts the timeslice by a PID function,
 *
 *	u[n] = (Kp+Kd+Ki) e[n] - Kd e[n-1] + u[n-1]
 *
 * in ns, with the constants of the paper's experiments.  The monitor runs
 * more often than actual_cpu is measured (once per request period): n counts
 * measurements, not events, or one error would be integrated several times.
 */
#include <safex/extension.h>

#define KD		FX(1.3)
#define KP_KD_KI	FX(1.4)

static s64 e_last, u_last;	/* e[n-1], u[n-1] */
static s64 measured;		/* n */

/* No further than the contract goes, so that u does not run away while the guard holds it. */
static s64 within_contract(s64 u)
{
	s64 target = get_attribute("target_cpu");

	return max(get_attribute("minimum_cpu") - target,
		   min(get_attribute("maximum_cpu") - target, u));
}

void handler(event ev)
{
	s64 windows = get_attribute("windows"), e = ev.value, u;

	if (windows == measured)
		return;
	measured = windows;
	u = within_contract(fx_mul(KP_KD_KI, e) - fx_mul(KD, e_last) + u_last);
	e_last = e;
	u_last = u;
	set_attribute("timeslice-adjustment", u);
}
