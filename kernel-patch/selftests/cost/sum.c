/* SPDX-License-Identifier: GPL-2.0-only */
/* A short loop. */
static s64 work(s64 n)
{
	volatile s64 sum = 0;
	s64 i;

	for (i = 0; i < n; i++)
		sum += i;
	return sum;
}
