/* SPDX-License-Identifier: GPL-2.0-only */
/* Sees to it that its process gets the target; the guard allows that below it only. */
#include <safex/extension.h>

void monitor(void)
{
	s64 target = get_attribute("target_cpu");

	if (get_attribute("timeslice") < target && get_attribute("actual_cpu") <= target)
		set_attribute("timeslice-adjustment", 0);
}
