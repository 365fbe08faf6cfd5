/* SPDX-License-Identifier: GPL-2.0-only */
/* Events without end: none of them may come to a handler. */
static void loop(void)
{
	for (;;)
		raise_event("event", 1);
}
