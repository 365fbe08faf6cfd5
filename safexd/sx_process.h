/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A worker's process: it does one job, or waits for it with compilers that are
 * loaded already. It holds two pipes and shares one piece of memory with the
 * front, and ends when the front does. No socket: through one it could hand the
 * front descriptors that are not easily closed.
 */
#ifndef SX_PROCESS_H
#define SX_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>
#include "sx_pipeline.h"

/* What a worker runs: sx_pipeline_run_with(), or a test's. */
typedef int sx_run(struct sx_compilers *compilers, const struct sx_job *job,
		   struct sx_result *result);

struct sx_room;

/* All zero: none. */
struct sx_process {
	pid_t pid;		/* leads a group of its own */
	int fd;			/* its result can be read there, up to the end; does not block */
	int word;		/* where it is told that its job is there */
	struct sx_room *room;
};

/* With its job, or, of NULL, without one. 0 or -errno. */
int sx_process_start(struct sx_process *process, const struct sx_tools *tools, sx_run *run,
		     const struct sx_job *job);
/* Once, if it was started without. Does not block. 0, or -errno: it is dead. */
int sx_process_give(struct sx_process *process, const struct sx_job *job);
/* Whether its compilers wait for their input. */
bool sx_process_loaded(const struct sx_process *process);
/* Kills its whole group, the compilers too. Whether it had begun with its job. */
bool sx_process_end(struct sx_process *process);

#endif
