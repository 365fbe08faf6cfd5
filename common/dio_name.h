/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of things: "[host/]manager[/extension]". Each part is 1 to
 * DIO_NAME_MAX-1 bytes of [A-Za-z0-9_.-], starting with a letter or digit.
 */
#ifndef DIO_NAME_H
#define DIO_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define DIO_NAME_MAX	32		/* bytes of one part, with the NUL */
#define DIO_PATH_MAX	96		/* bytes of a whole name, with the NUL */
#define DIO_LOCALHOST	"local"		/* the host of a name that names none */

struct dio_name {
	char host[DIO_NAME_MAX];
	char manager[DIO_NAME_MAX];
	char extension[DIO_NAME_MAX];	/* "" in the name of a manager */
};

/* What a part is, for messages. */
#define DIO_NAME_FORM "letters, digits and _ . - after a letter or digit"

bool dio_name_part_valid(const char *s);

/*
 * "manager", "host/manager" (want_extension false) or "manager/extension",
 * "host/manager/extension" (true). 0, -EINVAL (form or character),
 * -ENAMETOOLONG. *out is untouched on failure.
 */
int dio_name_parse(const char *s, bool want_extension, struct dio_name *out);

/* Writes the full form with the host; returns 0 or -ENOSPC. */
int dio_name_format(const struct dio_name *n, char *buf, size_t size);

#endif
