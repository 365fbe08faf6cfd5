/* SPDX-License-Identifier: GPL-2.0-only */
/* A condition that is never met. */
static void loop(void)
{
	s64 wanted = get_attribute("input") | 1;
	s64 i = 0;

	do {
		i += 2;
		set_attribute("output", i);
	} while (i != wanted);
}
