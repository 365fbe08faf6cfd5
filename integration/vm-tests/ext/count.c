/* SPDX-License-Identifier: GPL-2.0-only */
#include <safex/extension.h>

static s64 count, step = 1;

void monitor(void)
{
	count += step;
	set_attribute("count", count);
	set_attribute("which", 1);
}
