/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIO_VIRTUAL_TIME_H
#define DIO_VIRTUAL_TIME_H

/* By how much the wall clock has been set forward (or back, negative); others go on. */
extern long long dio_wall_step_ns;

#endif
