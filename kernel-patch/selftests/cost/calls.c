/* SPDX-License-Identifier: GPL-2.0-only */
/* A call in each turn. */
static s64 work(s64 n)
{
	s64 sum = 0, i;

	for (i = 0; i < n; i++)
		sum += raise_event("Turn", i);
	return sum;
}
