/* SPDX-License-Identifier: GPL-2.0-only */
/* What is thrown and what is caught. */

//// falls_back: ok
#include <safex/extension.h>

void caught(exception e)
{
	if (e.kind == DIVISION_BY_ZERO)
		set_attribute("timeslice-adjustment", 0);
}

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value / get_attribute("laxity"));
}

//// throws_by_itself: ok
#include <safex/extension.h>

#define LIMIT 1000

void monitor(void)
{
	if (get_attribute("violations") > LIMIT)
		safex_throw();
	raise_event("Fine", LIMIT - get_attribute("violations"));
}

//// counts_what_it_caught: ok
#include <safex/extension.h>

static u32 kinds[16], last_line;

void caught(exception e)
{
	kinds[e.kind & 15]++;
	last_line = e.line;
	raise_event("Caught", last_line);
}

void monitor(void)
{
	static s64 v[4];

	v[get_attribute("windows")] = get_attribute("actual_cpu");
	raise_event("Third", v[3]);
}

//// caught_before_it_is_used: ok
#include <safex/extension.h>

static void report(u32 kind);

void caught(exception e)
{
	report(e.kind);
}

static void report(u32 kind)
{
	switch (kind) {
	case DIVISION_BY_ZERO:
		raise_event("Division", 0);
		break;
	case INDEX_OUT_OF_RANGE:
		raise_event("Index", 0);
		break;
	case SHIFT_OUT_OF_RANGE:
		raise_event("Shift", 0);
		break;
	case THROWN:
		raise_event("Thrown", 0);
		break;
	default:
		raise_event("Other", kind);
	}
}

void monitor(void)
{
	raise_event("Bit", 1 << get_attribute("windows"));
}

//// try_by_macros: ok
#include <safex/extension.h>

#define CHECK(c, code) do { if (!(c)) { failed = (code); goto out; } } while (0)

static u32 failed;

void monitor(void)
{
	s64 period = get_attribute("period"), target = get_attribute("target_cpu");

	CHECK(period > 0, 1);
	CHECK(target > 0 && target <= period, 2);
	failed = 0;
	raise_event("Load", 100 * target / period);
	return;
out:
	raise_event("Bad", failed);
}

//// manager_catches: ok
#include <safex/manager.h>

attribute("errors", .rights = READABLE | MGR_WRITE);

void caught(exception e)
{
	set_attribute("errors", get_attribute("errors") + 1);
}

void manager(void)
{
	if (!cpu_windows())
		safex_throw();
}

//// macro_makes_caught monitor: ok
#include <safex/extension.h>

#define ON_ERROR(e) void caught(exception e)

ON_ERROR(e)
{
	raise_event("Bad", e.kind);
}

void monitor(void)
{
	raise_event("Share", 100 / get_attribute("windows"));
}

//// caught_twice monitor: refused 8 "redefinition of 'caught'"
#include <safex/extension.h>

void caught(exception e)
{
	raise_event("A", e.kind);
}

void caught(exception e)
{
	raise_event("B", e.kind);
}

void monitor(void)
{
	raise_event("Share", 100 / get_attribute("windows"));
}

//// caught_with_another_list monitor: refused 3 "an entry is declared in another way than it is called"
#include <safex/extension.h>

void caught(u32 kind, u32 line)
{
	raise_event("Bad", kind);
}

void monitor(void)
{
	raise_event("Share", 100 / get_attribute("windows"));
}

//// kind_of_another_language monitor: refused 5 "undeclared identifier"
#include <safex/extension.h>

void caught(exception e)
{
	if (e.kind == SIGFPE)
		raise_event("Bad", 1);
}

void monitor(void)
{
	raise_event("Share", 100 / get_attribute("windows"));
}

//// throws_a_number monitor: refused 6 "too many arguments"
#include <safex/extension.h>

void monitor(void)
{
	if (!get_attribute("windows"))
		safex_throw(3);
	raise_event("Alive", 1);
}

//// longjmp monitor: refused 2 "can be included"
#include <safex/extension.h>
#include <setjmp.h>

static jmp_buf back;

void monitor(void)
{
	if (!setjmp(back))
		longjmp(back, 1);
}
