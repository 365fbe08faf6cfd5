/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program sees: its context types and the struct_ops it is a member
 * of.  safexd/sdk/safex/kernel.h declares the same for extension sources (BTF
 * of the two is matched by field name).  Contexts are handed to programs as
 * trusted pointers; nothing in them is writable by a program.
 *
 * A pointer to one of these is the capability for the kfuncs that take it:
 * only a manager is handed a struct safex_share, only a guard a
 * struct safex_guard_ctx.
 *
 * Each has a pointer member, which is always NULL.  To the verifier a struct
 * of nothing but numbers is plain memory: it would let a program pass its own
 * stack or variables for one, trusted arguments or not.
 */
#ifndef _SAFEX_OPS_H
#define _SAFEX_OPS_H

struct safex_ctx {
	u32 expired;		/* set by the budget timer, read at back edges */
	u32 event;		/* handler: id of the event; manager: 1 between ticks */
	u64 zero;		/* always 0, which the verifier does not know */
	u64 now;		/* ns, CLOCK_MONOTONIC, at the activation's start */
	s64 value;		/* handler: value the event carries */
	void *seal;
};

struct safex_guard_ctx {
	u32 expired;
	u32 slot;		/* attribute to be written */
	u64 zero;
	u64 now;
	u64 last;		/* last accepted write of this attribute, 0: none */
	s64 value;		/* asked for */
	s64 old;		/* current */
	s64 others_ppm;		/* share/period of all other classes, per million */
	s64 cap_ppm;		/* what the host allows in sum */
	void *seal;
};

struct safex_share;		/* capability for the CPU mechanism of one class */

struct safex_extension_ops {
	u32 id;
	int (*monitor)(struct safex_ctx *ctx);
	int (*handler)(struct safex_ctx *ctx);
};

struct safex_manager_ops {
	u32 id;
	int (*manager)(struct safex_ctx *ctx, struct safex_share *share);
};

struct safex_guard_ops {
	u32 id;
	int (*guard)(struct safex_guard_ctx *ctx);	/* enum safex_verdict */
};

/*
 * kfuncs (all KF_TRUSTED_ARGS, none sleeps):
 *
 * s64 safex_get_attribute(struct safex_ctx *ctx, u32 slot)
 *	value, or of an earlier set in this activation; a slot without the read
 *	right makes the activation end as SAFEX_END_FAULT and gives 0
 * int safex_set_attribute(struct safex_ctx *ctx, u32 slot, s64 value)
 *	staged: takes effect when the activation returns; 0, -EPERM; above the
 *	low 8 bits of slot stands the line of the source, for records
 * int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value)
 *	staged likewise; 0, -EPERM (only monitors raise), -ENOSPC
 * int safex_catch(struct safex_ctx *ctx)
 *	an exception is dealt with by the program: what it staged is dropped,
 *	the activation goes on and may stage anew; 0
 * u64 safex_cpu_used(struct safex_share *share)
 *	ns of CPU the class's process has had since it joined
 * u64 safex_cpu_window(struct safex_share *share, u32 back)
 *	ns of CPU in a complete request period, 0 the last one; back < 8
 * u64 safex_cpu_windows(struct safex_share *share)	complete periods so far
 * u64 safex_cpu_violations(struct safex_share *share)
 *	of those in which the process was runnable all the time, below target
 * u64 safex_cpu_current(struct safex_share *share)
 *	ns of CPU in the request period that has not ended, 0: there is none
 * u64 safex_cpu_rest(struct safex_share *share)	ns until that period ends
 * int safex_next_tick(struct safex_share *share, u64 ns)
 *	the manager's program runs for this class ns after this activation began,
 *	a 16th of the manager's period at least, if that is before the next tick
 *	and within what is left of its budget per tick; the last call counts; 0
 * int safex_cpu_reserve(struct safex_share *share, u64 runtime, u64 period)
 *	asks for a reservation, which holds from the next period; what does not
 *	fit now is tried again.  -EBUSY: the last one is still being applied;
 *	-ESRCH: no process; -EINVAL: runtime below 10 us or above period
 * s64 safex_guard_attribute(struct safex_guard_ctx *ctx, u32 slot)
 * int safex_guard_map(struct safex_guard_ctx *ctx, u32 slot, s64 value)
 *	writes the attribute that the guarded one maps to, with its commit
 */

#endif
