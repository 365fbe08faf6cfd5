/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks for more in one period, for less in the next, and then for what it had. */
#include <safex/extension.h>

static s64 first;

void handler(event ev)
{
	s64 window = get_attribute("windows");

	if (!first)
		first = window;
	set_attribute("timeslice-adjustment",
		      window == first ? 500 * US : window == first + 1 ? 300 * US : 0);
}
