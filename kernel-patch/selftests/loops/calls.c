/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls in both of two loops. */
static void loop(void)
{
	s64 i;

	for (;;) {
		for (i = 0; i < get_attribute("input") + 9; i++)
			call();
		set_attribute("output", get_attribute("output") + call());
	}
}
