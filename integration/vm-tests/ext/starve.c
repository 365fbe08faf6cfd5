/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves its process the floor of the contract, which is below the target. */
#include <safex/extension.h>

void monitor(void)
{
	s64 floor = get_attribute("minimum_cpu");

	if (get_attribute("timeslice") > floor)
		set_attribute("timeslice-adjustment", floor - get_attribute("target_cpu"));
}
