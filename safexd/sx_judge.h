/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The originator of a request, judged here and not by who forwards it: whose
 * process may get a contract, whose objects may be touched.
 */
#ifndef SX_JUDGE_H
#define SX_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "dio_error.h"

/*
 * A process that belongs to uid (root: any), held by a pidfd so that it
 * cannot be another later. *born is its start time in ticks since boot.
 * DIO_E_OK, DIO_E_GONE, DIO_E_DENIED or DIO_E_INTERNAL.
 */
enum dio_error sx_judge_process(pid_t pid, uid_t uid, int *pidfd, uint64_t *born,
				struct dio_status *st);

/* The process of pid if it is still the one that was born then, or -1. */
int sx_judge_same_process(pid_t pid, uint64_t born);

/* DIO_E_OK when uid is owner or root. what and name are for the message. */
enum dio_error sx_judge_owner(uid_t uid, uid_t owner, const char *what,
			      const char *name, struct dio_status *st);

/* Who may make managers beside root: "root" (nobody), "any", or "group:NAME". */
bool sx_judge_policy_valid(const char *policy);
enum dio_error sx_judge_manager(uid_t uid, const char *policy, struct dio_status *st);

#endif
