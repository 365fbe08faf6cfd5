/* SPDX-License-Identifier: GPL-2.0-only */
/* dio_daemon_become: root for the start only. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "dio_daemon.h"

#define KEEP_MAX	8

struct keep {
	cap_value_t caps[KEEP_MAX];
	int n;
};

static int parse_caps(const char *const *names, struct keep *k)
{
	for (k->n = 0; names && *names; names++) {
		if (k->n == KEEP_MAX || cap_from_name(*names, &k->caps[k->n]) != 0)
			return -EINVAL;
		k->n++;
	}
	return 0;
}

static int is_kept(const struct keep *k, cap_value_t cap)
{
	int i;

	for (i = 0; i < k->n; i++)
		if (k->caps[i] == cap)
			return 1;
	return 0;
}

/* What is not in the bounding set comes back by no execve. */
static int drop_bounding(const struct keep *k)
{
	cap_value_t cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!is_kept(k, cap) && prctl(PR_CAPBSET_DROP, cap) != 0)
			return -errno;
	return 0;
}

static int set_caps(const struct keep *k)
{
	cap_t c = cap_init();
	int rc = 0;

	if (!c)
		return -ENOMEM;
	if (k->n > 0 && (cap_set_flag(c, CAP_PERMITTED, k->n, k->caps, CAP_SET) != 0 ||
			 cap_set_flag(c, CAP_EFFECTIVE, k->n, k->caps, CAP_SET) != 0 ||
			 cap_set_flag(c, CAP_INHERITABLE, k->n, k->caps, CAP_SET) != 0))
		rc = -errno;
	if (rc == 0 && cap_set_proc(c) != 0)
		rc = -errno;
	cap_free(c);
	return rc;
}

static int raise_ambient(const struct keep *k)
{
	int i;

	for (i = 0; i < k->n; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, k->caps[i], 0, 0) != 0)
			return -errno;
	return 0;
}

static int set_ids(const struct passwd *pw)
{
	if (initgroups(pw->pw_name, pw->pw_gid) != 0)
		return -errno;
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0)
		return -errno;
	if (setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return -errno;
	return 0;
}

/* The order matters: each step needs a right that a later one gives up. */
static int become(const struct passwd *pw, const struct keep *k)
{
	int rc = drop_bounding(k);

	if (rc == 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		rc = -errno;
	if (rc == 0)
		rc = set_ids(pw);
	if (rc == 0)
		rc = set_caps(k);
	if (rc == 0)
		rc = raise_ambient(k);
	if (rc == 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		rc = -errno;
	return rc;
}

int dio_daemon_become(const char *user, const char *const *keep_caps)
{
	const struct passwd *pw;
	struct keep k;
	int rc = parse_caps(keep_caps, &k);

	if (rc)
		return rc;
	errno = 0;
	pw = getpwnam(user);
	if (!pw)
		return errno ? -errno : -ENOENT;
	if (geteuid() != 0)
		return pw->pw_uid == geteuid() && pw->pw_gid == getegid() ? 0 : -EPERM;
	rc = become(pw, &k);
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		rc = -errno;
	return rc;
}
