/* SPDX-License-Identifier: GPL-2.0-only */
/* Slips of the pen. */

//// semicolon: refused 5 "expected ';'"
#include <safex/extension.h>

void monitor(void)
{
	s64 n = get_attribute("windows")

	raise_event("N", n);
}

//// brace_of_an_if: refused 8 "expected '}'"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("windows")) {
		raise_event("Alive", 1);
}

//// brace_of_a_loop_in_a_helper: refused 16 "expected '}'"
#include <safex/extension.h>

static s64 sum(void)
{
	s64 s = 0;

	for (int i = 0; i < 4; i++) {
		s += i;
	return s;
}

void monitor(void)
{
	raise_event("Sum", sum());
}

//// brace_of_a_structure monitor: refused 7 "storage class"
#include <safex/extension.h>

struct state {
	s64 sum;
	u32 n;

static struct state s;

void monitor(void)
{
	s.sum += get_attribute("windows");
	raise_event("Sum", s.sum);
}

//// brace_too_many monitor: refused 8 "extraneous closing brace"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("windows"))
		raise_event("Alive", 1);
	}
}

//// parenthesis monitor: refused 6 "expected ')'"
#include <safex/extension.h>

void monitor(void)
{
	if ((get_attribute("windows") > 3 && get_attribute("met") > 2)
		raise_event("Both", 1);
}

//// comment_not_ended monitor: refused 5 "unterminated /* comment"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);	/* tells that we are there
}

//// text_not_ended monitor: refused 5 "missing terminating"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive, 1);
}

//// else_without_if: refused 7 "expected expression"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("windows"));
		raise_event("A", 1);
	else
		raise_event("B", 1);
}

//// word_of_another_language: refused 5 "'then'"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("windows") > 3) then
		raise_event("A", 1);
}

//// assignment_of_pascal: refused 7 "expected"
#include <safex/extension.h>

static s64 n;

void monitor(void)
{
	n := get_attribute("windows");
	raise_event("N", n);
}

//// declaration_behind_a_label: ok
#include <safex/extension.h>

void handler(event ev)
{
	switch (ev.value & 1) {
	case 0: {
		s64 half = ev.value / 2;

		set_attribute("timeslice-adjustment", half);
		break;
	}
	default:
		set_attribute("timeslice-adjustment", 0);
	}
}

//// missing_operator: refused 5 "expected"
#include <safex/extension.h>

void monitor(void)
{
	s64 a = get_attribute("windows"), b = 3 a;

	raise_event("B", b);
}

//// type_is_misspelt: refused 3 "unknown type name 'stact'"
#include <safex/extension.h>

stact s64 before;

void monitor(void)
{
	raise_event("Before", before);
}

//// type_of_another_house: refused 3 "unknown type name 'uint64'"
#include <safex/extension.h>

static uint64 total;

void monitor(void)
{
	total += get_attribute("windows");
	raise_event("Total", total);
}

//// stdint_forgotten: refused 3 "'int32_t'"
#include <safex/extension.h>

static int32_t level;

void monitor(void)
{
	raise_event("Level", ++level);
}

//// member_is_misspelt: refused 5 "no member named 'val'"
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.val);
}

//// macro_is_misspelt: refused 5 "rise_event"
#include <safex/extension.h>

void monitor(void)
{
	rise_event("Alive", 1);
}

//// missing_argument: refused 5 "too few arguments"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive");
}

//// break_outside: refused 6 "'break' statement not in loop or switch"
#include <safex/extension.h>

void monitor(void)
{
	if (!get_attribute("windows"))
		break;
	raise_event("Alive", 1);
}

//// continue_is_spelt_next: refused 7 "'next'"
#include <safex/extension.h>

void monitor(void)
{
	for (int i = 0; i < 5; i++) {
		if (i == 2)
			next;
		raise_event("I", i);
	}
}

//// label_is_missing: refused 6 "undeclared label 'out'"
#include <safex/extension.h>

void monitor(void)
{
	if (!get_attribute("windows"))
		goto out;
	raise_event("Alive", 1);
}

//// assigns_instead_of_comparing: refused 5 "assign"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("windows") = 3)
		raise_event("Third", 1);
}

//// assigns_a_variable_instead_of_comparing: warns 7 "assignment as a condition"
#include <safex/extension.h>

static int mode;

void monitor(void)
{
	if (mode = 1)
		raise_event("Mode", mode);
}

//// compares_instead_of_assigning: warns 8 "comparison"
#include <safex/extension.h>

static int mode;

void monitor(void)
{
	if (get_attribute("windows") > 3)
		mode == 1;
	raise_event("Mode", mode);
}

//// four_mistakes: refused 5 "undeclared identifier 'x'"
#include <safex/extension.h>

void monitor(void)
{
	x = 1;
	y = 2;
	raise_event("Z", z);
	undefined(w);
}
