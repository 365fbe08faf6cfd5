/* SPDX-License-Identifier: GPL-2.0-only */
/* An end that nobody has proved, and a start without one. */
static void loop(void)
{
	volatile u64 n = 27;

	while (n) {
		if (n & 1)
			n = 3 * n + 1;
		else
			n >>= 1;
	}
}
