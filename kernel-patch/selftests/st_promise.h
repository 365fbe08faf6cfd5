/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contracts for processes under the manager of bpf/reserve.bpf.c, which
 * reserves what each class's target says.
 */
#ifndef _ST_PROMISE_H
#define _ST_PROMISE_H

#include "st.h"

struct st_promise {
	struct safex_manager_create args;	/* args.id names the manager */
	struct st_program *program;
};

/* Says in TAP what does not work. */
void st_promise_begin(struct st_promise *p, const char *name, uint64_t period,
		      uint64_t budget);
void st_promise_end(struct st_promise *p, const char *name);
/* A class for the process; its id, or -errno. */
int st_promise_class(const struct st_promise *p, pid_t pid, int64_t target,
		     int64_t period);

/* For st_wait(): whether the process of this pid_t has its reservation. */
bool st_is_deadline(void *pid);
/* ... whether the contract of the class with this id, an int, is lost. */
bool st_is_lost(void *cls);

#endif
