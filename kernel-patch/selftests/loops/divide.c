/* SPDX-License-Identifier: GPL-2.0-only */
/* Divisions, each with a check of its own. */
static void loop(void)
{
	s64 n = get_attribute("input") + 17;
	volatile s64 sum = 0;

	for (;;) {
		sum += 1000000 / (n & 15 ? n & 15 : 1);
		n = n * 5 + 1;
	}
}
