/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIO_CLOCK_H
#define DIO_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t dio_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ms of the monotonic clock. */
static inline int64_t dio_now_ms(void)
{
	return (int64_t)(dio_clock_ns(CLOCK_MONOTONIC) / 1000000);
}

#endif
