/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_lib.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <time.h>

#define DEFAULT_MS	30000
#define PAUSE_MIN_MS	20	/* before the next try, twice as long each time */
#define PAUSE_MAX_MS	500
#define NS_PER_MS	1000000
#define NS_PER_S	INT64_C(1000000000)

static _Atomic int process_ms = DEFAULT_MS;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
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

d_deadline d_last_try(d_deadline deadline)
{
	return deadline - (deadline - now()) / 3;
}

bool d_wait_busy(const dio_x_status *status, d_deadline last_try)
{
	return status->code == DIO_E_BUSY && status->retry_ms && d_pause(status->retry_ms, last_try);
}

bool d_pause(unsigned int ms, d_deadline last_try)
{
	d_deadline until = now() + (int64_t)ms * NS_PER_MS;
	struct timespec t = { until / NS_PER_S, until % NS_PER_S };

	if (until > last_try)
		return false;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
	return true;
}

unsigned int d_longer_pause(unsigned int ms)
{
	if (ms == 0)
		return PAUSE_MIN_MS;
	return ms < PAUSE_MAX_MS / 2 ? ms * 2 : PAUSE_MAX_MS;
}
