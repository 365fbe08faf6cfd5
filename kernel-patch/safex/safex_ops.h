/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program sees: its context types and the struct_ops it is a member
 * of.  safexd/sdk/safex/kernel.h declares the same for extension sources.
 * Contexts are handed to programs as trusted pointers.  Attributes are read and
 * set in them, without calls: an extension's context holds the values of those
 * slots that it has the right to read, and 0 or what it has set itself in the
 * others; what is set counts once the activation has returned and where the
 * right to write is, see safex_commit.c.  A value that a program puts there
 * without saying in set that it did is seen by that program alone, until there
 * is a new one.  The verifier lets a program write the fields that are marked
 * so, and no other.
 *
 * What ends a program in time is a flag that it looks at: `expired`, loaded as 32
 * bits right before a jump on whether it is 0, or may_goto on a kernel that is
 * told where that flag is.  A program is refused (-EINVAL) if there is a loop that
 * it does not leave once the flag is set, or if it may run more than
 * SAFEX_EXPIRED_MAX instructions from then on, with what it calls.
 *
 * A pointer to one of these is the capability for what is in it and for the
 * kfuncs that take it: only a manager is handed a struct safex_share, only a
 * guard a struct safex_guard_ctx.
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
	/* Written by the program, from here to seal: */
	u32 set[2];		/* bit per slot that it has set */
	s64 attr[SAFEX_ATTRS_MAX];	/* by slot: to read, and what was set */
	u32 line[SAFEX_ATTRS_MAX];	/* of the source, where a slot was set */
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
	/* Written by the guard, from here to attr: */
	u32 maps;		/* 1 + slot that is set with this write, 0: none */
	u32 unused;
	s64 mapped;		/* to this */
	s64 attr[SAFEX_ATTRS_MAX];	/* by slot: with what this commit has accepted */
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
 * int safex_raise_event(struct safex_ctx *ctx, u32 event, s64 value)
 *	staged: takes effect when the activation returns; 0, -EPERM (only
 *	monitors raise), -ENOSPC
 * int safex_catch(struct safex_ctx *ctx)
 *	an exception is dealt with by the program: what it has set and staged is
 *	dropped, the activation goes on and may do so anew; 0
 * u64 safex_cpu_used(struct safex_share *share)
 *	ns of CPU the class's process has had since it joined
 * u64 safex_cpu_window(struct safex_share *share, u32 back)
 *	ns of CPU in a complete request period, 0 the last one; back < 8
 * u64 safex_cpu_windows(struct safex_share *share)	complete periods so far
 * u64 safex_cpu_violations(struct safex_share *share)
 *	of those in which the process wanted its target and was refused it, and of
 *	those in which its contract was suspended or lost
 * u64 safex_cpu_current(struct safex_share *share)
 *	ns of CPU in the request period that has not ended, 0: there is none
 * u64 safex_cpu_rest(struct safex_share *share)	ns until that period ends
 * int safex_next_tick(struct safex_share *share, u64 ns)
 *	the manager's program runs for this class ns after this activation began,
 *	a 16th of the manager's period at least, if that is before the next tick
 *	and within what is left of its budget per tick; the last call counts; 0
 * int safex_cpu_reserve(struct safex_share *share, u64 runtime, u64 period)
 *	asks for a reservation, which holds from the next period; 0: it is in
 *	force.  -EINPROGRESS: it is being applied; -EBUSY: another still is, or
 *	the scheduler has not as much and is asked again; -EDQUOT: above the
 *	class's share, or its target, and a hundredth of it; -ECANCELED: the
 *	process was given another policy; -ESRCH: no process, or it has ended;
 *	-EINVAL: no contract, runtime below 10 us or above period, or period
 *	outside 1 ms to 4.194304 s; or what else the scheduler said
 */

#endif
