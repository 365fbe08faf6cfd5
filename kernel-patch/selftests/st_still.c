// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that stands still while its clock goes on, as a virtual machine does
 * that is paused or moved: that is no period which others have had.  Here an
 * interrupt lasts that long.  The process sleeps nearly all the time: to the scheduler
 * whoever is interrupted has used that CPU time, and pays for it in the periods that
 * follow, which are missed then.
 */
#include <unistd.h>
#include "st_gauge.h"
#include "st_promise.h"

#define TARGET		(8 * ST_MS)
#define PERIOD		(40 * ST_MS)
#define STILL		"800000000 400000000"	/* ns: after 800 ms, for 400 ms */
#define STILL_PERIODS	10

/* Five in a row; arg: what there was when the last one was missed. */
static bool st_are_kept(void *arg)
{
	struct safex_stat *since = arg, now = { 0 };

	if (st_stat(SAFEX_KIND_CLASS, since->object.id, &now))
		return false;
	if (now.violations != since->violations)
		*since = now;
	return now.windows >= since->windows + 5;
}

/* Where interrupts are accounted apart, the clock of tasks stands still as long again. */
static void st_said(const struct safex_stat *before, const struct safex_stat *after,
		    uint64_t periods)
{
	if (st_features() & SAFEX_FEATURE_IRQ_APART)
		return;
	st_ok(after->windows + STILL_PERIODS - 2 <= before->windows + periods,
	      "still: nothing is said of that time: %llu of %llu periods",
	      (unsigned long long)(after->windows - before->windows),
	      (unsigned long long)periods);
	st_is(after->violations, 0, "still: nobody was refused anything");
}

static void st_stand_still(int cls)
{
	struct safex_stat before = { .object.id = cls }, after = { 0 };
	int64_t begin;

	st_ok(st_wait(st_are_kept, &before), "still: periods are judged");
	st_stat(SAFEX_KIND_CLASS, cls, &before);
	st_is(before.violations, 0, "still: none of them is missed");
	begin = st_ns();
	st_is(st_gauge_write("burst", STILL), 0, "still: the machine will stand still");
	while (st_ns() < begin + 1300 * ST_MS)
		usleep(10000);
	st_is(st_gauge_write("burst", "0 0"), 0, "still: it went on");
	st_stat(SAFEX_KIND_CLASS, cls, &after);
	st_said(&before, &after, (st_ns() - begin) / PERIOD);
	st_ok(st_wait(st_are_kept, &after), "still: periods are kept again");
	st_is(after.contract, SAFEX_CONTRACT_IN_FORCE, "still: the contract is in force");
}

void st_test_still(void)
{
	pid_t pid = st_napper(30 * ST_MS, 200 * ST_US), other = st_hog(0);
	struct st_promise p;
	int cls;

	st_promise_begin(&p, "still", 10 * ST_MS, 50 * ST_US);
	cls = st_promise_class(&p, pid, TARGET, PERIOD);
	if (st_ok(cls > 0, "still: there is a contract"))
		st_stand_still(cls);
	st_object(SAFEX_IOC_DESTROY, SAFEX_KIND_CLASS, cls);
	st_kill(pid);
	st_kill(other);
	st_promise_end(&p, "still");
}
