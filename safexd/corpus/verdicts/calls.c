/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls: of one's own functions, and of those that are not there. */

//// inline_helpers: ok
#include <safex/extension.h>

static inline s64 square(s64 v) { return v * v; }
inline static s64 cube(s64 v) { return v * square(v); }
s64 plain(s64 v) { return cube(v) - v; }
static __attribute__((always_inline)) s64 forced(s64 v) { return plain(v) + 1; }

void monitor(void)
{
	raise_event("R", forced(get_attribute("windows")));
}

//// defined_behind_its_use: ok
#include <safex/extension.h>

static s64 later(s64 v);

void monitor(void)
{
	raise_event("R", later(get_attribute("windows")));
}

static s64 later(s64 v)
{
	return v / 2;
}

//// deep_chain: ok
#include <safex/extension.h>

static s64 f1(s64 v) { return v + get_attribute("met"); }
static s64 f2(s64 v) { return f1(v) * 3 + f1(v + 1); }
static s64 f3(s64 v) { return f2(v) ^ f2(v - 1); }
static s64 f4(s64 v) { return f3(v) + f3(v >> 1); }

void monitor(void)
{
	raise_event("R", f4(get_attribute("windows")));
}

//// never_called: ok
#include <safex/extension.h>

static void debug(s64 v)
{
	raise_event("Debug", v);
}

static void old_version(void)
{
	debug(1);
}

void monitor(void)
{
	raise_event("Alive", 1);
}

//// function_passed_and_known: ok
#include <safex/extension.h>

static s64 twice(s64 v) { return 2 * v; }
static s64 half(s64 v) { return v / 2; }

static s64 apply(s64 (*f)(s64), s64 v)
{
	return f(v);
}

void monitor(void)
{
	raise_event("R", apply(twice, get_attribute("windows")) + apply(half, get_attribute("met")));
}

//// noreturn_helper: ok
#include <safex/extension.h>

static _Noreturn void give_up(void)
{
	safex_throw();
}

void monitor(void)
{
	if (get_attribute("violations") > 100)
		give_up();
	raise_event("Alive", 1);
}

//// factorial monitor: refused 10 "f() cannot be made part of its caller"
#include <safex/extension.h>

static s64 f(s64 n)
{
	return n < 2 ? 1 : f(n - 1) + f(n - 2);
}

void monitor(void)
{
	raise_event("F", f(get_attribute("windows") & 7));
}

//// even_and_odd monitor: refused 12 "cannot be made part of its caller"
#include <safex/extension.h>

static bool odd(u32 n);

static bool even(u32 n)
{
	return n ? odd(n - 1) && !even(n / 2) : true;
}

static bool odd(u32 n)
{
	return n ? even(n - 1) && !odd(n / 2) : false;
}

void monitor(void)
{
	raise_event("Even", even(get_attribute("windows")));
}

//// noinline monitor: refused 12 "add() cannot be made part of its caller"
#include <safex/extension.h>

static s64 total;

__attribute__((noinline)) static void add(s64 v)
{
	total += v;
}

void monitor(void)
{
	add(get_attribute("windows"));
	raise_event("Total", total);
}

//// callback_in_a_variable monitor: refused 12 "pointer"
#include <safex/extension.h>

static s64 up(s64 v) { return v + 1; }
static s64 down(s64 v) { return v - 1; }

static s64 (*step)(s64);

void monitor(void)
{
	if (!step)
		step = get_attribute("windows") & 1 ? up : down;
	raise_event("R", step(get_attribute("met")));
}

//// callback_of_a_structure monitor: refused 17 "pointer"
#include <safex/extension.h>

struct filter {
	s64 (*run)(s64);
	s64 state;
};

static s64 halve(s64 v) { return v / 2; }
static s64 keep(s64 v) { return v; }

static struct filter filters[2] = { { halve, 0 }, { keep, 0 } };

void monitor(void)
{
	struct filter *f = &filters[get_attribute("windows") & 1];

	f->state = f->run(get_attribute("actual_cpu"));
	raise_event("State", f->state);
}

//// absolute_value_of_the_library monitor: refused 5 "llabs"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Off", llabs(get_attribute("target_cpu") - get_attribute("actual_cpu")));
}

//// own_absolute_value monitor: ok
#include <safex/extension.h>

static s64 llabs(s64 v)
{
	return v < 0 ? -v : v;
}

void monitor(void)
{
	raise_event("Off", llabs(get_attribute("target_cpu") - get_attribute("actual_cpu")));
}

//// memset_of_ones_own: ok
#include <safex/extension.h>
#include <stddef.h>

static void *memset(void *p, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)p)[i] = (unsigned char)c;
	return p;
}

static s64 v[8];

void monitor(void)
{
	if (get_attribute("windows") % 100 == 0)
		memset(v, 0, sizeof(v));
	v[get_attribute("windows") & 7]++;
	raise_event("First", v[0]);
}

//// prints_for_the_kernel monitor: refused 6 "printk"
#include <safex/extension.h>

void monitor(void)
{
	if (get_attribute("violations"))
		printk("violated\n");
}

//// helper_of_bpf monitor: refused 5 "bpf_ktime_get_ns"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Now", bpf_ktime_get_ns());
}

//// declared_kernel_function monitor: refused 7 "is not among the calls"
#include <safex/extension.h>

extern u64 ktime_get(void);

void monitor(void)
{
	raise_event("Now", ktime_get());
}

//// assembly monitor: refused 7 "assembly is not allowed"
#include <safex/extension.h>

void monitor(void)
{
	u64 r;

	asm volatile("rdtsc" : "=r"(r));
	raise_event("Cycles", (s64)r);
}

//// barrier: ok
#include <safex/extension.h>

#define barrier() __asm__ __volatile__("" ::: "memory")

static s64 v;

void monitor(void)
{
	v = get_attribute("windows");
	barrier();
	raise_event("V", v);
}

//// handler_raises handler: ok
#include <safex/extension.h>

/* It is told -1 (EPERM) at run time. */
void handler(event ev)
{
	if (raise_event("Again", ev.value) < 0)
		set_attribute("timeslice-adjustment", 0);
}

//// wrong_number_of_arguments monitor: refused 10 "too few arguments"
#include <safex/extension.h>

static s64 scale(s64 v, s64 by)
{
	return v * by;
}

void monitor(void)
{
	raise_event("R", scale(get_attribute("windows")));
}

//// calls_the_entry monitor: refused 8 "cannot be made part of its caller"
#include <safex/extension.h>

static s64 depth;

void monitor(void)
{
	if (depth++ < 3)
		monitor();
	raise_event("Depth", depth--);
}

//// undefined_helper monitor: refused 7 "smooth"
#include <safex/extension.h>

static s64 smooth(s64 v);

void monitor(void)
{
	raise_event("R", smooth(get_attribute("actual_cpu")));
}

//// thread_local monitor: refused 3 "thread-local"
#include <safex/extension.h>

static _Thread_local s64 n;

void monitor(void)
{
	raise_event("N", n++);
}

//// own_section_in_a_function monitor: refused 5 "section is not allowed: .data.hot"
#include <safex/extension.h>

void monitor(void)
{
	static s64 n __attribute__((section(".data.hot"))) = 1;

	raise_event("N", n++);
}

//// own_section monitor: refused 3 "section is not allowed: .data.hot"
#include <safex/extension.h>

__attribute__((section(".data.hot"))) static s64 n = 1;

void monitor(void)
{
	raise_event("N", n++);
}

//// as_many_calls_as_may_be: ok
#include <safex/extension.h>

static void four(void)
{
	raise_event("A", 1);
	raise_event("B", 2);
	raise_event("C", 3);
	raise_event("D", 4);
}

static void sixteen(void) { four(); four(); four(); four(); }
static void many(void) { sixteen(); sixteen(); sixteen(); sixteen(); }
static void more(void) { many(); many(); many(); many(); many(); many(); many(); many(); }

void monitor(void)
{
	more();
}

//// one_call_too_many: refused 18 "program has too many calls: make them in a loop"
#include <safex/extension.h>

static void four(void)
{
	raise_event("A", 1);
	raise_event("B", 2);
	raise_event("C", 3);
	raise_event("D", 4);
}

static void sixteen(void) { four(); four(); four(); four(); }
static void many(void) { sixteen(); sixteen(); sixteen(); sixteen(); }
static void more(void) { many(); many(); many(); many(); many(); many(); many(); many(); }

void monitor(void)
{
	more();
	raise_event("E", 5);
}
