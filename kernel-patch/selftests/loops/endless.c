/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing but a jump. */
static void loop(void)
{
	for (;;)
		;
}
