/* SPDX-License-Identifier: GPL-2.0-only */
/* A ring of structures. */
#include <safex/extension.h>

struct sample {
	s64 time;
	s64 used;
};

static struct sample s[10];
static u32 n;

void monitor(void)
{
	s64 rate = 0;

	s[n % 10] = (struct sample){ activation_time(), get_attribute("cpu_time") };
	for (u32 i = 0; i + 1 < 10; i++)
		if (s[i + 1].time > s[i].time)
			rate += (s[i + 1].used - s[i].used) * 1000 / (s[i + 1].time - s[i].time);
	n++;
	raise_event("Rate", rate);
}
