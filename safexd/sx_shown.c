/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "sx_shown.h"

size_t sx_shown_character(const uint8_t *p, size_t left, uint32_t *number)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
		   p[0] < 0xf5 ? 4 : 0;
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*number = c;
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

/* Controls of ASCII and of ISO 6429, line ends of Unicode, marks of direction. */
static bool steers(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void sx_shown_file(const char *file, char *buf, size_t size)
{
	size_t left = strlen(file), at = 0, n;
	uint32_t c;

	for (; left && at + 1 < size; file += n, left -= n) {
		n = sx_shown_character((const uint8_t *)file, left, &c);
		if (n && at + n >= size)
			break;
		if (n && !steers(c)) {
			memcpy(buf + at, file, n);
			at += n;
			continue;
		}
		buf[at++] = '?';
		n = n ? n : 1;
	}
	buf[at] = '\0';
}

void sx_shown_replace(char *text, size_t size, const char *from, const char *to)
{
	const size_t n_from = strlen(from), n_to = strlen(to);
	char *before = strdup(text);
	const char *p = before, *next;
	size_t n = 0;

	for (; before && n_from && (next = strstr(p, from)); p = next + n_from) {
		if (n + (size_t)(next - p) + n_to >= size)
			break;
		memcpy(text + n, p, (size_t)(next - p));
		n += (size_t)(next - p);
		memcpy(text + n, to, n_to);
		n += n_to;
	}
	if (before) {
		size_t rest = strnlen(p, size - 1 - n);

		memcpy(text + n, p, rest);
		text[n + rest] = '\0';
	}
	free(before);
}
