/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions of all kinds, in loops too, and a handler that has loops and checks of its own. */
#include <safex/extension.h>

static s64 table[4], seen[16];
static u32 n;

void caught(exception e)
{
	s64 sum = 0;

	for (u32 i = 0; i <= e.kind; i++)
		sum += seen[i % 16];
	seen[e.kind % 16]++;
	raise_event("Caught", sum / (e.line + 1));
}

void monitor(void)
{
	s64 local[4] = { get_attribute("windows"), n, 2, 3 };

	n++;
	raise_event("Before", n);
	for (u32 i = 0; i < 8; i++) {
		if (n % 4 == 0)
			table[i] = local[i];
		if (n % 4 == 1)
			local[i % 4] /= 5 - (s64)i;
		if (n % 4 == 2)
			local[i % 4] <<= i * 16;
	}
	if (n % 4 == 3)
		safex_throw();
	raise_event("Never", local[n % 4]);
}
