/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figure 3 of the paper to the letter: adjusts, and has a guard run and a
 * commit made, at every event.  examples/pid/handler.c adjusts only when
 * something new was measured.
 */
#include <safex/extension.h>

#define KD		FX(1.3)
#define KP_KD_KI	FX(1.4)

static s64 e_last, u_last;

void handler(event ev)
{
	s64 target = get_attribute("target_cpu"), e = ev.value, u;

	u = fx_mul(KP_KD_KI, e) - fx_mul(KD, e_last) + u_last;
	u = max(get_attribute("minimum_cpu") - target,
		min(get_attribute("maximum_cpu") - target, u));
	e_last = e;
	u_last = u;
	set_attribute("timeslice-adjustment", u);
}
