/* SPDX-License-Identifier: GPL-2.0-only */
/* Three loops within each other. */
static void loop(void)
{
	volatile s64 sum = 0;
	s64 i, j;

	for (;;)
		for (i = 0; i < 50; i++)
			for (j = 0; j < i; j++)
				sum += j;
}
