/* SPDX-License-Identifier: GPL-2.0-only */
/* Much between two checks. */
#define STEP	x ^= x << 13; x ^= x >> 7; x ^= x << 17; sum += x;
#define STEPS	STEP STEP STEP STEP STEP STEP STEP STEP

static void loop(void)
{
	u64 x = get_attribute("input") + 1;
	volatile u64 sum = 0;

	for (;;) {
		STEPS STEPS STEPS STEPS
	}
}
