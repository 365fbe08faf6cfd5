/* SPDX-License-Identifier: GPL-2.0-only */
/* The inner loop does not end. */
static void loop(void)
{
	volatile s64 sum = 0;
	s64 i;

	for (i = 0; i < 3; i++)
		for (;;)
			sum += i;
}
