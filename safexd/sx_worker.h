/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles in disposable processes: a fork per job, its result by a pipe,
 * killed when it takes too long or says too much. Few at once; before them a
 * queue, bounded in length and time.
 */
#ifndef SX_WORKER_H
#define SX_WORKER_H

#include <sys/types.h>
#include "sx_pipeline.h"

struct event_base;
struct sx_workers;

/* What a worker runs: sx_pipeline_run(), or a test's. */
typedef int sx_run(const struct sx_tools *tools, const struct sx_job *job,
		   struct sx_result *result);

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
};

/* tools are borrowed. NULL: out of memory. */
struct sx_workers *sx_workers_new(struct event_base *base, const struct sx_tools *tools,
				  sx_run *run, const struct sx_worker_limits *limits);
/* Kills what runs; all jobs end with DIO_E_GONE. */
void sx_workers_free(struct sx_workers *w);

/*
 * uid: whose it is. Copies the job. 0, -EBUSY (no room in the queue for this
 * uid) or -errno; then done is not called.
 */
int sx_workers_submit(struct sx_workers *w, uid_t uid, const struct sx_job *job,
		      sx_compiled *done, void *arg);

/* ms after which there should be room again. */
unsigned int sx_workers_wait_ms(const struct sx_workers *w);

#endif
