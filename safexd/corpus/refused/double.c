/* SPDX-License-Identifier: GPL-2.0-only */
/* refused at 21: an index may be outside its variable */
#include <safex/extension.h>

struct box {
	s32 before;
	s32 v[6];
};

static struct box boxes[4];

void monitor(void)
{
	u32 n = get_attribute("windows");
	s64 sum = 0;

	for (u32 i = 0; i < n; i++) {
		struct box *b = &boxes[i % 3];

		asm volatile("" : "+r"(b));
		sum += b->v[i % 6];
	}
	raise_event("Sum", sum);
}
