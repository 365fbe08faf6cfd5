/* SPDX-License-Identifier: GPL-2.0-only */
/* More values than registers. */
static s64 work(s64 n)
{
	s64 a = n, b = a + 1, c = a + 2, d = a + 3, e = a + 4, f = a + 5, g = a + 6;
	s64 h = a + 7, k = a + 8, i;

	for (i = 0; i < n; i++) {
		a += b ^ k;
		b += c ^ a;
		c += d ^ b;
		d += e ^ c;
		e += f ^ d;
		f += g ^ e;
		g += h ^ f;
		h += k ^ g;
		k += a ^ h;
	}
	return a + b + c + d + e + f + g + h + k;
}
