/* SPDX-License-Identifier: GPL-2.0-only */
/* The verifier's words in the terms of an author of extensions. */
#ifndef LD_ADVICE_H
#define LD_ADVICE_H

#include <stddef.h>

/*
 * What is wrong with the source and what to change, for a log of the verifier:
 * "file:line: what: what to do (the kernel's verifier: its own words)".  What
 * is not known is told in the verifier's words alone.  "" for a log without a
 * reason.
 */
void ld_advice(const char *log, char *out, size_t size);

#endif
