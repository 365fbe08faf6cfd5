/* SPDX-License-Identifier: GPL-2.0-only */
/* A loop in a loop. */
static s64 work(s64 n)
{
	volatile s64 sum = 0;
	s64 i, j;

	for (i = 0; i < 10; i++)
		for (j = 0; j < n; j += 10)
			sum += j;
	return sum;
}
