/* SPDX-License-Identifier: GPL-2.0-only */
#include "ex_progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *map(int fd, int protection, int flags)
{
	void *p = mmap(NULL, sizeof(struct ex_progress), protection, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct ex_progress *ex_progress_create(const char *file)
{
	struct ex_progress *p = NULL;
	int fd, err;

	if (!file)
		return map(-1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
	fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return NULL;
	if (ftruncate(fd, sizeof(*p)) == 0)
		p = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	err = errno;
	close(fd);
	errno = err;
	return p;
}

static const struct ex_progress *open_valid(int fd)
{
	const struct ex_progress *p;
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	if (st.st_size < (off_t)sizeof(*p)) {
		errno = EAGAIN;
		return NULL;
	}
	p = map(fd, PROT_READ, MAP_SHARED);
	if (p && __atomic_load_n(&p->magic, __ATOMIC_ACQUIRE) != EX_PROGRESS_MAGIC) {
		ex_progress_unmap(p);
		errno = EAGAIN;
		return NULL;
	}
	return p;
}

const struct ex_progress *ex_progress_open(const char *file)
{
	const struct ex_progress *p;
	int fd, err;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		errno = errno == ENOENT ? EAGAIN : errno;
		return NULL;
	}
	p = open_valid(fd);
	err = errno;
	close(fd);
	errno = err;
	return p;
}

void ex_progress_unmap(const struct ex_progress *p)
{
	if (p)
		munmap((void *)p, sizeof(*p));
}
