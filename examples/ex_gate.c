/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A common start: whoever conducts holds an exclusive lock on a file; all
 * others wait for a shared one. A conductor that dies opens the gate, too.
 */
#include "ex_app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int ex_gate_wait(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), err = -1;

	if (fd >= 0) {
		do
			err = flock(fd, LOCK_SH);
		while (err && errno == EINTR);
	}
	if (err)
		fprintf(stderr, "cannot wait at the gate %s: %s\n", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}
