/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks for what the application wishes, relative to its target. */
#include <safex/extension.h>

void handler(event ev)
{
	if (ev.name == event_name("Wish"))
		set_attribute("timeslice-adjustment", ev.value);
}
