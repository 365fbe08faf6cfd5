/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run of a compiler that is presumed hostile: no file but its own
 * libraries and our headers, no network, no other process, limits on
 * everything, killed at the end of its time.
 */
#ifndef SX_SANDBOX_H
#define SX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "sx_pipeline.h"

#define SX_SANDBOX_NOT_RUN	127	/* exit code */

struct sx_output {
	char	*out, *err;		/* malloc'ed, with a NUL behind; the caller's */
	size_t	 out_size, err_size;
	int	 exited;		/* exit code, or -signal */
	bool	 started;		/* the compiler; if not, err is bubblewrap's */
	const char *limit;		/* what was exceeded, or NULL */
};

/* One that was started and waits for its input; all zero: none. */
struct sx_sandbox {
	pid_t	pid;			/* of bubblewrap */
	int	in, out, err, report;	/* our ends of its pipes */
	const struct sx_limits *limits;	/* the tools' */
};

/*
 * argv: NULL-terminated arguments of the compiler, which loads and waits. tools
 * are borrowed until its end: each is to be finished or dropped. Its input will
 * begin with an empty line. This process is from now on the one to which what
 * loses its parent below it comes (PR_SET_CHILD_SUBREAPER). 0 or -errno: none.
 */
int sx_sandbox_start(const struct sx_tools *tools, const char *const argv[], struct sx_sandbox *run);
/* Whether it is there and did not die meanwhile. */
bool sx_sandbox_waits(const struct sx_sandbox *run);
/* Whether it has begun to read: the rest is work. */
bool sx_sandbox_loaded(const struct sx_sandbox *run);

/*
 * The rest of its input, and all that it says: its time counts from here. 0 if
 * bubblewrap ran at all, or -errno. Nothing of the run is left when this returns.
 */
int sx_sandbox_finish(struct sx_sandbox *run, const void *input, size_t size,
		      struct sx_output *output);
/* One that is not needed, or none: killed, and nothing is left of it either. */
void sx_sandbox_drop(struct sx_sandbox *run);

void sx_output_release(struct sx_output *output);

#endif
