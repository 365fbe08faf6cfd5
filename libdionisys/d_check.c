/* SPDX-License-Identifier: GPL-2.0-only */
/* The border between the caller's arguments and the rest of the library. */
#include "d_lib.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int d_check_name(const char *what, const char *name, bool extension, struct dio_name *out)
{
	const char *form = extension ? "[host/]manager/extension" : "[host/]manager";
	int err;

	if (!name)
		return d_fail(DIO_E_INVALID, "the name of the %s is NULL", what);
	err = dio_name_parse(name, extension, out);
	if (err == -ENAMETOOLONG || (err && strnlen(name, DIO_PATH_MAX) == DIO_PATH_MAX))
		return d_fail(DIO_E_TOO_BIG,
			      "the name of the %s has %zu bytes; each part of %s may have %d", what,
			      strlen(name), form, DIO_NAME_MAX - 1);
	if (err)
		return d_fail(DIO_E_INVALID,
			      "\"%.95s\" is not the name of a %s: it is written %s, each part "
			      "letters, digits and _ . - after a letter or digit",
			      name, what, form);
	return 0;
}

int d_check_descriptor(DClass_descr_t cd)
{
	if (cd == 0)
		return d_fail(DIO_E_INVALID,
			      "0 is not a class descriptor; DinitApp() gives one, or 0 when it fails");
	return 0;
}

/* Fields that a newer caller sets and this library does not know must be 0. */
static bool rest_is_zero(const unsigned char *from, size_t known, size_t size)
{
	size_t i;

	for (i = known; i < size; i++)
		if (from[i])
			return false;
	return true;
}

int d_options_copy(const char *type, const void *from, void *to, size_t known)
{
	size_t size;

	memset(to, 0, known);
	if (!from)
		return 0;
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size) || size > 4096)
		return d_fail(DIO_E_INVALID, "size of the options is %zu; set it to "
			      "sizeof(%s)", size, type);
	if (!rest_is_zero(from, known, size))
		return d_fail(DIO_E_INVALID,
			      "the options have fields set that this version of the library does not know");
	memcpy(to, from, size < known ? size : known);
	return 0;
}

int d_options(const DOptions_t *from, DOptions_t *to)
{
	int err = d_options_copy("DOptions_t", from, to, sizeof(*to));

	if (err)
		return err;
	if (to->deadline_ms < 0 || to->pid < 0)
		return d_fail(DIO_E_INVALID, "deadline_ms and pid of the options may not be negative");
	return 0;
}

int d_ticks(int ticks, uint64_t *ns)
{
	long per_second = sysconf(_SC_CLK_TCK);

	if (ticks <= 0)
		return d_fail(DIO_E_INVALID, "the period is %d clock ticks; it must be 1 or more",
			      ticks);
	*ns = (uint64_t)ticks * UINT64_C(1000000000) / (uint64_t)per_second;
	return 0;
}
