/* SPDX-License-Identifier: GPL-2.0-only */
/* Insertion sort: a loop within a loop, whose inner bound is the outer's counter. */
#include <safex/extension.h>

static s64 window[24];
static u32 next;

void monitor(void)
{
	s64 sorted[1];

	window[next++ % 24] = get_attribute("actual_cpu");
	for (int i = 1; i < 24; i++) {
		s64 x = window[i];
		int j = i;

		while (j > 0 && window[j - 1] > x) {
			window[j] = window[j - 1];
			j--;
		}
		window[j] = x;
	}
	sorted[0] = window[12];
	raise_event("Median", sorted[0]);
}
