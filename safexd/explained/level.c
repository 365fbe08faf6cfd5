/* SPDX-License-Identifier: GPL-2.0-only */
#include <safex/manager.h>

attribute("level", .rights = READABLE | APP_WRITE, .minimum = 0, .maximum = 100, .step = 30,
	  .safe_when = "value <= 50 || ticks > 10");
attribute("ticks", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("ticks", get_attribute("ticks") + 1);
}
