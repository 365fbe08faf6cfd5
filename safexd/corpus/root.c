/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops whose end depends on division: Euclid's and Newton's. */
#include <safex/extension.h>

static s64 divisor(s64 a, s64 b)
{
	while (b) {
		s64 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

static u64 root(u64 x)
{
	u64 r = x, y;

	if (!x)
		return 0;
	while ((y = (r + x / r) / 2) < r)
		r = y;
	return r;
}

void monitor(void)
{
	raise_event("Divisor", divisor(get_attribute("target_cpu"), get_attribute("period")));
	raise_event("Root", root(get_attribute("period")));
}
