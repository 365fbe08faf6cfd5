/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of attributes, events and functions. */

//// names_of_the_application with queue-length, rate.now: ok
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("queue-length") > get_attribute("rate.now"))
		raise_event("Behind", get_attribute("queue-length"));
}

//// words_as_events: ok
#include <safex/extension.h>

void monitor(void)
{
	raise_event("the queue is too long", 1);
	raise_event("CPU/share", 2);
	raise_event("a-b_c.d", 3);
}

//// local_names_shadow: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 name = get_attribute("windows"), value = get_attribute("met"), event = name + value;
	s64 safex_r = 1, v = 2;

	raise_event("Sum", event + safex_r + v);
}

//// umlauts_in_comments_and_locals: ok
#include <safex/extension.h>

/* Größe der Warteschlange; 大きさ */
void monitor(void)
{
	s64 größe = get_attribute("windows");

	raise_event("Groesse", größe);
}

//// umlauts_in_a_static_variable: refused 7 "not ASCII"
#include <safex/extension.h>

static s64 größe;

void monitor(void)
{
	größe += get_attribute("windows");
	raise_event("Groesse", größe);
}

//// own_fixed_width_types: ok
#include <safex/extension.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint64_t u64;
typedef int64_t s64;

static u64 total;

void monitor(void)
{
	total += (u64)get_attribute("windows");
	raise_event("Total", (s64)total);
}

//// own_min_and_max: ok
#include <safex/extension.h>

static long long min(long long a, long long b)
{
	return a < b ? a : b;
}

static long long max(long long a, long long b)
{
	return a > b ? a : b;
}

void handler(event ev)
{
	set_attribute("timeslice-adjustment", max(-MS, min(MS, ev.value)));
}

//// own_min_macro: warns 3 "redefined"
#include <safex/extension.h>

#define min(a, b) ((a) < (b) ? (a) : (b))

void handler(event ev)
{
	set_attribute("timeslice-adjustment", min(ev.value, MS));
}

//// own_min_macro_guarded: ok
#include <safex/extension.h>

#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#undef max
#define max(a, b) ((a) > (b) ? (a) : (b))

void handler(event ev)
{
	set_attribute("timeslice-adjustment", max(0, min(ev.value, MS)));
}

//// own_bool: refused 3 "redefinition"
#include <safex/extension.h>

typedef unsigned char bool;

static bool flag;

void monitor(void)
{
	flag = !flag;
	raise_event("Flag", flag);
}

//// attribute_is_misspelt: refused 7 "attribute "actual-cpu" does not exist"
#include <safex/extension.h>

void monitor(void)
{
	s64 target = get_attribute("target_cpu");

	raise_event("Error", target - get_attribute("actual-cpu"));
}

//// attribute_in_capitals: refused 5 "attribute "Period" does not exist"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("P", get_attribute("Period"));
}

//// attribute_of_the_application_forgotten: refused 7 "attribute "queue" does not exist"
#include <safex/extension.h>

#define LONG_QUEUE 5

void monitor(void)
{
	s64 queue = get_attribute("queue");

	if (queue > LONG_QUEUE)
		raise_event("Behind", queue - LONG_QUEUE);
}

//// attribute_in_a_helper: refused 5 "attribute "slack" does not exist"
#include <safex/extension.h>

static s64 slack(void)
{
	return get_attribute("slack");
}

void monitor(void)
{
	if (slack() < MS)
		raise_event("Tight", slack());
}

//// attribute_without_quotes monitor: refused 5 "undeclared identifier 'target_cpu'"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Target", get_attribute(target_cpu));
}

//// attribute_in_single_quotes monitor: refused 5 "name is not a plain string literal"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("N", get_attribute('windows'));
}

//// attribute_name_in_a_constant: ok
#include <safex/extension.h>

static const char *const name = "windows";

void monitor(void)
{
	raise_event("N", get_attribute(name));
}

//// attribute_name_as_an_argument: ok
#include <safex/extension.h>

static s64 difference(const char *name, s64 *before)
{
	s64 now = get_attribute(name), d = now - *before;

	*before = now;
	return d;
}

static s64 a, b;

void monitor(void)
{
	raise_event("Windows", difference("windows", &a));
	raise_event("Time", difference("cpu_time", &b));
}

//// attribute_name_of_a_choice monitor: refused 7 "name is not a plain string literal"
#include <safex/extension.h>

void monitor(void)
{
	int late = get_attribute("violations") > 0;

	raise_event("N", get_attribute(late ? "laxity" : "windows"));
}

//// empty_name monitor: refused 5 "the name of an event is a text"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("", 1);
}

//// long_event monitor: refused 5 "31 characters"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("TheQueueHasGrownBeyondItsUpperLimit", 1);
}

//// long_attribute monitor: refused 5 "name is longer than 31 characters"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("N", get_attribute("number_of_frames_that_were_dropped"));
}

//// event_with_an_umlaut monitor: ok
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Größe", 1);
}

//// monitor_sets_an_attribute_that_is_read_only monitor: refused 5 "no right to set attribute "windows""
#include <safex/extension.h>

void monitor(void)
{
	set_attribute("windows", 0);
}

//// sets_the_applications_own handler with wanted: refused 5 "no right to set attribute "wanted""
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("wanted", ev.value);
}

//// entry_in_capitals: refused "monitor()"
#include <safex/extension.h>

void Monitor(void)
{
	raise_event("Alive", 1);
}

//// entry_is_main: refused "monitor()"
#include <safex/extension.h>

int main(void)
{
	return 0;
}

//// two_roles: refused "monitor()"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value);
}

//// monitor_placed_as_a_handler handler: refused "source has no function handler()"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

//// enumerator_called_as_a_unit monitor: ok
#include <safex/extension.h>

enum country { DE, FR, US };

static enum country c;

void monitor(void)
{
	c = US;
	raise_event("Country", c);
}

//// nearly_right_name handler: refused 5 "attribute "timeslise" does not exist (is timeslice meant?); the class has: target_cpu"
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslise", ev.value);
}
