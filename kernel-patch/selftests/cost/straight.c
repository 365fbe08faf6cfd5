/* SPDX-License-Identifier: GPL-2.0-only */
/* No loop: nothing may be added. */
static s64 work(s64 n)
{
	s64 x = n;

	x ^= x << 13;
	if (x & 8)
		x += n;
	x ^= x >> 7;
	return x;
}
