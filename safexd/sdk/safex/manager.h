/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For service managers.  A source declares the attributes of its classes and
 * has a function
 *
 *	void manager(void)	once per class and period of the manager, after
 *				the class's monitors and handlers
 *
 * From the declarations safexd makes a guard, which the kernel asks for every
 * write by an application or extension:
 *
 *	attribute("timeslice-adjustment", .minimum = -1 * SEC, .maximum = 1 * SEC,
 *		  .rights = EXT_READ | EXT_WRITE, .maps_to = "timeslice",
 *		  .map = "max(0, target_cpu + value)",
 *		  .safe_when = "actual_cpu <= target_cpu", .otherwise = "minimum_cpu");
 *
 * Expressions: names of declared attributes, `value` (asked for), `old`
 * (current), integers, + - * / < <= > >= == != && || ! min() max() ( ).
 * An attribute named with '-' is written in braces: {timeslice-adjustment}.
 */
#ifndef SAFEX_MANAGER_H
#define SAFEX_MANAGER_H

#ifdef SAFEX_EXTENSION_H
#error "a monitor or handler does not include <safex/manager.h>"
#endif

#include <safex/attribute.h>
#include <safex/declare.h>

/* As in <linux/safex.h>. */
enum {
	APP_READ = 1, APP_WRITE = 2, EXT_READ = 4, EXT_WRITE = 8, MGR_WRITE = 16,
	READABLE = APP_READ | EXT_READ,
};
enum { TARGET = 1, PERIOD = 2, MINIMUM = 3, MAXIMUM = 4, SHARE = 5 };

#define SAFEX_JOIN_(a, b) a##b
#define SAFEX_JOIN(a, b) SAFEX_JOIN_(a, b)
#define attribute(literal, ...)                                                                    \
	static const struct safex_declaration SAFEX_JOIN(safex_attr_, __COUNTER__)                 \
		__attribute__((section(SAFEX_DECLARE_SECTION), used, aligned(8))) = {              \
			.name = literal, __VA_ARGS__                                               \
		}

SAFEX_ENTRY manager(void);

SAFEX_KFUNC u64 safex_cpu_used(struct safex_share *share);
SAFEX_KFUNC u64 safex_cpu_window(struct safex_share *share, u32 back);
SAFEX_KFUNC u64 safex_cpu_windows(struct safex_share *share);
SAFEX_KFUNC u64 safex_cpu_violations(struct safex_share *share);
SAFEX_KFUNC int safex_cpu_reserve(struct safex_share *share, u64 runtime, u64 period);

/* ns of CPU that the process has had since it joined. */
#define cpu_used() safex_cpu_used(SAFEX_SHARE)
/* Complete request periods so far, those with less than target, and CPU in one (0: the last). */
#define cpu_windows() safex_cpu_windows(SAFEX_SHARE)
#define cpu_violations() safex_cpu_violations(SAFEX_SHARE)
#define cpu_window(back) safex_cpu_window(SAFEX_SHARE, back)
/* Asks for runtime ns in each period. -EBUSY: the last one is still being applied. */
#define cpu_reserve(runtime, period)                                                               \
	({                                                                                         \
		u64 safex_r_ = (runtime), safex_p2_ = (period);                                    \
		safex_cpu_reserve(SAFEX_SHARE, safex_r_, safex_p2_);                               \
	})

#endif
