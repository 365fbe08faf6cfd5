/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk that a test can fill: a small file system in memory, in a mount
 * namespace of the calling process (and of a user namespace, without root), so
 * that it goes with it.
 */
#ifndef DIO_SMALL_DISK_H
#define DIO_SMALL_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static inline int dio_small_disk_say(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static inline int dio_small_disk_map(const char *file, unsigned int id)
{
	char map[32];

	snprintf(map, sizeof(map), "%u %u 1", id, id);
	return dio_small_disk_say(file, map);
}

/* Who is not root may mount in a user namespace of its own, and stays who it is. */
static inline int dio_small_disk_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ret;

	if (!uid)
		return unshare(CLONE_NEWNS) ? -errno : 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -errno;
	ret = dio_small_disk_say("/proc/self/setgroups", "deny");
	if (!ret)
		ret = dio_small_disk_map("/proc/self/uid_map", uid);
	return ret ? ret : dio_small_disk_map("/proc/self/gid_map", gid);
}

/* size: as mount(8)'s for tmpfs. The directory is made, and stays. 0 or -errno. */
static inline int dio_small_disk_make(const char *path, const char *size)
{
	char options[32];
	int ret = dio_small_disk_namespace();

	snprintf(options, sizeof(options), "size=%s", size);
	if (ret)
		return ret;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV, options))
		return -errno;
	return 0;
}

/* Writes to the file until there is no room for a byte more; 0 or -errno. */
static inline int dio_small_disk_fill(const char *file)
{
	static const char block[4096];
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), err = 0;

	if (fd < 0)
		return -errno;
	for (size_t size = sizeof(block); size; size = err ? size / 2 : size)
		err = write(fd, block, size) < 0 ? errno : 0;
	close(fd);
	return err == ENOSPC ? 0 : -err;
}

#endif
