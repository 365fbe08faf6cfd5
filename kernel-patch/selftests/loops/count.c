/* SPDX-License-Identifier: GPL-2.0-only */
/* A variable that changes. */
static void loop(void)
{
	volatile s64 i = 0;

	for (;;)
		i++;
}
