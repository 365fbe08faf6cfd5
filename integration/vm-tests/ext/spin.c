/* SPDX-License-Identifier: GPL-2.0-only */
#include <safex/extension.h>

void monitor(void)
{
	while (1)
		;
}
