/* SPDX-License-Identifier: GPL-2.0-only */
/* What the preprocessor makes of a source, and what an author forgets of it. */

//// configured_by_macros: ok
#include <safex/extension.h>

#define CONFIG_INTEGRAL 1
#define CONFIG_TRACE 0

#if CONFIG_INTEGRAL
static s64 sum;
#endif

void handler(event ev)
{
	s64 u = ev.value / 2;

#if CONFIG_INTEGRAL
	sum += ev.value;
	u += sum / 32;
#endif
#if CONFIG_TRACE
#error "there is nothing to trace with"
#endif
	set_attribute("timeslice-adjustment", u);
}

//// shared_with_cplusplus: ok
#ifdef __cplusplus
extern "C" {
#endif

#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

#ifdef __cplusplus
}
#endif

//// caught_shared_with_cplusplus: ok
#ifdef __cplusplus
extern "C" {
#endif
#include <safex/extension.h>

void caught(exception e)
{
	raise_event("Bad", e.kind);
}

void monitor(void)
{
	raise_event("Share", 100 / get_attribute("windows"));
}
#ifdef __cplusplus
}
#endif

//// brace_in_both_branches: ok
#include <safex/extension.h>

#define THRESHOLD 3

static void watch(s64 n)
{
#ifdef THRESHOLD
	if (n > THRESHOLD) {
#else
	if (n) {
#endif
		raise_event("Go", n);
	}
}

void monitor(void)
{
	watch(get_attribute("windows"));
}

//// other_role_is_switched_off: ok
#include <safex/extension.h>

#ifdef AS_HANDLER
void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value);
}
#else
void monitor(void)
{
	raise_event("Alive", 1);
}
#endif

//// caught_is_switched_off: ok
#include <safex/extension.h>

#if 0
void caught(exception e)
{
	raise_event("Bad", e.kind);
}
#endif

void monitor(void)
{
	raise_event("Alive", 1);
}

//// role_made_by_a_macro: ok
#include <safex/extension.h>

#define EXTENSION_MAIN(role) void role(void)

EXTENSION_MAIN(monitor)
{
	raise_event("Alive", 1);
}

//// x_macros: ok
#include <safex/extension.h>

#define STATES(X) X(IDLE, 0) X(RUNNING, 500) X(LATE, 2000)

#define NAME(name, extra) ST_##name,
enum state { STATES(NAME) ST_COUNT };
#undef NAME

#define EXTRA(name, extra) [ST_##name] = extra * US,
static const s64 extra[ST_COUNT] = { STATES(EXTRA) };
#undef EXTRA

void handler(event ev)
{
	enum state s = ev.value > MS ? ST_LATE : ev.value > 0 ? ST_RUNNING : ST_IDLE;

	set_attribute("timeslice-adjustment", extra[s]);
}

//// attribute_names_by_macros: ok
#include <safex/extension.h>

#define ATTR_TARGET	"target" "_cpu"
#define ATTR(suffix)	"actual_" #suffix

void monitor(void)
{
	raise_event("Error", get_attribute(ATTR_TARGET) - get_attribute(ATTR(cpu)));
}

//// variadic: ok
#include <safex/extension.h>

#define SUM_(a, b, c, d, ...) ((a) + (b) + (c) + (d))
#define SUM(...) SUM_(__VA_ARGS__, 0, 0, 0, 0)

void monitor(void)
{
	raise_event("Sum", SUM(get_attribute("windows"), get_attribute("met"), 1));
}

//// pragma_once_and_guard: warns 1 "#pragma once in main file"
#pragma once
#ifndef MY_MONITOR_C
#define MY_MONITOR_C
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

#endif /* MY_MONITOR_C */

//// own_container_of: ok
#include <safex/extension.h>
#include <stddef.h>

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

struct node { s64 key; };
struct item { s64 weight; struct node node; };

static struct item items[4];

static s64 weight(struct node *n)
{
	return container_of(n, struct item, node)->weight;
}

void monitor(void)
{
	struct item *it = &items[1];

	it->weight += get_attribute("windows");
	raise_event("Weight", weight(&it->node));
}

//// generic_selection: ok
#include <safex/extension.h>

#define magnitude(x) _Generic((x), int: mag_int, s64: mag_s64)(x)

static int mag_int(int v) { return v < 0 ? -v : v; }
static s64 mag_s64(s64 v) { return v < 0 ? -v : v; }

void monitor(void)
{
	raise_event("A", magnitude(get_attribute("laxity")));
	raise_event("B", magnitude((int)get_attribute("windows")));
}

//// continued_lines: ok
#include <safex/extension.h>

#define CLAMP(v, lo, hi)	\
	do {			\
		if ((v) < (lo))	\
			(v) = (lo);	\
		else if ((v) > (hi))	\
			(v) = (hi);	\
	} while (0)

void handler(event ev)
{
	s64 u = ev.value;

	CLAMP(u, -MS, MS);
	set_attribute("timeslice-adjustment", u);
}

//// value_of_no_event handler: refused 5 "undeclared"
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslice-adjustment", value);
}

//// if_not_ended monitor: refused 5 "unterminated"
#include <safex/extension.h>

#define FAST 1

#if FAST
void monitor(void)
{
	raise_event("Alive", 1);
}

//// endif_too_many monitor: refused 7 "#endif without #if"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}
#endif

//// error_directive monitor: refused 4 "not for this one"
#include <safex/extension.h>

#if !defined(BOARD)
#error "not for this one"
#endif

void monitor(void)
{
	raise_event("Alive", 1);
}

//// macro_without_its_arguments handler: refused 7 "arguments"
#include <safex/extension.h>

#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))

void handler(event ev)
{
	set_attribute("timeslice-adjustment", CLAMP(ev.value, 0));
}

//// macro_with_a_semicolon monitor: refused 7 "expected"
#include <safex/extension.h>

#define LIMIT 5;

void monitor(void)
{
	if (get_attribute("windows") > LIMIT)
		raise_event("More", 1);
}

//// include_of_own_file monitor: refused 2 "can be included"
#include <safex/extension.h>
#include "filter.h"

void monitor(void)
{
	raise_event("Mean", filter(get_attribute("windows")));
}

//// include_of_stdio monitor: refused 1 "can be included"
#include <stdio.h>
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

//// include_of_the_manager_header monitor: refused 1 "does not include <safex/manager.h>"
#include <safex/manager.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

//// include_name_is_misspelt monitor: refused 1 "can be included"
#include <safex/extensions.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

//// redefines_a_unit monitor: warns 3 "redefined"
#include <safex/extension.h>

#define MS 1000

void monitor(void)
{
	raise_event("Ms", get_attribute("laxity") / MS);
}
