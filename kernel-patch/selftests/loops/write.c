/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that writes: none of it may stay. */
static void loop(void)
{
	s64 i = 0;

	for (;;)
		set_attribute("output", ++i);
}
