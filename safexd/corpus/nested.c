/* SPDX-License-Identifier: GPL-2.0-only */
/* Four loops within each other, with conditions and a way out of all. */
#include <safex/extension.h>

void monitor(void)
{
	u64 n = get_attribute("windows") & 7, s = 0;

	for (u64 a = 0; a < n; a++)
		for (u64 b = 0; b < a; b++)
			for (u64 c = 0; c < b; c++)
				for (u64 d = 0; d < c; d++) {
					if ((a ^ b ^ c ^ d) & 1)
						continue;
					s += a * b * c * d;
					if (s > 1000000)
						goto out;
				}
out:
	raise_event("Sum", s);
}
