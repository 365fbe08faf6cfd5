/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allow-lists of system calls (seccomp): what is not in the list fails with
 * EPERM, calls of another architecture kill.
 */
#ifndef DIO_FILTER_H
#define DIO_FILTER_H

#include <stddef.h>
#include <stdint.h>

/* With arg n > 0 only if (n-th argument & mask) == value. Several rules for one call: any. */
struct dio_filter_rule {
	const char *call;
	unsigned int arg;
	uint64_t mask, value;
};

#define DIO_ALLOW(name)	{ .call = #name }

/* For the calling thread and its children, for good; sets no_new_privs. 0 or -errno. */
int dio_filter_load(const struct dio_filter_rule *rules, size_t n);

/* The filter as a program for bwrap --seccomp: a descriptor at its begin, or -errno. */
int dio_filter_program(const struct dio_filter_rule *rules, size_t n);

#endif
