/* SPDX-License-Identifier: GPL-2.0-only */
/* Jumps back from several places to several places. */
static void loop(void)
{
	volatile s64 n = 1;

first:
	n += 3;
	if (n & 1)
		goto first;
second:
	n += 5;
	if (n & 2)
		goto first;
	if (n & 4)
		goto second;
	goto first;
}
