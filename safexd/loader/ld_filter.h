/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LD_FILTER_H
#define LD_FILTER_H

/*
 * From here on this process makes no other system call than the loader's
 * work needs; once it has its device, its pins and its identity. 0 or -errno.
 */
int ld_filter(void);

#endif
