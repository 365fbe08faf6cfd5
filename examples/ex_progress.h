/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an example application shows of itself while it runs, in a file that
 * it maps: no system call per piece of work, and the same with and without
 * Dionisys. One writer; each field is one store.
 */
#ifndef EX_PROGRESS_H
#define EX_PROGRESS_H

#include <stdint.h>
#include <sys/types.h>

#define EX_PROGRESS_MAGIC	0x64696f70u
#define EX_NAME_MAX		16

enum ex_state { EX_SETUP, EX_READY, EX_RUNNING, EX_DONE };

struct ex_progress {
	uint32_t magic;			/* stored last: all else is valid */
	int32_t pid;
	volatile uint32_t state;	/* enum ex_state */
	uint32_t reserved;
	uint64_t cd;			/* class descriptor, 0 without Dionisys */
	int64_t target, period;		/* ns */
	volatile uint64_t pieces;	/* of work done */
	char name[EX_NAME_MAX];
};

/* Creates file (NULL: private memory) and maps it; NULL and errno. */
struct ex_progress *ex_progress_create(const char *file);
/*
 * Of another process, read-only: NULL and errno, EAGAIN while its owner is
 * not that far yet. ex_progress_unmap() ends both.
 */
const struct ex_progress *ex_progress_open(const char *file);
void ex_progress_unmap(const struct ex_progress *p);

#endif
