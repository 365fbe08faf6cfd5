/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes, looked for in vain. */
static const u8 text[16] = "no such letter";

static void loop(void)
{
	volatile u32 at = 0;

	while (text[at & 15] != 'z')
		at++;
}
