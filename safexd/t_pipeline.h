/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests: sources through the stages, with the tree's own headers. */
#ifndef T_PIPELINE_H
#define T_PIPELINE_H

#include "sx_pipeline.h"

/* Tools with the headers of the source tree; the test fails if there are none. */
const struct sx_tools *t_tools(void);

/*
 * Runs tests() once for each compiler of this machine that will do, in a
 * process of its own with DIONISYS_CLANG set. 0 if all end with 0 and there is
 * one at least.
 */
int t_each_compiler(int (*tests)(void));

/* A whole file of the source tree, path from its top; malloc'ed, with a NUL behind. */
char *t_file(const char *path, size_t *size);

/* Runs `text` as "x.c" with the layout of the cpu manager. What sx_pipeline_run() says. */
int t_run(enum safex_kind role, const char *text, struct sx_result *result);
/* The same for a kernel that ends loops itself (SAFEX_FEATURE_MAY_GOTO). */
int t_run_timed(enum safex_kind role, const char *text, struct sx_result *result);

/* The cpu manager, compiled once. */
const struct sx_result *t_cpu(void);

#endif
