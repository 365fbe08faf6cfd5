/* SPDX-License-Identifier: GPL-2.0-only */
/* Other variables than count.c has. */
#include <safex/extension.h>

static s64 total, steps[2];

void monitor(void)
{
	steps[total & 1]++;
	total++;
	set_attribute("count", total);
	set_attribute("which", 3);
}
