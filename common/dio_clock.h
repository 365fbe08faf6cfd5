/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIO_CLOCK_H
#define DIO_CLOCK_H

#include <stdint.h>
#include <time.h>

/* ms of the monotonic clock. */
static inline int64_t dio_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
