/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways out that are never taken. */
static void loop(void)
{
	volatile s64 i = 0;

	for (;;) {
		i += 2;
		if (i == 7)
			break;
		if (i & 1)
			continue;
		if (i < 0)
			return;
	}
}
