/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Not isalnum(): names mean the same in every locale. */
static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool dio_name_part_valid(const char *s)
{
	size_t n;

	if (!is_alnum(s[0]))
		return false;
	for (n = 1; s[n]; n++)
		if (n >= DIO_NAME_MAX - 1 ||
		    !(is_alnum(s[n]) || s[n] == '_' || s[n] == '.' || s[n] == '-'))
			return false;
	return true;
}

/* The part of s that ends at a '/' or its end; its length or -errno. */
static int take_part(const char *s, char out[DIO_NAME_MAX])
{
	size_t n = strcspn(s, "/");

	if (n >= DIO_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(out, s, n);
	out[n] = '\0';
	return dio_name_part_valid(out) ? (int)n : -EINVAL;
}

int dio_name_parse(const char *s, bool want_extension, struct dio_name *out)
{
	char parts[3][DIO_NAME_MAX] = { DIO_LOCALHOST };
	size_t least = want_extension ? 2 : 1, n = 0;
	struct dio_name name = { 0 };
	int len;

	do {
		if (n == least + 1)
			return -EINVAL;
		len = take_part(s, parts[n]);
		if (len < 0)
			return len;
		s += len;
		n++;
	} while (*s++ == '/');
	if (n < least)
		return -EINVAL;
	strcpy(name.host, n > least ? parts[0] : DIO_LOCALHOST);
	strcpy(name.manager, parts[n - least]);
	if (want_extension)
		strcpy(name.extension, parts[n - 1]);
	*out = name;
	return 0;
}

int dio_name_format(const struct dio_name *n, char *buf, size_t size)
{
	int len = snprintf(buf, size, "%s/%s%s%s", n->host, n->manager,
			   n->extension[0] ? "/" : "", n->extension);

	return len < 0 || (size_t)len >= size ? -ENOSPC : 0;
}
