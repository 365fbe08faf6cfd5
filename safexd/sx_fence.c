/* SPDX-License-Identifier: GPL-2.0-only */
#include "sx_fence.h"
#include "sx_refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH	1024	/* bytes of a cgroup's path that can be judged */
#define NICE_0	20	/* RLIMIT_NICE that lets a process take nice value 0 */
#define ALLOW	"safexd --beyond-limits allows it"

struct judging {
	const struct sx_fence *f;
	pid_t pid;
	struct dio_status *st;
};

/* 0 or -errno; the text ends with a NUL. */
static int read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return err;
}

static int read_of(const struct judging *j, const char *file, char *buf, size_t size)
{
	char path[PATH];

	snprintf(path, sizeof(path), "%s/%d/%s", j->f->proc ? j->f->proc : "/proc", j->pid, file);
	return read_text(path, buf, size);
}

static enum dio_error unknown(const struct judging *j, const char *what)
{
	return dio_status_set(j->st, DIO_E_DENIED, SX_REFUSED_UNREADABLE_LIMIT ALLOW, j->pid, what);
}

/* One level; no file: the controller is not there, or it is the root. */
static enum dio_error judge_cgroup(const struct judging *j, const char *directory, const char *path)
{
	char file[3 * PATH], text[64] = "";
	int err;

	snprintf(file, sizeof(file), "%s/cpu.max", directory);
	err = read_text(file, text, sizeof(text));
	if (err && err != -ENOENT)
		return unknown(j, "cpu.max of its cgroup");
	if (!err && strncmp(text, "max", 3))
		return dio_status_set(j->st, DIO_E_DENIED, SX_REFUSED_CPU_MAX ALLOW, j->pid, path,
				      (int)strcspn(text, "\n"), text);
	snprintf(file, sizeof(file), "%s/cpu.idle", directory);
	err = read_text(file, text, sizeof(text));
	if (err && err != -ENOENT)
		return unknown(j, "cpu.idle of its cgroup");
	if (!err && text[0] == '1')
		return dio_status_set(j->st, DIO_E_DENIED, SX_REFUSED_CPU_IDLE ALLOW, j->pid, path);
	return DIO_E_OK;
}

/* The process's cgroup and all above it. */
static enum dio_error judge_cgroups(const struct judging *j, char *path)
{
	const char *root = j->f->cgroup ? j->f->cgroup : "/sys/fs/cgroup";
	char directory[2 * PATH];
	struct stat is;

	snprintf(directory, sizeof(directory), "%s%s", root, path);
	if (strcmp(path, "/") && (strstr(path, "/..") || stat(directory, &is)))
		return unknown(j, "its cgroup");
	for (; path[0] && strcmp(path, "/"); *strrchr(path, '/') = '\0') {
		snprintf(directory, sizeof(directory), "%s%s", root, path);
		if (judge_cgroup(j, directory, path))
			return j->st->code;
	}
	return DIO_E_OK;
}

/* "0::/user.slice/a" is version 2's; "4:cpu,cpuacct:/a" is version 1's, which is not judged level by level. */
static enum dio_error judge_membership(const struct judging *j)
{
	char text[4 * PATH], *line, *rest, *controllers, *path, own[PATH] = "/";

	if (read_of(j, "cgroup", text, sizeof(text)))
		return unknown(j, "its cgroup");
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		controllers = strchr(line, ':');
		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path || path[1] != '/')
			return unknown(j, "its cgroup");
		*path++ = '\0';
		if (!strncmp(controllers, ":cpu,", 5) || !strcmp(controllers, ":cpu"))
			return !strcmp(path, "/") ? DIO_E_OK : unknown(j, "the limit of cgroup version 1");
		if (!strcmp(controllers, ":") && snprintf(own, sizeof(own), "%s", path) >= PATH)
			return unknown(j, "its cgroup");
	}
	return judge_cgroups(j, own);
}

/* Of a line like "Max nice priority         0                    0"; -1: none. */
static long soft_limit(const char *limits, const char *name)
{
	const char *line = strstr(limits, name);

	if (!line)
		return -1;
	line += strlen(name);
	line += strspn(line, " ");
	return strncmp(line, "unlimited", 9) ? strtol(line, NULL, 10) : LONG_MAX;
}

/* Fields of stat behind the name, which may hold anything but is in brackets; the first is 3. */
static bool field_of(const char *stat, int field, long *out)
{
	const char *at = strrchr(stat, ')');

	for (int i = 2; at && i < field; i++)
		at = strchr(at + 1, ' ');
	if (at)
		*out = strtol(at + 1, NULL, 10);
	return at != NULL;
}

/* Who was made nice, or idle, and may not go back by himself does not by a contract. */
static enum dio_error judge_nice(const struct judging *j)
{
	char stat[2048], limits[4096];
	long nice, policy, limit;

	if (read_of(j, "stat", stat, sizeof(stat)) || !field_of(stat, 19, &nice) ||
	    !field_of(stat, 41, &policy))
		return unknown(j, "its nice value");
	if (nice <= 0 && policy != SCHED_IDLE)
		return DIO_E_OK;
	if (read_of(j, "limits", limits, sizeof(limits)))
		return unknown(j, "RLIMIT_NICE");
	limit = soft_limit(limits, "Max nice priority");
	if (limit >= NICE_0)
		return DIO_E_OK;
	if (policy == SCHED_IDLE)
		return dio_status_set(j->st, DIO_E_DENIED, SX_REFUSED_SCHED_IDLE ALLOW, j->pid);
	return dio_status_set(j->st, DIO_E_DENIED, SX_REFUSED_NICE ALLOW, j->pid, nice);
}

enum dio_error sx_fence_judge(const struct sx_fence *f, pid_t pid, uid_t uid,
			       struct dio_status *st)
{
	const struct judging j = { f, pid, st };

	if (f->beyond)
		return DIO_E_OK;
	if (judge_membership(&j))
		return st->code;
	return uid ? judge_nice(&j) : DIO_E_OK;
}
