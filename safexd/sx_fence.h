/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator has set for a process, and a contract would lead out of:
 * the scheduler counts reserved time neither in a cgroup's cpu.max nor by nice
 * values. Judged when a contract is asked for.
 */
#ifndef SX_FENCE_H
#define SX_FENCE_H

#include <stdbool.h>
#include <sys/types.h>
#include "dio_error.h"

/* Where it is read: NULL, in /proc and /sys/fs/cgroup. */
struct sx_fence {
	bool beyond;			/* the operator lets contracts go beyond them */
	const char *proc, *cgroup;
};

/*
 * DIO_E_OK, or DIO_E_DENIED: also if it cannot be told. uid: who asks; root's
 * processes are in cgroups like all others, their nice value is their own.
 */
enum dio_error sx_fence_judge(const struct sx_fence *f, pid_t pid, uid_t uid,
			       struct dio_status *st);

#endif
