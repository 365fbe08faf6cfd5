/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a person needs of a verifier's log: the line of the source and the
 * reason. The dump of instructions stays here: it shows addresses of the
 * kernel, and the reader may be anybody.
 */
#ifndef LD_LOG_H
#define LD_LOG_H

#include <stddef.h>

#define LD_LOG_LINES	4	/* of a reason */
#define LD_PLACE_MAX	128	/* bytes of a place, with the NUL */

/* The reason, its lines joined by "; "; addresses are masked. "" for a log without one. */
void ld_log_reason(const char *log, char *out, size_t size);

/* "file:line" where it was, or "" when the log does not say. */
void ld_log_place(const char *log, char *out, size_t size);

/* Instructions the verifier went through; 0 when the log does not say. */
unsigned long ld_log_processed(const char *log);

#endif
