/* SPDX-License-Identifier: GPL-2.0-only */
/* The world that a compiler sees: files, names, system calls, limits. */
#ifndef SX_WORLD_H
#define SX_WORLD_H

#include <stddef.h>
#include "sx_pipeline.h"

#define SX_ARGS_MAX	256

/* Arguments of bubblewrap, then of the compiler; NULL-terminated. */
struct sx_args {
	const char *v[SX_ARGS_MAX];
	size_t n;
	char names[sizeof(((struct sx_tools *)0)->libraries)];	/* paths inside */
	char status[12], filter[12];				/* descriptors */
};

/*
 * status: descriptor that bubblewrap reports on; filter: of sx_world_filter().
 * tools and argv are borrowed. 0 or -E2BIG.
 */
int sx_world_describe(struct sx_args *args, const struct sx_tools *tools, int status, int filter,
		      const char *const argv[]);

/* System calls of a compiler, as dio_filter_program() makes them. */
int sx_world_filter(void);

/* Limits of the calling process, before it becomes bubblewrap. 0 or -errno. */
int sx_world_limit(const struct sx_limits *limits);

#endif
