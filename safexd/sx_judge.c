/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sx_judge.h"

static int read_proc(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, buf, size - 1);
	close(fd);
	if (got <= 0)
		return -ESRCH;
	buf[got] = '\0';
	return 0;
}

/* Real, effective and saved: a set-user-ID program is not its caller's. */
static int uids_of(pid_t pid, uid_t uids[3])
{
	char buf[4096];
	const char *line;
	int err = read_proc(pid, "status", buf, sizeof(buf));

	if (err)
		return err;
	line = strstr(buf, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u", &uids[0], &uids[1], &uids[2]) != 3)
		return -EPROTO;
	return 0;
}

/* Field 22 of stat; the second, the name, may hold anything but is in brackets. */
static int born_of(pid_t pid, uint64_t *born)
{
	char buf[1024], *at;
	int err = read_proc(pid, "stat", buf, sizeof(buf));

	if (err)
		return err;
	at = strrchr(buf, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EPROTO;
	*born = strtoull(at + 1, NULL, 10);
	return 0;
}

static int has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static enum dio_error gone(pid_t pid, struct dio_status *st)
{
	return dio_status_set(st, DIO_E_GONE, "process %d does not exist or has ended", pid);
}

/* What was read from /proc is of the pidfd's process if that lives after. */
static enum dio_error judge(pid_t pid, uid_t uid, int pidfd, uint64_t *born,
			    struct dio_status *st)
{
	uid_t uids[3];
	int err = uids_of(pid, uids);

	if (!err)
		err = born_of(pid, born);
	if (err == -ESRCH || err == -ENOENT || has_ended(pidfd))
		return gone(pid, st);
	if (err)
		return dio_status_set(st, DIO_E_INTERNAL, "process %d cannot be examined: %s",
				      pid, strerror(-err));
	if (uid && (uids[0] != uid || uids[1] != uid || uids[2] != uid))
		return dio_status_set(st, DIO_E_DENIED, "process %d belongs to user %u, not to user %u",
				      pid, uids[0], uid);
	return DIO_E_OK;
}

enum dio_error sx_judge_process(pid_t pid, uid_t uid, int *pidfd, uint64_t *born,
				struct dio_status *st)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return errno == ESRCH || errno == EINVAL ? gone(pid, st) :
		       dio_status_set(st, DIO_E_INTERNAL, "process %d: %s", pid, strerror(errno));
	if (judge(pid, uid, fd, born, st)) {
		close(fd);
		return st->code;
	}
	*pidfd = fd;
	return DIO_E_OK;
}

int sx_judge_same_process(pid_t pid, uint64_t born)
{
	struct dio_status st;
	uint64_t now;
	int fd;

	if (sx_judge_process(pid, 0, &fd, &now, &st))
		return -1;
	if (now == born)
		return fd;
	close(fd);
	return -1;
}

enum dio_error sx_judge_owner(uid_t uid, uid_t owner, const char *what,
			      const char *name, struct dio_status *st)
{
	if (!uid || uid == owner)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_DENIED, "%s %s belongs to user %u, not to user %u",
			      what, name, owner, uid);
}

#define GROUPS_MAX	256

static int in_group(uid_t uid, const char *name)
{
	const struct passwd *pw = getpwuid(uid);
	const struct group *gr;
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
		return 0;
	gr = getgrnam(name);
	while (gr && n-- > 0)
		if (groups[n] == gr->gr_gid)
			return 1;
	return 0;
}

bool sx_judge_policy_valid(const char *policy)
{
	return !strcmp(policy, "root") || !strcmp(policy, "any") ||
	       (!strncmp(policy, "group:", 6) && policy[6]);
}

enum dio_error sx_judge_manager(uid_t uid, const char *policy, struct dio_status *st)
{
	if (!uid || !strcmp(policy, "any"))
		return DIO_E_OK;
	if (!strncmp(policy, "group:", 6) && in_group(uid, policy + 6))
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_DENIED, "user %u may not make service managers on this host (--allow-managers %s)",
			      uid, policy);
}
