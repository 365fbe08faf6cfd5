/* SPDX-License-Identifier: GPL-2.0-only */
/* More values alive in a loop than there are registers. */
#include <safex/extension.h>

void monitor(void)
{
	s64 n = get_attribute("windows") & 15, v = get_attribute("actual_cpu");
	s64 a = v, b = n, c = 3, d = v + 4, e = n + 5, f = 6, g = v + 7, h = 8;

	for (s64 i = 0; i < n; i++) {
		a += b ^ i;
		b += c ^ d;
		c += d * 3;
		d ^= e + i;
		e += f;
		f ^= g;
		g += h - a;
		h += a ^ g;
		if (a & 1)
			h += get_attribute("target_cpu") + i;
		else
			g -= f;
	}
	raise_event("Sum", a ^ b ^ c ^ d ^ e ^ f ^ g ^ h);
}
