/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: intervals, deadlines, rates. */

//// every_hundred_milliseconds: ok
#include <safex/extension.h>

static u64 next;

void monitor(void)
{
	if (activation_time() < next)
		return;
	next = activation_time() + 100 * MS;
	raise_event("Tick", get_attribute("windows"));
}

//// one_shot: ok
#include <safex/extension.h>

static bool done;

void monitor(void)
{
	if (done || get_attribute("windows") < 50)
		return;
	done = true;
	raise_event("Settled", get_attribute("actual_cpu"));
}

//// hold_off: ok
#include <safex/extension.h>

static u64 until;

void handler(event ev)
{
	if (activation_time() < until)
		return;
	set_attribute("timeslice-adjustment", ev.value);
	until = activation_time() + 2 * get_attribute("period");
}

//// laxity_alarm: ok
#include <safex/extension.h>

/* Laxity is of the period in which the target was met last. */
void monitor(void)
{
	static s64 told;
	s64 met = get_attribute("met");

	if (met == told)
		return;
	told = met;
	if (get_attribute("laxity") * 10 < get_attribute("period"))
		raise_event("Close", get_attribute("laxity"));
}

//// exponential_back_off: ok
#include <safex/extension.h>

#define FIRST (10 * MS)
#define LAST (2 * SEC)

static u64 wait = FIRST, at;
static s64 missed;

void monitor(void)
{
	s64 now = get_attribute("violations");

	if (now == missed) {
		wait = FIRST;
		return;
	}
	if (activation_time() - at < wait)
		return;
	missed = now;
	at = activation_time();
	wait = wait * 2 > LAST ? LAST : wait * 2;
	raise_event("Missed", now);
}

//// duty_cycle: ok
#include <safex/extension.h>
#define T_ON  30
#define T_ALL 100
static int t;
void handler(event ev)
{
    t = (t + 1) % T_ALL;
    set_attribute("timeslice-adjustment", t < T_ON ? ev.value : 0);
}

//// age_of_an_event: ok
#include <safex/extension.h>

static struct { u32 name; u64 when; } seen[4];

void handler(event ev)
{
	u32 i, oldest = 0;

	for (i = 0; i < 4; i++) {
		if (seen[i].name == ev.name)
			break;
		if (seen[i].when < seen[oldest].when)
			oldest = i;
	}
	if (i == 4)
		i = oldest;
	if (seen[i].when && activation_time() - seen[i].when > SEC)
		set_attribute("timeslice-adjustment", ev.value / 2);
	seen[i].name = ev.name;
	seen[i].when = activation_time();
}

//// date_in_an_event: ok
#include <safex/extension.h>

static const char built[] = __DATE__;

void monitor(void)
{
	raise_event("Built", built[0]);
}

//// asks_the_clock monitor: refused 9 "clock_gettime"
#include <safex/extension.h>

struct timespec { s64 tv_sec, tv_nsec; };

void monitor(void)
{
	struct timespec t;

	clock_gettime(1, &t);
	raise_event("Second", t.tv_sec);
}

//// sleeps monitor: refused 6 "usleep"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Before", 0);
	usleep(1000);
	raise_event("After", 0);
}

//// time_as_a_function_of_nothing monitor: refused 5 "arguments"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Now", activation_time(1));
}

//// unit_without_a_product monitor: refused 7 "expected"
#include <safex/extension.h>

#define LIMIT 20 MS

void monitor(void)
{
	if (get_attribute("laxity") < LIMIT)
		raise_event("Close", 1);
}

//// waits_in_a_loop: ok
#include <safex/extension.h>

/* Bad manners, but the reservation ends it. */
void monitor(void)
{
	s64 n = get_attribute("windows");

	while (get_attribute("windows") == n)
		;
	raise_event("Next", n);
}
