/* SPDX-License-Identifier: GPL-2.0-only */
/* A manager whose applications set something, within a range and in steps. */
#include <safex/manager.h>

attribute("level", .rights = READABLE | APP_WRITE, .minimum = 0, .maximum = 100, .step = 30);
attribute("ticks", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("ticks", get_attribute("ticks") + 1);
}
