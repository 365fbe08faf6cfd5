/* SPDX-License-Identifier: GPL-2.0-only */
/* Variables that outlive the activation. */
static s64 runs, total;

static void loop(void)
{
	runs++;
	for (;;)
		total += runs;
}
