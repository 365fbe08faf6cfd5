/* SPDX-License-Identifier: GPL-2.0-only */
/* Two dimensions, 32-bit elements. */
#include <safex/extension.h>

static u32 m[8][8];

void monitor(void)
{
	u32 trace = 0;

	for (u32 i = 0; i < 8; i++)
		for (u32 j = 0; j < 8; j++)
			m[i][j] = m[j][i] * 3 + i + j;
	for (u32 i = 0; i < 8; i++)
		trace += m[i][i];
	raise_event("Trace", trace);
}
