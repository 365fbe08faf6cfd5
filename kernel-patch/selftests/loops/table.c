/* SPDX-License-Identifier: GPL-2.0-only */
/* A table with a changing index. */
static s64 table[64];

static void loop(void)
{
	u64 i = 0;

	for (;;) {
		table[i & 63] += 3;
		i += 7;
	}
}
