/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_KERNEL_H
#define CTL_KERNEL_H

#include <stdint.h>

#define CTL_FEATURES	96	/* bytes of a line of features, with the NUL */

/* How safex does its work, from features of struct safex_info. */
void ctl_kernel_features(uint64_t features, char lines[2][CTL_FEATURES]);

/* Prints what /dev/safex tells, asked without a daemon. The exit code. */
int ctl_kernel_print(void);

#endif
