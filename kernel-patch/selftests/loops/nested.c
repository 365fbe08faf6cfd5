/* SPDX-License-Identifier: GPL-2.0-only */
/* The inner loop ends, the outer does not. */
static void loop(void)
{
	volatile s64 sum = 0;
	s64 i;

	for (;;)
		for (i = 0; i < 100; i++)
			sum += i;
}
