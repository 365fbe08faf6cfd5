/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_KERNEL_H
#define CTL_KERNEL_H

/* Prints what /dev/safex tells, asked without a daemon. The exit code. */
int ctl_kernel_print(void);

#endif
