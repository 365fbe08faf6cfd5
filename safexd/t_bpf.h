/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: runs the program of a compiled object, without a kernel.  Memory
 * is the test's own, calls go to functions of the test.  Not a verifier: only
 * for objects that have passed the audit.
 */
#ifndef T_BPF_H
#define T_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct t_bpf {
	const char *const *names;	/* calls that the program may make ... */
	uint64_t (*call)(void *arg, unsigned int index, const uint64_t r[6]);	/* r[1..5] */
	void *arg;
	uint64_t steps;			/* executed so far */
	uint64_t steps_max;		/* then it ends with -1 */
	uint64_t expire_at;		/* step at which *expired becomes 1, 0: never */
	uint32_t *expired;
	uint64_t may_goto;		/* turns that are left, if not timed */
	bool timed;			/* as the patched kernel: may_goto looks at *expired */
	uint8_t data[65536];		/* variables and constants of the program; .data begins as 0 */
};

/* Value returned by the program, args as its argument array. -1: did not end, or not understood. */
int64_t t_bpf_run(struct t_bpf *t, const void *elf, size_t size, const uint64_t *args);

#endif
