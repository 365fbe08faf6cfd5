/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_lib.h"

#include <limits.h>
#include <stdatomic.h>
#include <time.h>

#define DEFAULT_MS	30000
#define NS_PER_MS	1000000

static _Atomic int process_ms = DEFAULT_MS;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void DSetDeadline(int ms)
{
	atomic_store(&process_ms, ms > 0 ? ms : DEFAULT_MS);
}

d_deadline d_deadline_of(int ms)
{
	return now() + (int64_t)(ms > 0 ? ms : atomic_load(&process_ms)) * NS_PER_MS;
}

int d_deadline_ms(d_deadline deadline)
{
	int64_t left = deadline - now();

	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}
