/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays in the frame and in structures, indexed and shifted by what is not known. */
#include <safex/extension.h>

struct box {
	s32 before;
	s32 v[6];
	s32 after;
};

static struct box boxes[4];
static u32 n;

void monitor(void)
{
	s64 last[8] = { 0 }, sum = 0;
	u32 at = get_attribute("windows") % 6;

	for (u32 i = 0; i < 8; i++)
		last[i] = get_attribute("cpu_time") >> (i + at);
	boxes[n % 4].v[at] += 1;
	for (u32 i = at; i < 8; i++)
		sum += last[i] + boxes[2].v[i % 6];
	raise_event("Sum", sum + last[(n + at) % 8]);
	n++;
}
