/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_lib.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a FIFO in the file's place must not hold the call. */
static int open_regular(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0) {
		d_fail(DIO_E_INVALID, "cannot open the source %.200s: %s", file, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	d_fail(DIO_E_INVALID, "the source %.200s is not a regular file", file);
	return -1;
}

/* One byte more than allowed tells a file that is too long from one that fits. */
static ssize_t read_all(int fd, char *data, size_t room)
{
	size_t have = 0;
	ssize_t n;

	while (have < room) {
		n = read(fd, data + have, room - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += n;
	}
	return have;
}

static int judge_length(const char *file, ssize_t length)
{
	if (length < 0)
		return d_fail(DIO_E_INVALID, "cannot read the source %.200s: %s", file,
			      strerror((int)-length));
	if (length == 0)
		return d_fail(DIO_E_INVALID, "the source %.200s is empty", file);
	if (length > DIO_X_SOURCE)
		return d_fail(DIO_E_TOO_BIG, "the source %.200s has more than %d bytes", file,
			      DIO_X_SOURCE);
	return 0;
}

int d_source_read(const char *file, struct d_source *source)
{
	ssize_t length;
	int fd, err;

	if (!file || !file[0])
		return d_fail(DIO_E_INVALID, "no source file is named");
	fd = open_regular(file);
	if (fd < 0)
		return DIO_E_INVALID;
	source->data = malloc(DIO_X_SOURCE + 1);
	if (!source->data) {
		close(fd);
		return d_fail(DIO_E_NO_MEMORY, "no memory for the source %.200s", file);
	}
	length = read_all(fd, source->data, DIO_X_SOURCE + 1);
	close(fd);
	err = judge_length(file, length);
	if (err)
		free(source->data);
	else
		source->length = length;
	return err;
}

/* The end of a long path says more than its beginning. */
const char *d_source_wire_name(const char *file)
{
	size_t length = strlen(file);

	return length > DIO_X_FILE ? file + length - DIO_X_FILE : file;
}
