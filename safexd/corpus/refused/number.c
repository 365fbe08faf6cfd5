/* SPDX-License-Identifier: GPL-2.0-only */
/* refused at 9: a number is used as an address */
#include <safex/extension.h>

void monitor(void)
{
	s64 *p = (s64 *)get_attribute("windows");

	raise_event("At", *p);
}
