/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * safex: user-space interface of the SafeX subsystem.
 *
 * /dev/safex carries it.  A descriptor opened for reading may ask (INFO, STAT,
 * LIST) and read exit records; one opened for writing may also create and
 * destroy.  Objects are named by 32-bit ids that are not used again until the
 * module is unloaded; 0 names nothing.  There are 4096 at most (-ENOSPC).  While
 * the module's parameter "stopped" is set there are none, and no manager can be
 * made (-ESHUTDOWN).
 * Programs are BPF struct_ops: whoever loads one puts the id of a created
 * extension into its `id` member, and the attach binds the program to that
 * extension.
 *
 * All times are nanoseconds.  All structures are fixed-size, have no implicit
 * padding, and unused fields must be zero (-EINVAL otherwise).
 */
#ifndef _UAPI_LINUX_SAFEX_H
#define _UAPI_LINUX_SAFEX_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define SAFEX_ABI		4
#define SAFEX_DEVICE		"/dev/safex"
#define SAFEX_NAME_MAX		64	/* with the NUL, of managers and extensions */
#define SAFEX_ATTR_NAME_MAX	32	/* with the NUL */
#define SAFEX_FILE_MAX		64	/* with the NUL, of a source's name */
#define SAFEX_ATTRS_MAX		64	/* attributes of one class: one bit each in a mask */
#define SAFEX_CLASS_FILES	12	/* of one class, open at a time */
#define SAFEX_MESSAGE_MAX	128	/* with the NUL */
#define SAFEX_HISTOGRAM		32	/* log2(ns) buckets */

/* Kinds of object; also the role of a program. */
enum safex_kind {
	SAFEX_KIND_NONE		= 0,
	SAFEX_KIND_MANAGER	= 1,	/* manager and its policy program */
	SAFEX_KIND_GUARD	= 2,	/* guard program of a manager */
	SAFEX_KIND_CLASS	= 3,
	SAFEX_KIND_MONITOR	= 4,
	SAFEX_KIND_HANDLER	= 5,
	SAFEX_KIND_CHANNEL	= 6,
};

/* Who may do what with one attribute. */
#define SAFEX_APP_READ		(1u << 0)	/* the application: it is in the mapping */
#define SAFEX_APP_WRITE		(1u << 1)	/* the application: SAFEX_IOC_CLASS_SET */
#define SAFEX_EXT_READ		(1u << 2)	/* monitors and handlers */
#define SAFEX_EXT_WRITE		(1u << 3)	/* monitors and handlers, through the guard */
#define SAFEX_MGR_WRITE		(1u << 4)	/* the manager's own program, unguarded */
#define SAFEX_RIGHTS_ALL	0x1fu

/* What an attribute means to admission and to the sum over the host. */
enum safex_role {
	SAFEX_ROLE_NONE		= 0,
	SAFEX_ROLE_TARGET	= 1,	/* contract: service per period */
	SAFEX_ROLE_PERIOD	= 2,	/* contract: request period */
	SAFEX_ROLE_MINIMUM	= 3,	/* contract: floor ("block process") */
	SAFEX_ROLE_MAXIMUM	= 4,	/* contract: ceiling */
	SAFEX_ROLE_SHARE	= 5,	/* what is allocated now, per period */
};

struct safex_attr {
	char	name[SAFEX_ATTR_NAME_MAX];
	__s64	value;			/* initial */
	__u32	rights;
	__u32	role;			/* enum safex_role */
};

/*
 * Of a contract for a process. reason is 0 when it is in force, or a negative errno:
 * what the scheduler said (see SAFEX_IOC_CLASS), -ECANCELED when the process was
 * given another policy, -ESRCH when its main thread is gone.
 */
enum safex_contract {
	SAFEX_CONTRACT_NONE	= 0,	/* the class has none */
	SAFEX_CONTRACT_IN_FORCE	= 1,
	SAFEX_CONTRACT_SUSPENDED = 2,	/* for now, less than its target is reserved */
	SAFEX_CONTRACT_LOST	= 3,	/* for good; each further period is missed */
};

/*
 * What mmap() of a class descriptor shows, read-only.  A value is a plain
 * 64-bit load; that of an attribute without SAFEX_APP_READ is not there, but 0.
 * revision is a sequence count for those who need several values of one moment:
 * odd while a commit is under way.  When the class has been destroyed, state
 * says so and the values are the last it had.
 */
struct safex_page {
	__u32	abi;
	__u32	n_attrs;
	__u64	revision;
	__s64	value[SAFEX_ATTRS_MAX];
	__u32	state;			/* 0, or SAFEX_PAGE_DEAD */
	__u32	contract;		/* enum safex_contract */
	__s32	reason;
	__u32	pad;
};

#define SAFEX_PAGE_DEAD		1u

/*
 * Bytes of a program's context (struct safex_ctx) at which it finds what it
 * may read and leaves what it sets, by slot.
 */
#define SAFEX_CTX_EXPIRED	0	/* u32 */
#define SAFEX_CTX_ZERO		8	/* u64 */
#define SAFEX_CTX_SET		32	/* u32[2]: a bit per slot */
#define SAFEX_CTX_ATTR		40	/* s64[SAFEX_ATTRS_MAX] */
#define SAFEX_CTX_LINE		552	/* u32[SAFEX_ATTRS_MAX] */

/* Value that a program leaves: 0, or a kind and the line of the source. */
#define SAFEX_RET(kind, line)	(((kind) << 24) | ((line) & 0xffffff))
#define SAFEX_RET_KIND(ret)	(((ret) >> 24) & 0x7f)
#define SAFEX_RET_LINE(ret)	((ret) & 0xffffff)

/* Why an activation ended; `kind` of an exit record. */
enum safex_end {
	SAFEX_END_RETURN	= 0,
	SAFEX_END_BUDGET	= 1,	/* reservation used up: aborted */
	SAFEX_END_LOOP		= 2,	/* loop bound of the verifier: aborted */
	SAFEX_END_DIVISION	= 3,	/* exception: division by zero */
	SAFEX_END_THROWN	= 4,	/* exception: thrown by the source */
	SAFEX_END_FAULT		= 5,	/* a reservation was refused, or is not in force any more */
	SAFEX_END_GUARD		= 6,	/* a write was refused; code is a verdict */
	SAFEX_END_UNLOADED	= 7,	/* removed after too many aborts */
	SAFEX_END_BOUNDS	= 8,	/* exception: index outside its variable */
	SAFEX_END_DESTROYED	= 9,	/* the last record: its sums in the message */
	SAFEX_END_REVERTED	= 10,	/* went back to the version before; code is that one */
	SAFEX_END_CONTRACT	= 11,	/* why it went back: its class got less than its target */
	SAFEX_END_SHIFT		= 12,	/* exception: shift by as many bits as there are, or more */
	SAFEX_END_DROPPED	= 13,	/* a handler's events: 64 waited for its manager already */
};

/* What a guard says of one write. */
enum safex_verdict {
	SAFEX_GUARD_OK		= 0,
	SAFEX_GUARD_RANGE	= 1,
	SAFEX_GUARD_STEP	= 2,
	SAFEX_GUARD_RATE	= 3,
	SAFEX_GUARD_CONTRACT	= 4,	/* outside the class's own contract */
	SAFEX_GUARD_SUM		= 5,	/* more than the host has */
	SAFEX_GUARD_UNSAFE	= 6,	/* predicate false: refused, or fallback mapped */
	SAFEX_GUARD_RIGHTS	= 7,
	SAFEX_GUARD_FAULT	= 8,	/* the guard itself failed: refused */
};

#define SAFEX_STAGE_KERNEL	7	/* `stage` of records made here */

struct safex_record {
	__u64	seq;			/* 1, 2, ...: a gap is a lost record */
	__u64	time;			/* CLOCK_MONOTONIC */
	__u64	cd;			/* class descriptor, 0 for a manager */
	__u32	ext;
	__u32	stage;
	__u32	kind;			/* enum safex_end */
	__s32	code;			/* verdict, thrown value or -errno */
	__u32	line;			/* of the extension's source, 0: unknown */
	__u32	count;			/* times seen since the last such record */
	char	name[SAFEX_NAME_MAX];
	char	file[SAFEX_FILE_MAX];	/* the line is of; empty: unknown */
	char	message[SAFEX_MESSAGE_MAX];
};

#define SAFEX_FEATURE_DL_DIRECT	(1ull << 0)	/* reservations change from softirq */
#define SAFEX_FEATURE_EXACT_CPU	(1ull << 1)	/* exact CPU time of a running task */
#define SAFEX_FEATURE_MAY_GOTO	(1ull << 2)	/* may_goto jumps when the reservation is used up */
#define SAFEX_FEATURE_CALL_DIRECT (1ull << 3)	/* no trampoline; short programs have no timer */
#define SAFEX_FEATURE_IRQ_APART	(1ull << 4)	/* a pass is not charged to whom it interrupts */

struct safex_info {
	__u32	abi;
	__u32	n_objects;		/* everything alive, of all kinds */
	__u64	features;
	__u64	extension_cap_ppm;	/* of one CPU, for all extensions */
	__u64	extension_used_ppm;
	__u64	cpu_cap_ppm;		/* for the sum of CPU contracts, one CPU */
	__u64	cpu_used_ppm;
	__u64	host_cap_ppm;		/* for both together, reserved, of all CPUs */
	__u64	host_used_ppm;
};

struct safex_manager_create {
	char	name[SAFEX_NAME_MAX];
	char	file[SAFEX_FILE_MAX];	/* source, for records; may be empty */
	__u64	period;			/* 1 ms .. 10 s */
	__u64	budget;			/* of its program per class and tick; of each guard run */
	__u32	n_attrs;		/* its declared attributes: slots 0..n-1 */
	__u32	id;			/* out: of the manager */
	__u32	guard;			/* out: id for the guard program */
	__u32	pad;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
};

/*
 * Slots: the manager's declared attributes first, with the values given here,
 * then the application's own.  The contract is read from the attributes with
 * the roles above.  With a process it takes CAP_SYS_NICE, or CAP_BPF and
 * CAP_PERFMON (-EACCES).  -EDQUOT: more than the host has left; -E2BIG: as for an
 * extension, for the manager's program; -ERANGE: target above period,
 * min/target/max out of order, share above target, a process's target below
 * 10 us or period above 4.194304 s; -ESRCH: no such process.
 *
 * A contract for a process is in force when this returns 0: it has its first
 * reservation.  -EBUSY: the scheduler has not as much bandwidth left; -EEXIST:
 * the process has a reservation already; -EPERM: it may not run on all CPUs;
 * -EINVAL: the scheduler takes no such period.  It is in force no more, for good,
 * when the main thread ends or is given another policy by itself or others:
 * SAFEX_IOC_STAT and the page say so, a record too, and each period from then on
 * that a living process has is violated.  It goes on after an exec, also of another
 * thread, which becomes the main thread: with -ESRCH it is suspended, and violated,
 * until that one has its reservation.
 */
struct safex_class_create {
	__u64	cd;			/* class descriptor */
	__u32	manager;
	__s32	pidfd;			/* process the contract is for; -1: none */
	__u32	n_attrs;
	__u32	id;			/* out */
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
};

/*
 * budget per activation; period of a monitor, 0 for a handler.  Masks name
 * the slots the program may read and write.  -EDQUOT: time reserved for
 * extensions would exceed extension_cap_ppm, or host_cap_ppm together with the
 * contracts; -E2BIG: all programs that may be due at once would take longer than
 * the module's pass_cap_us, whatever their periods.  Reserved are budget and, per
 * slot of write_mask, the manager's budget for its guard: per period of a
 * monitor, per tick of a handler's manager, in which it gets as many events as
 * take that time.  The extension runs after program attach and SAFEX_IOC_ACTIVATE.
 */
struct safex_ext_create {
	char	name[SAFEX_NAME_MAX];
	char	file[SAFEX_FILE_MAX];	/* source, for records; may be empty */
	__u32	kind;			/* MONITOR or HANDLER */
	__u32	class_id;
	__u64	period;
	__u64	budget;
	__u64	read_mask;
	__u64	write_mask;
	__u32	id;			/* out */
	__u32	version;		/* any number: it is shown in figures and reports */
};

/*
 * Replacement.  SAFEX_IOC_VERSION announces the next version of the extension
 * `id`, which has a program: name, kind and class_id are as they are, the rest
 * is the new version's own.  Its time is reserved beside the old one's.  The
 * program that is attached next is that version's, and waits; -EBUSY for a
 * third one.  A budget of 0 takes the announcement back while it has none.
 *
 * SAFEX_IOC_ACTIVATE then puts it in the old one's place between two passes:
 * no activation is missed or doubled.  The old one is kept, ready.  For as long
 * as it is attached the new one is on probation: at its first abort or exception,
 * at the first window of its class that begins after the replacement and falls
 * short of the target, or when it is detached, the old one is back in its place
 * at once, runs what the other has not, and a record says so.
 * SAFEX_IOC_KEEP ends the probation, -ESTALE when `version` does not run; then the
 * old one may be detached.  An extension that was not active has no probation.
 */
struct safex_keep {
	__u32	id;			/* of the extension */
	__u32	version;
};

struct safex_channel_create {
	__u32	monitor;
	__u32	handler;
	__u32	id;			/* out */
	__u32	pad;
};

struct safex_object {
	__u32	kind;			/* enum safex_kind */
	__u32	id;
};

/*
 * A write by the application, which the manager's guard judges in this call.
 * -EAGAIN: come again in a tick of the manager: with that many writes of late,
 * the class would take more of the manager's time than is reserved for it
 * (budget per period, 16 periods of it at once).  -ENODEV: it was destroyed.
 */
struct safex_set {
	__u32	slot;
	__u32	verdict;		/* out: enum safex_verdict */
	__s64	value;
};

struct safex_stat {
	struct safex_object object;	/* in */
	char	name[SAFEX_NAME_MAX];
	__u64	cd;
	__u32	manager;
	__u32	active;			/* 1: program bound; class: contract not lost */
	__u64	period, budget;
	__u64	runs;
	__u64	aborts;
	__u64	exceptions;
	__u64	refused;		/* writes refused by guard or rights; not fallbacks */
	__u64	events;			/* raised (monitor), received (handler) */
	__u64	time_sum, time_max;
	__u64	histogram[SAFEX_HISTOGRAM];	/* bucket i: [2^i, 2^(i+1)) ns */
	__u64	windows;		/* class: request periods judged */
	__u64	violations;		/* class: with less than the target or wish */
	__u64	cpu_used;		/* class: CPU time of its process since joining */
	__u64	charged;		/* class: of that, time of its extensions */
	__u32	version;		/* extension: number of the one that runs */
	__u32	next;			/* announced, 0: none */
	__u32	previous;		/* kept while version is on probation, 0: none */
	__u32	failed;			/* that was last gone back from, 0: none */
	__u32	cause;			/* of that, enum safex_end */
	__u32	caught;			/* exceptions that the program has dealt with itself */
	__u32	contract;		/* class: enum safex_contract */
	__s32	reason;			/* of that */
};

/* in: object.kind/id = the last seen (0/0 to begin); out: the next. -ENOENT: end */
#define SAFEX_IOC_INFO		_IOR('x', 0x40, struct safex_info)
#define SAFEX_IOC_NEXT		_IOWR('x', 0x41, struct safex_object)
#define SAFEX_IOC_STAT		_IOWR('x', 0x42, struct safex_stat)
#define SAFEX_IOC_MANAGER	_IOWR('x', 0x43, struct safex_manager_create)
#define SAFEX_IOC_CLASS		_IOWR('x', 0x44, struct safex_class_create)
#define SAFEX_IOC_EXT		_IOWR('x', 0x45, struct safex_ext_create)
#define SAFEX_IOC_CHANNEL	_IOWR('x', 0x46, struct safex_channel_create)
#define SAFEX_IOC_ACTIVATE	_IOW('x', 0x47, struct safex_object)
#define SAFEX_IOC_DESTROY	_IOW('x', 0x48, struct safex_object)
/*
 * A new close-on-exec descriptor of a class: mmap and SAFEX_IOC_CLASS_SET on it.
 * -ENOSPC: there are SAFEX_CLASS_FILES of it, mapped ones included; those that
 * are passed on, duplicated or inherited are one.
 */
#define SAFEX_IOC_CLASS_FD	_IOW('x', 0x49, struct safex_object)
#define SAFEX_IOC_CLASS_SET	_IOWR('x', 0x4a, struct safex_set)
#define SAFEX_IOC_VERSION	_IOW('x', 0x4b, struct safex_ext_create)
#define SAFEX_IOC_KEEP		_IOW('x', 0x4c, struct safex_keep)

#endif
