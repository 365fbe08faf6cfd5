/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU service manager.  A class gets `timeslice` ns of CPU in each request
 * period; handlers ask for more or less through "timeslice-adjustment", and the
 * guard made from the declarations below decides, as in the paper's Figure 4.
 */
#include <safex/manager.h>

/* The contract: CPU time per request period, its floor and its ceiling. */
attribute("target_cpu", .unit = "ns", .role = TARGET, .rights = READABLE,
	  .minimum = 10 * US, .maximum = 10 * SEC);
attribute("period", .unit = "ns", .role = PERIOD, .rights = READABLE,
	  .minimum = 1 * MS, .maximum = 4194304 * US, .initial = "100000000");
attribute("minimum_cpu", .unit = "ns", .role = MINIMUM, .rights = READABLE,
	  .minimum = 10 * US, .maximum = 10 * SEC, .initial = "target_cpu");
attribute("maximum_cpu", .unit = "ns", .role = MAXIMUM, .rights = READABLE,
	  .minimum = 10 * US, .maximum = 10 * SEC,
	  .initial = "min(period, target_cpu + target_cpu * 3 / 100)");

/* What the class gets: mean of the last two complete periods, and counts since the start: with each period. */
attribute("actual_cpu", .unit = "ns", .rights = READABLE | MGR_WRITE, .initial = "target_cpu");
attribute("windows", .rights = READABLE | MGR_WRITE);
attribute("violations", .rights = READABLE | MGR_WRITE);
attribute("cpu_time", .unit = "ns", .rights = READABLE | MGR_WRITE);

/* What it is allocated now, and what is reserved for that. */
attribute("timeslice", .unit = "ns", .role = SHARE, .rights = READABLE,
	  .minimum = 10 * US, .maximum = 10 * SEC, .initial = "target_cpu");
attribute("reserved", .unit = "ns", .rights = READABLE | MGR_WRITE);

/*
 * What a handler asks for, relative to the target: more only while the class has
 * got no more than its share. "Block process" is the contract's floor.
 */
attribute("timeslice-adjustment", .unit = "ns", .rights = READABLE | EXT_WRITE,
	  .minimum = -10 * SEC, .maximum = 10 * SEC,
	  .maps_to = "timeslice",
	  .map = "max(minimum_cpu, min(maximum_cpu, max(0, target_cpu + value)))",
	  .safe_when = "target_cpu + value <= timeslice || actual_cpu <= share_cpu",
	  .otherwise = "minimum_cpu");

/* What was left of the request period when the target was last seen to be met, and of which that was. */
attribute("laxity", .unit = "ns", .rights = READABLE | MGR_WRITE);
attribute("met", .rights = READABLE | MGR_WRITE);

/*
 * The most that it may have got of its reservations in the two periods of
 * actual_cpu, and what these were: at the end of each, and before them.
 */
attribute("share_cpu", .unit = "ns", .rights = READABLE | MGR_WRITE, .initial = "target_cpu");
attribute("reserved_1", .unit = "ns", .rights = READABLE | MGR_WRITE);
attribute("reserved_2", .unit = "ns", .rights = READABLE | MGR_WRITE);

/* The reservation that was asked for last: it is "reserved" when it is in force. */
attribute("asked", .unit = "ns", .rights = READABLE | MGR_WRITE);

/*
 * A reservation of exactly the target is missed by the microseconds that the
 * scheduler needs to switch: 1 % more is never missed. The kernel begins a
 * contract with that, and lets no manager have more.
 */
static s64 with_margin(s64 timeslice, s64 period)
{
	return min(timeslice + timeslice / 100, period);
}

/*
 * A new reservation lasts for a period at least, except the first. What was asked
 * for may come into force later: until then it is asked for again.
 */
static void reserve(s64 period)
{
	s64 wanted = with_margin(get_attribute("timeslice"), period);
	s64 asked = get_attribute("asked");

	if (asked && get_attribute("windows") == (s64)cpu_windows())
		wanted = asked;
	if (wanted <= 0 || (wanted == asked && wanted == get_attribute("reserved")))
		return;
	set_attribute("asked", wanted);
	if (!cpu_reserve(wanted, period))
		set_attribute("reserved", wanted);
}

/* What switching to the process and back may take. */
#define SWITCH (20 * US)

/*
 * With the whole CPU it has its target by then, in this period or the next: the
 * first look that finds it met says how early that is. A look that would come
 * with a tick, or behind it, is that tick, which may be so in each period.
 */
static void look_again(void)
{
	/* In this order: when the period ends in between, the target is missing. */
	s64 rest = cpu_rest(), missing = get_attribute("target_cpu") - (s64)cpu_current();
	s64 period = get_attribute("windows") + 1;

	if (missing > 0) {
		/* A part of a period, as it wakes up, has the number of the next. */
		if (period == get_attribute("met"))
			set_attribute("met", period - 1);
		next_tick(missing + SWITCH);
		return;
	}
	if (period != get_attribute("met")) {
		set_attribute("met", period);
		set_attribute("laxity", rest);
	}
	next_tick(rest + get_attribute("target_cpu") + SWITCH);
}

/*
 * The scheduler may notice the end of a runtime only with a tick, the longest
 * with HZ=100, and takes the overrun back in the next period. Of a short target
 * that would be a multiple: half of it is let pass, and no more.
 */
#define TICK (10 * MS)

/*
 * A reservation lasts for a period at least, so three of them at most were in
 * force in two periods. Its end is enforced with a switch more or less, what was
 * overrun in the second of them is not taken back yet, and the class's extensions
 * count with what it gets.
 */
static void remember(s64 reserved)
{
	s64 before = get_attribute("reserved_1"), first = get_attribute("reserved_2");
	s64 most = max(reserved, max(before, first));

	most = max(get_attribute("target_cpu"), most + most / 100 + SWITCH);
	set_attribute("share_cpu", most + min(TICK / 2, get_attribute("target_cpu") / 2));
	set_attribute("reserved_2", before);
	set_attribute("reserved_1", reserved);
}

/* reserved: until this run, and so to the end of the period that has ended. */
static void publish(s64 reserved)
{
	s64 windows = cpu_windows();

	if (windows != get_attribute("windows")) {
		remember(reserved);
		set_attribute("windows", windows);
		set_attribute("violations", cpu_violations());
		set_attribute("cpu_time", cpu_used());
		/* The first began with the reservation, its process perhaps later: it may span two periods. */
		if (windows >= 3)
			set_attribute("actual_cpu", (s64)(cpu_window(0) + cpu_window(1)) / 2);
	}
}

void manager(void)
{
	s64 reserved = get_attribute("reserved");

	reserve(get_attribute("period"));
	publish(reserved);
	look_again();
}
