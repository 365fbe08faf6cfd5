/* SPDX-License-Identifier: GPL-2.0-only */
/* A function with a loop, in a loop. */
static s64 sum(s64 from, s64 to)
{
	volatile s64 total = 0;

	while (from < to)
		total += from++;
	return total;
}

static void loop(void)
{
	s64 n = 0;

	while (sum(n & 7, 40) >= 0)
		n++;
}
