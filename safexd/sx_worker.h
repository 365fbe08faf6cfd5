/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles in disposable processes: one per job, killed when it takes too long
 * or says too much. Few at once; before them a queue, bounded in length and
 * time. While nothing is compiled, one more may wait with loaded compilers.
 */
#ifndef SX_WORKER_H
#define SX_WORKER_H

#include <stdbool.h>
#include <sys/types.h>
#include "sx_process.h"

struct event_base;
struct sx_workers;

/*
 * Called once, perhaps before submit returns. The result is the callee's to
 * release; its status says why there is no program.
 */
typedef void sx_compiled(void *arg, struct sx_result *result);

struct sx_worker_limits {
	unsigned int at_once;
	unsigned int per_uid;		/* of them; fewer, so that nobody has all */
	unsigned int queued;
	unsigned int queued_per_uid;	/* of them, likewise */
	unsigned int wait_ms;		/* of one job in the queue; then BUSY */
	unsigned int wall_ms;		/* of one job, from its start */
	bool spare;			/* one is made before its job; it counts as none of these */
};

/* tools are borrowed and do not change any more. NULL: out of memory. */
struct sx_workers *sx_workers_new(struct event_base *base, const struct sx_tools *tools,
				  sx_run *run, const struct sx_worker_limits *limits);
/* Kills what runs or waits; all jobs end with DIO_E_GONE. */
void sx_workers_free(struct sx_workers *w);

/*
 * uid: whose it is. Copies the job. 0, -EBUSY (no room in the queue for this
 * uid) or -errno; then done is not called.
 */
int sx_workers_submit(struct sx_workers *w, uid_t uid, const struct sx_job *job,
		      sx_compiled *done, void *arg);

/* Whether the next job finds a process whose compilers have loaded. */
bool sx_workers_spare_loaded(const struct sx_workers *w);

/* ms after which there should be room again. */
unsigned int sx_workers_wait_ms(const struct sx_workers *w);

#endif
