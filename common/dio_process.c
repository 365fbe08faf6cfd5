/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PIDFS		0x50494446	/* PID_FS_MAGIC of <linux/magic.h> */
#define OF_PIDFS	(1ull << 63)	/* an id that is an inode of pidfs, else a start time */

int dio_process_open(pid_t pid)
{
	int fd;

	if (pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return errno == ENOENT ? -EINVAL : -errno;	/* of Linux 6.16 */
	return fd;
}

bool dio_process_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Bytes read into buf, which ends with a NUL; 0: none. */
static size_t read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Clock ticks after boot: field 22 of stat. The second is in brackets and may hold anything. */
static uint64_t start_of(pid_t pid)
{
	char path[64], buf[1024], *at;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_text(path, buf, sizeof(buf));
	at = strrchr(buf, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

/* pidfs gives every process an inode of its own, and never the same twice. */
static uint64_t inode_of(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) || fs.f_type != PIDFS || fstat(pidfd, &st))
		return 0;
	return (uint64_t)st.st_ino | OF_PIDFS;
}

uint64_t dio_process_id(int pidfd, pid_t pid)
{
	uint64_t id = inode_of(pidfd);

	return id ? id : start_of(pid);
}

/* An id may be from before an upgrade, of the other form. */
bool dio_process_is(int pidfd, pid_t pid, uint64_t id)
{
	return !id || id == (id & OF_PIDFS ? inode_of(pidfd) : start_of(pid));
}

int dio_process_open_id(pid_t pid, uint64_t id)
{
	int fd = dio_process_open(pid), err = -ESRCH;

	if (fd < 0)
		return fd;
	/* What /proc says is of the pidfd's process if that lives afterwards. */
	if (dio_process_is(fd, pid, id) && !dio_process_ended(fd))
		return fd;
	/* It lives, but the start time can't be read: without descriptors, perhaps. */
	if (!(id & OF_PIDFS) && !start_of(pid) && !dio_process_ended(fd))
		err = -EIO;
	close(fd);
	return err;
}

/* The ids of a pidfd, from /proc's namespace inwards: "Pid:\t7\nNSpid:\t7\t1\n". */
bool dio_process_shares_ids(int pidfd)
{
	char path[64], buf[1024];
	const char *pid, *all;
	int inner, one;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	read_text(path, buf, sizeof(buf));
	pid = strstr(buf, "\nPid:\t");
	all = strstr(buf, "\nNSpid:\t");
	if (!pid || !all || sscanf(pid, "\nPid: %d", &one) != 1 || one <= 0)
		return false;
	return sscanf(all, "\nNSpid: %d%*[ \t]%d", &one, &inner) == 1;
}
