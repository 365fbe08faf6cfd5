/* SPDX-License-Identifier: GPL-2.0-only */
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Wish", no_such_thing);
}
