/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells what the application wishes. */
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Wish", get_attribute("wish"));
}
