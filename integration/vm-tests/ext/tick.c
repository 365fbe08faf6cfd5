/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs with each tick of its manager; what it counts nobody sees. */
#include <safex/extension.h>

static s64 ticks;

void monitor(void)
{
	ticks++;
}
