/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a person needs of a verifier's log: its end, where the reason is,
 * without the dump of instructions and registers before it.
 */
#ifndef LD_LOG_H
#define LD_LOG_H

#include <stddef.h>

#define LD_LOG_LINES	12

/* Copies the telling lines of log into out (size bytes, cut at whole lines). */
void ld_log_excerpt(const char *log, char *out, size_t size);

/* Instructions the verifier went through; 0 when the log does not say. */
unsigned long ld_log_processed(const char *log);

#endif
