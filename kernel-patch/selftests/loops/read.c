/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that reads. */
static void loop(void)
{
	volatile s64 sum = 0;

	for (;;)
		sum += get_attribute("input");
}
