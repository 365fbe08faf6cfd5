/* SPDX-License-Identifier: GPL-2.0-only */
/* Data directives of assembly text, as bytes. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sx_asm.h"

struct bytes {
	uint8_t *at;
	size_t n, size;
};

static int put(struct bytes *b, uint64_t value, size_t width)
{
	if (width > b->size - b->n)
		return -E2BIG;
	for (size_t i = 0; i < width; i++)
		b->at[b->n++] = (uint8_t)(value >> (8 * i));
	return 0;
}

/* An escape: \n, \t, \", \\, \ooo. */
static uint8_t unescape(const char **at)
{
	static const char from[] = "ntrbf\"\\", to[] = "\n\t\r\b\f\"\\";
	const char *p = *at, *found = *p ? strchr(from, *p) : NULL;
	unsigned int c = 0;

	if (found) {
		*at = p + 1;
		return (uint8_t)to[found - from];
	}
	for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
		c = c * 8 + (unsigned int)(*p++ - '0');
	*at = p;
	return (uint8_t)c;
}

static int text(struct bytes *b, const char *p)
{
	int ret = 0;

	if (*p++ != '"')
		return -EINVAL;
	while (*p && *p != '"' && !ret) {
		uint8_t c = (uint8_t)*p++;

		if (c == '\\')
			c = unescape(&p);
		ret = put(b, c, 1);
	}
	return ret ? ret : *p == '"' && !p[1] ? 0 : -EINVAL;
}

static int zeroes(struct bytes *b, const char *p)
{
	char *after;
	unsigned long n = strtoul(p, &after, 10);

	if (!isdigit((unsigned char)*p) || *after)
		return -EINVAL;
	if (n > b->size - b->n)
		return -E2BIG;
	memset(b->at + b->n, 0, n);
	b->n += n;
	return 0;
}

static int integer(struct bytes *b, const char *p, size_t width)
{
	char *after;
	uint64_t v = *p == '-' ? (uint64_t)strtoll(p, &after, 0) : strtoull(p, &after, 0);

	if (after == p || *after)
		return -EINVAL;
	return put(b, v, width);
}

/* 0 also for what is no data. */
static int directive(struct bytes *b, const char *line)
{
	size_t n = strcspn(line, " \t");
	const char *args = line + n + strspn(line + n, " \t");
	int ret;

	if (!strncmp(line, ".asciz", n)) {
		ret = text(b, args);
		return ret ? ret : put(b, 0, 1);
	}
	if (!strncmp(line, ".ascii", n))
		return text(b, args);
	if (!strncmp(line, ".zero", n))
		return zeroes(b, args);
	if (!strncmp(line, ".byte", n))
		return integer(b, args, 1);
	if (!strncmp(line, ".short", n))
		return integer(b, args, 2);
	if (!strncmp(line, ".long", n))
		return integer(b, args, 4);
	return strncmp(line, ".quad", n) ? 0 : integer(b, args, 8);
}

long sx_asm_bytes(const struct sx_asm *a, enum sx_section section, void *buf, size_t size)
{
	struct bytes b = { .at = buf, .size = size };
	int ret = 0;

	for (size_t i = 0; i < a->n && !ret; i++)
		if (a->lines[i].section == section && a->lines[i].kind == SX_LINE_DIRECTIVE)
			ret = directive(&b, a->lines[i].text);
	return ret ? ret : (long)b.n;
}

int sx_asm_string(const struct sx_asm *a, const char *label, char *buf, size_t size)
{
	struct bytes b = { .at = (uint8_t *)buf, .size = size };
	long at = sx_asm_label(a, label);
	int ret;

	if (at < 0 || (size_t)at + 1 >= a->n || a->lines[at].section != SX_SEC_STRINGS)
		return -ENOENT;
	ret = directive(&b, a->lines[at + 1].text);
	if (ret == -E2BIG)
		return -ENAMETOOLONG;
	if (ret || !b.n)
		return -EINVAL;
	return strnlen(buf, b.n) == b.n - 1 ? 0 : -EINVAL;
}
