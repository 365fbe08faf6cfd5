/* SPDX-License-Identifier: GPL-2.0-only */
/* A state machine with a table on the stack. */
#include <safex/extension.h>

static u32 state;
static s64 count[4];

void monitor(void)
{
	s64 weight[8];

	for (int i = 0; i < 8; i++)
		weight[i] = get_attribute("actual_cpu") >> i;
	switch (state) {
	case 0:
		state = get_attribute("windows") > 0;
		break;
	case 1:
		count[1]++;
		state = weight[3] & 1 ? 2 : 1;
		break;
	case 2:
		for (int i = 0; i < 8; i++)
			count[2] += weight[7 - i];
		state = 3;
		break;
	default:
		state = 0;
	}
	raise_event("Count", count[state & 3]);
}
