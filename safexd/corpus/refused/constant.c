/* SPDX-License-Identifier: GPL-2.0-only */
/* refused at 12: a constant is written to */
#include <safex/extension.h>

static const s64 table[4] = { 1, 2, 3, 4 };

void monitor(void)
{
	s64 *p = (s64 *)table;

	asm volatile("" : "+r"(p));
	p[get_attribute("windows") & 3] = 5;
}
