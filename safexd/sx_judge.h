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

struct sx_members;
struct sx_spec;

/*
 * The process of a class, spec->pid: whether spec->uid may have a contract for
 * it. *pidfd holds it, so that it cannot be another later; it is the caller's.
 * DIO_E_OK, DIO_E_GONE, DIO_E_INVALID (a thread), DIO_E_DENIED or DIO_E_INTERNAL.
 */
enum dio_error sx_judge_process(const struct sx_spec *spec, int *pidfd, struct dio_status *st);

/* DIO_E_OK when uid is owner or root. what and name are for the message. */
enum dio_error sx_judge_owner(uid_t uid, uid_t owner, const char *what,
			      const char *name, struct dio_status *st);

/* Who may make managers beside root: "root" (nobody), "any", or "group:NAME". */
bool sx_judge_policy_valid(const char *policy);
/* Whose members it allows, or NULL. */
const char *sx_judge_group(const char *policy);
/* m has been asked before. DIO_E_OK, DIO_E_DENIED or, without its answer, DIO_E_BUSY. */
enum dio_error sx_judge_manager(const struct sx_members *m, uid_t uid, const char *policy,
				struct dio_status *st);
/* The same for contracts. */
enum dio_error sx_judge_contract(const struct sx_members *m, uid_t uid, const char *policy,
				 struct dio_status *st);

#endif
