/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For service managers.  A source declares the attributes of its classes and
 * has a function
 *
 *	void manager(void)	once per class and period of the manager, after
 *				the class's monitors and handlers
 *
 * (Figure 1b of the paper).  Context and language are those of
 * <safex/extension.h>; static variables are shared by all classes of the
 * manager, what belongs to one class is kept in its attributes.  A manager has
 * its budget for each class, 50 us by default, and once more for each guarded
 * write.
 *
 * From the declarations safexd makes a guard, which the kernel asks for every
 * write by an application or extension:
 *
 *	attribute("timeslice-adjustment", .minimum = -1 * SEC, .maximum = 1 * SEC,
 *		  .rights = EXT_READ | EXT_WRITE, .maps_to = "timeslice",
 *		  .map = "max(0, target_cpu + value)",
 *		  .safe_when = "actual_cpu <= target_cpu", .otherwise = "minimum_cpu");
 *
 * What can be said of an attribute, all but its name left out at will:
 *
 *	name	letters, digits, '_', '-', '.'; begins with a letter; 31 at most
 *	.unit	7 characters, for people
 *	.rights	who may read and write: APP_READ, APP_WRITE the application,
 *		EXT_READ, EXT_WRITE monitors and handlers, MGR_WRITE manager(),
 *		which is not guarded
 *	.role	TARGET, PERIOD, MINIMUM, MAXIMUM: part of the contract, in ns;
 *		SHARE: what is allocated. Each once. The guard keeps MINIMUM <=
 *		TARGET <= MAXIMUM and TARGET <= PERIOD, and TARGET and SHARE per
 *		PERIOD within what the host has left
 *	.minimum, .maximum	range of what is written
 *	.step	largest difference from the current value, 0: any
 *	.rate	least ns between two writes, 0: any
 *	.initial	value in a new class if the application gives none, else 0;
 *		may name other attributes, not itself
 *	.maps_to, .map	a write sets that attribute too, to this
 *	.safe_when	a write is refused unless this is not 0; then, with
 *		.otherwise, maps_to is set to that, which must be safe always:
 *		it is not judged
 *
 * A write is judged in this order, the first that does not hold refuses it:
 * rights, range, step, rate, contract, safe_when, sum over the host; then of
 * the mapped value its range, contract, sum. A division by 0 refuses it, too.
 * A refused write sets nothing, but for .otherwise.
 *
 * Expressions, 159 characters at most: names of declared attributes, `value`
 * (asked for), `old` (current), integers, + - * / < <= > >= == != && || !
 * min(,) max(,) ( ), as in C, of signed 64 bits that wrap. An attribute named
 * with '-' or '.', or `value`, is written in braces: {timeslice-adjustment}.
 */
#ifndef SAFEX_MANAGER_H
#define SAFEX_MANAGER_H

#ifdef SAFEX_EXTENSION_H
#error "a monitor or handler does not include <safex/manager.h>"
#endif

#include <safex/attribute.h>
#include <safex/declare.h>
#include <safex/exception.h>

/* As in <linux/safex.h>. .rights: who gets and sets an attribute. */
enum {
	APP_READ = 1, APP_WRITE = 2, EXT_READ = 4, EXT_WRITE = 8, MGR_WRITE = 16,
	READABLE = APP_READ | EXT_READ,
};
/* .role: what it means to admission and to the sum over the host; each once. */
enum { TARGET = 1, PERIOD = 2, MINIMUM = 3, MAXIMUM = 4, SHARE = 5 };

/*
 * What a declaration is checked against: C would take a number for an array of
 * characters. The numbers are left to the declaration itself.
 */
typedef const char *text_in_double_quotes;
struct safex_declared {
	text_in_double_quotes name, unit, initial, maps_to, map, safe_when, otherwise;
	bool rights, role, minimum, maximum, step, rate;
};

#define SAFEX_JOIN_(a, b) a##b
#define SAFEX_JOIN(a, b) SAFEX_JOIN_(a, b)
/* Declares one attribute, see struct safex_declaration; at most 64, outside of functions. */
#define attribute(literal, ...)                                                                    \
	_Static_assert(sizeof((struct safex_declared){ .name = literal, __VA_ARGS__ }), "");       \
	static const struct safex_declaration SAFEX_JOIN(safex_attr_, __COUNTER__)                 \
		__attribute__((section(SAFEX_DECLARE_SECTION), used, aligned(8))) = {              \
			.name = literal, .line = __LINE__, __VA_ARGS__                             \
		}

SAFEX_ENTRY manager(void);

SAFEX_KFUNC u64 safex_cpu_used(struct safex_share *share);
SAFEX_KFUNC u64 safex_cpu_window(struct safex_share *share, u32 back);
SAFEX_KFUNC u64 safex_cpu_windows(struct safex_share *share);
SAFEX_KFUNC u64 safex_cpu_current(struct safex_share *share);
SAFEX_KFUNC u64 safex_cpu_rest(struct safex_share *share);
SAFEX_KFUNC int safex_next_tick(struct safex_share *share, u64 ns);
SAFEX_KFUNC u64 safex_cpu_violations(struct safex_share *share);
SAFEX_KFUNC int safex_cpu_reserve(struct safex_share *share, u64 runtime, u64 period);

/*
 * The CPU of the class that this activation is for.  Only a manager is handed
 * the capability for these; none sleeps.  Times in ns.
 */

/* u64: ns of CPU that the process has had since it joined; 0 without a process. */
#define cpu_used() safex_cpu_used(SAFEX_SHARE)
/* u64: complete request periods so far. */
#define cpu_windows() safex_cpu_windows(SAFEX_SHARE)
/* u64: of those in which the process wanted its target and was refused it, or had no contract in force. */
#define cpu_violations() safex_cpu_violations(SAFEX_SHARE)
/* u64: ns of CPU in a complete request period; back: 0 the last one, to 7; 0 when there is none. */
#define cpu_window(back) safex_cpu_window(SAFEX_SHARE, back)
/* u64: ns of CPU in the request period that has not ended yet, and ns until it ends; 0: none began. */
#define cpu_current() safex_cpu_current(SAFEX_SHARE)
#define cpu_rest() safex_cpu_rest(SAFEX_SHARE)

/*
 * manager() runs for this class once more, ns after this activation began; u64,
 * a 16th of the manager's period is the least.  Not if that is behind the next
 * tick, nor if the budget, which is for all runs of a tick, has no room for one
 * that takes the longest ever seen.  Of several calls the last counts.
 */
#define next_tick(ns) safex_next_tick(SAFEX_SHARE, ns)
/* bool: this activation was asked for by next_tick(). */
#define is_early() (SAFEX_SELF->event)

/*
 * Asks for runtime ns in each period, from the next period on; both u64,
 * evaluated once.  0: it is in force.  -115 (EINPROGRESS): it is being applied;
 * -16 (EBUSY): another still is, or the scheduler has not as much left; ask
 * again after both.  -122 (EDQUOT): more than the class's share (its target,
 * where no attribute is the share) and a hundredth of it; -3 (ESRCH): no
 * process; -22 (EINVAL): no contract, runtime below 10 us or above the period.
 * A contract begins with a reservation of all that: the first is there already.
 */
#define cpu_reserve(runtime, period)                                                               \
	__extension__({                                                                            \
		u64 safex_r_ = (runtime), safex_p2_ = (period);                                    \
		safex_cpu_reserve(SAFEX_SHARE, safex_r_, safex_p2_);                               \
	})

#endif
