/* SPDX-License-Identifier: GPL-2.0-only */
/* More values than registers. */
static void loop(void)
{
	s64 a = get_attribute("input"), b = a + 1, c = a + 2, d = a + 3;
	s64 e = a + 4, f = a + 5, g = a + 6, h = a + 7;

	for (;;) {
		a += b ^ h;
		b += c ^ a;
		c += d ^ b;
		d += e ^ c;
		e += f ^ d;
		f += g ^ e;
		g += h ^ f;
		h += a ^ g;
		set_attribute("output", a + d + g);
	}
}
