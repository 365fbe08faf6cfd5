/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of the class that an activation is for (section 3 of the paper),
 * 64-bit numbers by name.  The name is a literal of at most 31 characters;
 * safexd puts its slot there when it compiles, so that nothing is looked up at
 * run time, and refuses a name that the class has not or a missing right.
 * The unit is what the manager or application declares, ns for times.
 *
 * Context, of every call here: in the activation, in soft interrupt, within
 * its reservation; none sleeps, waits or allocates.
 */
#ifndef SAFEX_ATTRIBUTE_H
#define SAFEX_ATTRIBUTE_H

#include <safex/kernel.h>

SAFEX_KFUNC s64 safex_get_attribute(struct safex_ctx *ctx, u32 slot);
SAFEX_KFUNC int safex_set_attribute(struct safex_ctx *ctx, u32 slot, s64 value);

/*
 * Value, or what this activation has set already.  s64; no error: a name
 * without EXT_READ is refused when it is compiled (a manager reads all).
 */
#define get_attribute(name) safex_get_attribute(SAFEX_SELF, SAFEX_NUMBER("safex_read", name))

/*
 * Takes effect when the activation has returned, together with all else that
 * it has set and raised; of two writes of one attribute the last counts.  0, or
 * -1 (EPERM): no right.  The right is EXT_WRITE, of a manager MGR_WRITE.  Then
 * the guard decides (Figure 4), but not of a manager's writes; what it refuses
 * keeps its value, is counted, and reported with its line as an exit record.
 * v: s64, evaluated once.
 */
#define set_attribute(name, v)                                                                     \
	({                                                                                         \
		s64 safex_v_ = (v);                                                                \
		safex_set_attribute(SAFEX_SELF, SAFEX_NUMBER("safex_write", name), safex_v_);      \
	})

/* u64, ns, CLOCK_MONOTONIC, when this activation began: the same in all of it. */
#define activation_time() (SAFEX_SELF->now)

#endif
