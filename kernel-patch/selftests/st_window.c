// SPDX-License-Identifier: GPL-2.0-only
/*
 * Periods of a process that sleeps now and then.  Its reservation begins a new
 * period at each wake-up, so some of what lies between two looks at its CPU
 * time is no period: nothing of that may be judged by the contract.
 */
#include <time.h>
#include "st_promise.h"

#define TARGET	(80 * ST_MS)
#define PERIOD	(200 * ST_MS)
#define SECONDS	12

/* The hog takes what is left, so that the napper gets its reservation only. */
void st_test_window(void)
{
	pid_t napper = st_napper(130 * ST_MS, 370 * ST_MS), hog = st_hog(0);
	struct timespec t = { .tv_sec = SECONDS };
	struct st_promise p;
	struct safex_stat s;
	int cls;

	st_promise_begin(&p, "window", 10 * ST_MS, 50 * ST_US);
	cls = st_promise_class(&p, napper, TARGET, PERIOD);
	nanosleep(&t, NULL);
	st_stat(SAFEX_KIND_CLASS, cls, &s);
	st_note("%llu judged, %llu violations", s.windows, s.violations);
	st_ok(s.windows > SECONDS, "window: periods without sleep are judged");
	st_is(s.violations, 0, "window: parts of periods are not");
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(napper);
	st_kill(hog);
	st_promise_end(&p, "window");
}
