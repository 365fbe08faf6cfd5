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
#include "sx_pipeline.h"

#define SX_SANDBOX_NOT_RUN	127	/* exit code */

struct sx_output {
	char	*out, *err;		/* malloc'ed, with a NUL behind; the caller's */
	size_t	 out_size, err_size;
	int	 exited;		/* exit code, or -signal */
	bool	 started;		/* the compiler; if not, err is bubblewrap's */
	const char *limit;		/* what was exceeded, or NULL */
};

/*
 * argv: NULL-terminated arguments of the compiler. 0 if bubblewrap ran at all,
 * or -errno. Nothing of the run is left when this returns.
 */
int sx_sandbox_run(const struct sx_tools *tools, const char *const argv[], const void *input,
		   size_t size, struct sx_output *output);
void sx_output_release(struct sx_output *output);

#endif
