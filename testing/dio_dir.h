/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories for tests, in memory where there is such a place: what a test
 * makes durable need not survive a power failure, and a busy disk would make it
 * a hundred times as long. $TMPDIR names another place.
 */
#ifndef DIO_DIR_H
#define DIO_DIR_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DIO_DIR_MAX	64	/* sockets have short names */

/* A new directory; it is the caller's to remove. 0 or -errno. */
static inline int dio_dir_make(char path[DIO_DIR_MAX], const char *name)
{
	const char *at = getenv("TMPDIR");

	if (!at)
		at = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	if (snprintf(path, DIO_DIR_MAX, "%s/%s-XXXXXX", at, name) >= DIO_DIR_MAX)
		return -ENAMETOOLONG;
	return mkdtemp(path) ? 0 : -errno;
}

#endif
