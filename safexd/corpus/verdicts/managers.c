/* SPDX-License-Identifier: GPL-2.0-only */
/* Service managers, and extensions of their classes. */

//// slice manager: ok
#include <safex/manager.h>

attribute("target_cpu", .unit = "ns", .role = TARGET, .rights = READABLE,
	  .minimum = 100 * US, .maximum = 1 * SEC);
attribute("period", .unit = "ns", .role = PERIOD, .rights = READABLE,
	  .minimum = 1 * MS, .maximum = 1 * SEC, .initial = "100000000");
attribute("actual_cpu", .unit = "ns", .rights = READABLE | MGR_WRITE, .initial = "target_cpu");
attribute("timeslice", .unit = "ns", .role = SHARE, .rights = READABLE,
	  .minimum = 100 * US, .maximum = 1 * SEC, .initial = "target_cpu");
attribute("nudge", .unit = "ns", .rights = READABLE | EXT_WRITE,
	  .minimum = 0, .maximum = 2 * MS, .step = 500 * US, .rate = 50 * MS,
	  .safe_when = "value <= old || actual_cpu <= target_cpu",
	  .maps_to = "timeslice", .map = "min(period, target_cpu + value)");

void manager(void)
{
	cpu_reserve(get_attribute("timeslice"), get_attribute("period"));
	set_attribute("actual_cpu", cpu_window(0));
}

//// slice_handler handler of slice: ok
#include <safex/extension.h>

void handler(event ev)
{
	s64 old = get_attribute("nudge"), u = old + ev.value / 4;

	u = max(old - 500 * US, min(old + 500 * US, u));
	set_attribute("nudge", max(0, min(2 * MS, u)));
}

//// slice_monitor monitor of slice with frames: ok
#include <safex/extension.h>

static s64 before;

void monitor(void)
{
	s64 frames = get_attribute("frames");

	raise_event("Frames", frames - before);
	before = frames;
}

//// slice_handler_of_another_class handler of slice: refused 6 "attribute "timeslice-adjustment" does not exist"
#include <safex/extension.h>

void handler(event ev)
{
	if (ev.value)
		set_attribute("timeslice-adjustment", ev.value);
}

//// slice_handler_sets_the_share handler of slice: refused 6 "no right to set attribute "timeslice""
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("nudge", 0);
	set_attribute("timeslice", ev.value);
}

//// level: ok
#include <safex/manager.h>

#define STEPS 8

attribute("level", .rights = READABLE | APP_WRITE | EXT_WRITE, .minimum = 0, .maximum = STEPS,
	  .step = 1, .initial = "4");
attribute("ticks", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("ticks", get_attribute("ticks") + 1);
}

//// nothing_declared: ok
#include <safex/manager.h>

static u64 runs;

void manager(void)
{
	runs++;
}

//// declared_by_a_macro: ok
#include <safex/manager.h>

#define COUNTER(name) attribute(name, .rights = READABLE | MGR_WRITE)
#define KNOB(name, top) attribute(name, .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = top)

COUNTER("windows");
COUNTER("violations");
KNOB("gain", 100);
KNOB("offset", 10 * MS);

void manager(void)
{
	set_attribute("windows", cpu_windows());
	set_attribute("violations", cpu_violations());
}

//// names_in_braces: ok
#include <safex/manager.h>

attribute("rate.wanted", .rights = READABLE | APP_WRITE, .minimum = 1, .maximum = 1000, .initial = "25");
attribute("rate.most", .rights = READABLE | MGR_WRITE, .initial = "{rate.wanted} * 2");
attribute("burst-size", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 64,
	  .safe_when = "value * {rate.wanted} <= {rate.most} * 16");

void manager(void)
{
	set_attribute("rate.most", 2 * get_attribute("rate.wanted"));
}

//// early_runs: ok
#include <safex/manager.h>

attribute("target_cpu", .role = TARGET, .rights = READABLE, .minimum = 1 * MS, .maximum = 1 * SEC);
attribute("period", .role = PERIOD, .rights = READABLE, .minimum = 10 * MS, .maximum = 1 * SEC,
	  .initial = "target_cpu * 5");
attribute("met", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	s64 missing = get_attribute("target_cpu") - (s64)cpu_current();

	if (missing <= 0)
		set_attribute("met", cpu_windows() + 1);
	else if (!is_early() && missing < (s64)cpu_rest())
		next_tick(missing);
}

//// mapped_with_a_fall_back: ok
#include <safex/manager.h>

attribute("floor", .rights = READABLE | APP_WRITE, .minimum = 0, .maximum = 1000);
attribute("bandwidth", .rights = READABLE, .minimum = 0, .maximum = 100000, .initial = "floor");
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = -1000, .maximum = 1000,
	  .safe_when = "bandwidth + value >= floor && !(value == old)",
	  .maps_to = "bandwidth", .map = "max(floor, bandwidth + value)",
	  .otherwise = "floor");

void manager(void)
{
}

//// policy_in_functions: ok
#include <safex/manager.h>

attribute("target_cpu", .role = TARGET, .rights = READABLE, .minimum = 1 * MS, .maximum = 1 * SEC);
attribute("period", .role = PERIOD, .rights = READABLE, .minimum = 10 * MS, .maximum = 1 * SEC);
attribute("mean", .unit = "ns", .rights = READABLE | MGR_WRITE);
attribute("reserved", .unit = "ns", .rights = READABLE | MGR_WRITE);

static s64 window_mean(void)
{
	s64 sum = 0;

	for (u32 back = 0; back < 4; back++)
		sum += cpu_window(back);
	return sum / 4;
}

static void reserve(s64 wanted)
{
	int ret = cpu_reserve(wanted, get_attribute("period"));

	if (!ret || ret == -115)
		set_attribute("reserved", wanted);
}

void manager(void)
{
	s64 mean = window_mean();

	set_attribute("mean", mean);
	reserve(max(get_attribute("target_cpu"), mean));
}

//// manager_raises_events manager: refused 8 "raise_event"
#include <safex/manager.h>

attribute("x", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("x", 1);
	raise_event("Changed", 1);
}

//// manager_sets_what_is_not_its_own manager: refused 8 "no right to set attribute "limit""
#include <safex/manager.h>

attribute("limit", .rights = READABLE | APP_WRITE, .minimum = 0, .maximum = 10);

void manager(void)
{
	if (get_attribute("limit") > 5)
		set_attribute("limit", 5);
}

//// manager_gets_what_it_did_not_declare manager: refused 7 "attribute "maximum" does not exist"
#include <safex/manager.h>

attribute("limit", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("limit",
		      get_attribute("maximum"));
}

//// window_without_an_argument manager: refused 7 "expected expression"
#include <safex/manager.h>

attribute("had", .rights = READABLE | MGR_WRITE);

void manager(void)
{
	set_attribute("had", cpu_window());
}

//// manager_with_the_other_header manager: refused 1 "does not include <safex/extension.h>"
#include <safex/extension.h>

void manager(void)
{
}

//// handler_reserves handler: refused 5 "cpu_reserve"
#include <safex/extension.h>

void handler(event ev)
{
	cpu_reserve(ev.value, 100 * MS);
}
