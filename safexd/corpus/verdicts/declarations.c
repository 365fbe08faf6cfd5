/* SPDX-License-Identifier: GPL-2.0-only */
/* What is declared wrongly in a service manager. */

//// no_range: refused 3 "can be written but has no range"
#include <safex/manager.h>

attribute("limit", .rights = READABLE | EXT_WRITE);

void manager(void)
{
}

//// range_upside_down: refused 3 ".minimum is above .maximum"
#include <safex/manager.h>

attribute("gain", .rights = READABLE | EXT_WRITE, .minimum = 100, .maximum = 10);

void manager(void)
{
}

//// same_name_twice: refused 5 "declared twice"
#include <safex/manager.h>

attribute("level", .rights = READABLE | MGR_WRITE);
attribute("other", .rights = READABLE | MGR_WRITE);
attribute("level", .rights = READABLE);

void manager(void)
{
}

//// name_with_a_blank: refused 3 "name must begin with a letter"
#include <safex/manager.h>

attribute("queue length", .rights = READABLE | MGR_WRITE);

void manager(void)
{
}

//// name_begins_with_a_digit: refused 4 "name must begin with a letter"
#include <safex/manager.h>

attribute("ok", .rights = READABLE | MGR_WRITE);
attribute("2nd", .rights = READABLE | MGR_WRITE);

void manager(void)
{
}

//// initial_is_a_number: refused 4 "initial"
#include <safex/manager.h>

attribute("period", .unit = "ns", .role = PERIOD, .rights = READABLE,
	  .minimum = 1 * MS, .maximum = 1 * SEC, .initial = 100 * MS);

void manager(void)
{
}

//// initial_is_zero: ok
#include <safex/manager.h>

attribute("count", .rights = READABLE | MGR_WRITE, .initial = 0);

void manager(void)
{
}

//// initial_is_a_small_number: refused 3 "initial"
#include <safex/manager.h>

attribute("count", .rights = READABLE | MGR_WRITE, .initial = 5);

void manager(void)
{
}

//// condition_without_quotes: refused 5 "actual"
#include <safex/manager.h>

attribute("actual", .rights = READABLE | MGR_WRITE);
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .safe_when = actual <= 5);

void manager(void)
{
}

//// range_is_a_text: refused 3 "incompatible pointer to integer"
#include <safex/manager.h>

attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = "0", .maximum = 10);

void manager(void)
{
}

//// maximum_wraps: refused 4 "overflow"
#include <safex/manager.h>

attribute("bytes", .rights = READABLE | APP_WRITE,
	  .minimum = 0, .maximum = 5 * 1024 * 1024 * 1024);

void manager(void)
{
}

//// field_is_misspelt: refused 4 "minimun"
#include <safex/manager.h>

attribute("wish", .rights = READABLE | EXT_WRITE,
	  .minimun = 0, .maximum = 10);

void manager(void)
{
}

//// right_is_misspelt: refused 3 "EXT_WRITEABLE"
#include <safex/manager.h>

attribute("wish", .rights = READABLE | EXT_WRITEABLE, .minimum = 0, .maximum = 10);

void manager(void)
{
}

//// role_is_misspelt: refused 3 "BUDGET"
#include <safex/manager.h>

attribute("slice", .role = BUDGET, .rights = READABLE, .minimum = 0, .maximum = 10 * MS);

void manager(void)
{
}

//// role_without_a_period: refused 3 "no attribute with role PERIOD"
#include <safex/manager.h>

attribute("target", .role = TARGET, .rights = READABLE, .minimum = 1 * MS, .maximum = 10 * MS);

void manager(void)
{
}

//// role_twice: refused 4 "another attribute has this role"
#include <safex/manager.h>

attribute("period", .role = PERIOD, .rights = READABLE, .minimum = 1 * MS, .maximum = 10 * MS);
attribute("interval", .role = PERIOD, .rights = READABLE, .minimum = 1 * MS, .maximum = 10 * MS);

void manager(void)
{
}

//// unknown_name_in_expression: refused 5 "no such attribute"
#include <safex/manager.h>

attribute("target", .rights = READABLE | MGR_WRITE);
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .safe_when = "value <= taget");

void manager(void)
{
}

//// expression_ends_early: refused 4 "unexpected end"
#include <safex/manager.h>

attribute("floor", .rights = READABLE | MGR_WRITE);
attribute("start", .rights = READABLE | MGR_WRITE, .initial = "floor +");

void manager(void)
{
}

//// remainder_in_expression: refused 4 "no such operator"
#include <safex/manager.h>

attribute("n", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .safe_when = "value % 2 == 0");

void manager(void)
{
}

//// value_in_initial: refused 3 "there is no value or old in a new class"
#include <safex/manager.h>

attribute("n", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10, .initial = "value");

void manager(void)
{
}

//// map_without_maps_to: refused 3 ".maps_to and .map go together"
#include <safex/manager.h>

attribute("n", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10, .map = "value * 2");

void manager(void)
{
}

//// maps_to_itself: refused 4 ".maps_to names no other attribute"
#include <safex/manager.h>

attribute("n", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .maps_to = "n", .map = "value * 2");

void manager(void)
{
}

//// maps_to_what_has_no_range: refused 5 "names an attribute without a range"
#include <safex/manager.h>

attribute("speed", .rights = READABLE);
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .maps_to = "speed", .map = "value * 2");

void manager(void)
{
}

//// otherwise_without_a_condition: refused 5 ".otherwise needs .safe_when and .maps_to"
#include <safex/manager.h>

attribute("speed", .rights = READABLE, .minimum = 0, .maximum = 100);
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .maps_to = "speed", .map = "value * 2", .otherwise = "0");

void manager(void)
{
}

//// step_is_negative: refused 3 ".step is negative"
#include <safex/manager.h>

attribute("n", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10, .step = -1);

void manager(void)
{
}

//// long_unit: refused 3 ".unit"
#include <safex/manager.h>

attribute("n", .unit = "nanoseconds", .rights = READABLE | MGR_WRITE);

void manager(void)
{
}

//// long_name: refused 3 "longer than 31"
#include <safex/manager.h>

attribute("the_time_that_was_measured_in_the_last_window", .rights = READABLE);

void manager(void)
{
}

//// long_condition: refused 7 ".safe_when"
#include <safex/manager.h>

attribute("upper_limit", .rights = READABLE | MGR_WRITE);
attribute("wish", .rights = READABLE | EXT_WRITE, .minimum = 0, .maximum = 10,
	  .safe_when = "value <= upper_limit && value + old <= upper_limit * 2 && "
		       "value * 3 <= upper_limit * 4 + old && (value < old || old < upper_limit) && "
		       "value != upper_limit - 1 && value != upper_limit - 2 && value > old - upper_limit");

void manager(void)
{
}

//// contract_beyond_a_thousand_seconds: refused 3 "1000 s"
#include <safex/manager.h>

attribute("period", .role = PERIOD, .rights = READABLE, .minimum = 1 * MS, .maximum = 3600 * SEC);

void manager(void)
{
}

//// semicolon_is_missing: refused 3 "expected ';'"
#include <safex/manager.h>

attribute("a", .rights = READABLE | MGR_WRITE)

void manager(void)
{
}

//// declared_in_a_monitor monitor: refused 3 "expected"
#include <safex/extension.h>

attribute("count", .rights = READABLE);

void monitor(void)
{
	raise_event("Count", 1);
}

//// sixty_five: refused "more than 64"
#include <safex/manager.h>

#define FOUR(n) attribute(#n "a"); attribute(#n "b"); attribute(#n "c"); attribute(#n "d")
#define SIXTEEN(n) FOUR(n##0); FOUR(n##1); FOUR(n##2); FOUR(n##3)

SIXTEEN(a);
SIXTEEN(b);
SIXTEEN(c);
SIXTEEN(d);
attribute("last");

void manager(void)
{
}
