/* SPDX-License-Identifier: GPL-2.0-only */
#include <safex/extension.h>

void handler(event ev)
{
	s64 share = get_attribute("target_cpu");

	share = share / ev.value;
	set_attribute("timeslice-adjustment", share);
}
