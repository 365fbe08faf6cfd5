/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dio_process.h"
#include "sx_judge.h"
#include "sx_members.h"
#include "sx_refusals.h"
#include "sx_request.h"

#define RETRY_MS	2000	/* when the user database did not answer */

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

static enum dio_error gone(pid_t pid, struct dio_status *st)
{
	return dio_status_set(st, DIO_E_GONE, SX_REFUSED_NO_PROCESS, pid);
}

/*
 * A process whose three uids are the user's. Of the application itself, which
 * the kernel has named, the effective one is enough: a daemon that works for a
 * user with seteuid(). A set-user-ID program has its caller's real uid and is
 * nobody's but its own.
 */
static bool is_of(const uid_t uids[3], const struct sx_spec *spec)
{
	bool real = uids[0] == spec->uid, effective = uids[1] == spec->uid;

	return effective && (real ? uids[2] == spec->uid : spec->own);
}

static enum dio_error judge_unseen(pid_t pid, int err, struct dio_status *st)
{
	if (err == -EPROTO || err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		return dio_status_set(st, DIO_E_INTERNAL, "process %d cannot be examined: %s", pid,
				      strerror(-err));
	return dio_status_set(st, DIO_E_DENIED, SX_REFUSED_HIDDEN, pid, strerror(-err));
}

/* What was read from /proc is of the pidfd's process if that lives after. */
static enum dio_error judge(const struct sx_spec *spec, int pidfd, struct dio_status *st)
{
	uid_t uids[3];
	int err = spec->uid ? uids_of(spec->pid, uids) : 0;

	if (!dio_process_is(pidfd, spec->pid, spec->process))
		return dio_status_set(st, DIO_E_GONE, SX_REFUSED_OTHER_PROCESS, spec->pid);
	if (dio_process_ended(pidfd))
		return gone(spec->pid, st);
	if (err)
		return judge_unseen(spec->pid, err, st);
	if (!spec->uid || is_of(uids, spec))
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_DENIED, SX_REFUSED_OTHERS_PROCESS, spec->pid,
			      uids[0] == spec->uid ? uids[2] : uids[0], spec->uid,
			      uids[0] == spec->uid ? ": it runs a set-user-ID program" : "");
}

enum dio_error sx_judge_process(const struct sx_spec *spec, int *pidfd, struct dio_status *st)
{
	int fd = dio_process_open(spec->pid);

	if (fd == -EINVAL)
		return dio_status_set(st, DIO_E_INVALID, SX_REFUSED_THREAD, spec->pid);
	if (fd < 0)
		return fd == -ESRCH ? gone(spec->pid, st) :
		       dio_status_set(st, DIO_E_INTERNAL, "process %d: %s", spec->pid, strerror(-fd));
	if (judge(spec, fd, st)) {
		close(fd);
		return st->code;
	}
	*pidfd = fd;
	return DIO_E_OK;
}

enum dio_error sx_judge_owner(uid_t uid, uid_t owner, const char *what,
			      const char *name, struct dio_status *st)
{
	if (!uid || uid == owner)
		return DIO_E_OK;
	return dio_status_set(st, DIO_E_DENIED, SX_REFUSED_OTHERS, what, name, owner, uid);
}

const char *sx_judge_group(const char *policy)
{
	return strncmp(policy, "group:", 6) ? NULL : policy + 6;
}

bool sx_judge_policy_valid(const char *policy)
{
	const char *group = sx_judge_group(policy);

	return !strcmp(policy, "root") || !strcmp(policy, "any") ||
	       (group && *group && strlen(group) < SX_GROUP_SIZE);
}

/* what: nobody but those whom policy names may do. */
static enum dio_error judge_policy(const struct sx_members *m, uid_t uid, const char *policy,
			    const char *what, struct dio_status *st)
{
	const char *group = sx_judge_group(policy);
	int has = group && uid ? sx_members_has(m, uid, group) : 0;

	if (!uid || !strcmp(policy, "any") || has > 0)
		return DIO_E_OK;
	if (has < 0)
		return dio_status_busy(st, RETRY_MS, SX_REFUSED_BUSY_MEMBERS, uid, group);
	return dio_status_set(st, DIO_E_DENIED, SX_REFUSED_MAY_NOT, uid, what, policy);
}

enum dio_error sx_judge_manager(const struct sx_members *m, uid_t uid, const char *policy,
				struct dio_status *st)
{
	return judge_policy(m, uid, policy, "make service managers on this host (--allow-managers", st);
}

enum dio_error sx_judge_contract(const struct sx_members *m, uid_t uid, const char *policy,
				 struct dio_status *st)
{
	return judge_policy(m, uid, policy, "have contracts on this host (--allow-contracts", st);
}
