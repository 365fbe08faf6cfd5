/* SPDX-License-Identifier: GPL-2.0-only */
/* Types that do not go together, and those that do. */

//// mixed_widths: ok
#include <safex/extension.h>
#include <stdint.h>
#include <stddef.h>

static uint8_t small;
static int16_t medium;
static size_t large;

void monitor(void)
{
	int64_t w = get_attribute("windows");

	small += (uint8_t)w;
	medium -= small;
	large += (size_t)(medium < 0 ? -medium : medium);
	raise_event("Large", (int64_t)large);
}

//// characters: ok
#include <safex/extension.h>

static char text[8] = "0000000";

void monitor(void)
{
	for (int i = 6; i >= 0; i--) {
		if (text[i] != '9') {
			text[i]++;
			break;
		}
		text[i] = '0';
	}
	raise_event("Digit", text[6] - '0');
}

//// compound_literals: ok
#include <safex/extension.h>

struct range { s64 low, high; };

static bool within(const struct range *r, s64 v)
{
	return v >= r->low && v <= r->high;
}

void monitor(void)
{
	if (!within(&(struct range){ 1 * MS, 5 * MS }, get_attribute("actual_cpu")))
		raise_event("Outside", get_attribute("actual_cpu"));
}

//// typeof_and_auto_type: ok
#include <safex/extension.h>

#define SWAP(a, b) do { typeof(a) t_ = (a); (a) = (b); (b) = t_; } while (0)

void monitor(void)
{
	s64 low = get_attribute("actual_cpu"), high = get_attribute("target_cpu");
	__auto_type span = high - low;

	if (span < 0) {
		SWAP(low, high);
		span = high - low;
	}
	raise_event("Span", span);
}

//// enums_and_ranges: ok
#include <safex/extension.h>

static const char *unused_name = 0;

static int grade(s64 percent)
{
	switch (percent) {
	case 0 ... 49:
		return 0;
	case 50 ... 89:
		return 1;
	case 90 ... 100:
		return 2;
	}
	return unused_name ? 4 : 3;
}

void monitor(void)
{
	raise_event("Grade", grade(100 * get_attribute("actual_cpu") / get_attribute("target_cpu")));
}

//// volatile_and_restrict: ok
#include <safex/extension.h>

static volatile u32 ticks;

static void add(s64 *restrict to, const s64 *restrict from)
{
	*to += *from;
}

void monitor(void)
{
	s64 sum = 1, one = get_attribute("windows");

	add(&sum, &one);
	ticks++;
	raise_event("Sum", sum + ticks);
}

//// structure_as_an_argument monitor: ok
#include <safex/extension.h>

typedef struct { s64 re, im; } cplx;

static cplx mul(cplx a, cplx b)
{
	return (cplx){ (a.re * b.re - a.im * b.im) >> 16, (a.re * b.im + a.im * b.re) >> 16 };
}

static cplx z = { FX(1), 0 };

void monitor(void)
{
	z = mul(z, (cplx){ FX(0.98), FX(0.17) });
	raise_event("Re", z.re);
}

//// structure_where_a_number_is_wanted handler: refused 5 "incompatible type"
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev);
}

//// event_passed_as_a_pointer handler: refused 10 "incompatible type"
#include <safex/extension.h>

static s64 scaled(const event *ev)
{
	return ev->value / 2;
}

void handler(event ev)
{
	set_attribute("timeslice-adjustment", scaled(ev));
}

//// handler_takes_a_pointer: refused 3 "an entry is declared in another way than it is called"
#include <safex/extension.h>

void handler(event *ev)
{
	set_attribute("timeslice-adjustment", ev->value);
}

//// handler_takes_two_numbers: refused 3 "an entry is declared in another way than it is called"
#include <safex/extension.h>

void handler(u32 name, s64 value)
{
	set_attribute("timeslice-adjustment", name ? value : 0);
}

//// monitor_returns_int: refused 3 "an entry is declared in another way than it is called"
#include <safex/extension.h>

int monitor(void)
{
	raise_event("Alive", 1);
	return 0;
}

//// monitor_takes_the_context: refused 3 "an entry is declared in another way than it is called"
#include <safex/extension.h>

void monitor(struct safex_ctx *ctx)
{
	raise_event("Now", (s64)ctx->now);
}

//// static_monitor: ok
#include <safex/extension.h>

static void monitor(void)
{
	raise_event("Alive", 1);
}

//// number_to_a_pointer monitor: refused 13 "pointer"
#include <safex/extension.h>

static s64 v[4];

static s64 first(const s64 *p)
{
	return p[0];
}

void monitor(void)
{
	v[0] = get_attribute("windows");
	raise_event("First", first(v[0]));
}

//// unsigned_never_below_zero monitor: warns 7 "always false"
#include <safex/extension.h>

void monitor(void)
{
	u64 spare = get_attribute("period") - get_attribute("actual_cpu");

	if (spare < 0)
		raise_event("Over", 1);
}

//// signed_and_unsigned_pointers monitor: warns 12 "different sign"
#include <safex/extension.h>

static u64 total;

static void add(s64 *to, s64 v)
{
	*to += v;
}

void monitor(void)
{
	add(&total, get_attribute("windows"));
	raise_event("Total", (s64)total);
}

//// undefined_structure monitor: refused 3 "incomplete"
#include <safex/extension.h>

static struct config settings;

void monitor(void)
{
	raise_event("Gain", settings.gain);
}

//// bits_of_a_fraction handler: refused 5 "floating point"
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value & 0.5);
}

//// array_assigned monitor: refused 7 "not assignable"
#include <safex/extension.h>

static s64 now[4], before[4];

void monitor(void)
{
	before = now;
	now[0] = get_attribute("windows");
	raise_event("Before", before[0]);
}
