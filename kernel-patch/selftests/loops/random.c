/* SPDX-License-Identifier: GPL-2.0-only */
/* A sequence of numbers. */
static u64 seed = 1;

static void loop(void)
{
	for (;;)
		seed = (seed * 6364136223846793005ULL + 1442695040888963407ULL) | 1;
}
