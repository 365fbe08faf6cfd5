/* SPDX-License-Identifier: GPL-2.0-only */
/* Figure 3 of the paper: tells how far the application is from its target. */
#include <safex/extension.h>

void monitor(void)
{
	s64 actual_cpu = get_attribute("actual_cpu");
	s64 target_cpu = get_attribute("target_cpu");

	raise_event("Error", target_cpu - actual_cpu);
}
