/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernels that this is for, and what differs among them.  Nothing else asks for
 * a version: features of patched kernels are probed (safex_direct.c).
 *
 *	6.12		what this is developed and tested with, see KERNEL
 *	6.13		hrtimer_setup() comes; here it is for 6.12
 *	6.15		hrtimer_init() goes, and a timer's function is private
 *	6.17		built (Ubuntu's), not run
 *	7.3		built and run (Debian's); KF_TRUSTED_ARGS has gone, for
 *			all arguments of kfuncs are trusted, and the header of
 *			types has grown (safex_names.c).  Its verifier refuses
 *			some arrays inside structures (31-verifier.sh)
 *
 * integration/newer-kernel.sh builds and runs it with the newest that there is.
 * The patches are for the one version that KERNEL names.
 */
#ifndef _SAFEX_COMPAT_H
#define _SAFEX_COMPAT_H

#include <linux/btf.h>
#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(7, 4, 0)
#error "safex is for kernels 6.12 to 7.3: read safex_compat.h before you change this"
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

static inline void hrtimer_setup_on_stack(struct hrtimer *timer,
					  enum hrtimer_restart (*function)(struct hrtimer *),
					  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = function;
}
#endif

#ifndef KF_TRUSTED_ARGS
#define KF_TRUSTED_ARGS 0
#endif

#endif
