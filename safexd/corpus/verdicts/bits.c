/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits: counting, fields, flags, sets. */

//// population_count: ok
#include <safex/extension.h>

void monitor(void)
{
	u64 v = get_attribute("windows");
	int n = 0;

	for (; v; v &= v - 1)
		n++;
	raise_event("Ones", n);
}

//// builtin_popcount: ok
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Ones", __builtin_popcountll(get_attribute("windows")));
}

//// builtin_clz: ok
#include <safex/extension.h>

static int log2_floor(u64 v)
{
	return v ? 63 - __builtin_clzll(v) : -1;
}

void monitor(void)
{
	raise_event("Log", log2_floor(get_attribute("cpu_time")));
}

//// builtin_clz_of_32: ok
#include <safex/extension.h>
#include <stdint.h>

void monitor(void)
{
	uint32_t v = (uint32_t)get_attribute("windows") | 1;

	raise_event("Zeros", __builtin_clz(v));
}

//// builtin_ctz: ok
#include <safex/extension.h>

static u64 ready = 0x8421;

void monitor(void)
{
	while (ready) {
		int i = __builtin_ctzll(ready);

		ready &= ready - 1;
		raise_event("Bit", i);
	}
}

//// builtin_ffs: ok
#include <safex/extension.h>

void monitor(void)
{
	raise_event("First", __builtin_ffsll(get_attribute("windows")));
}

//// builtin_parity_and_swap: ok
#include <safex/extension.h>

void monitor(void)
{
	u64 v = get_attribute("cpu_time");

	raise_event("Parity", __builtin_parityll(v));
	raise_event("Swapped", (s64)__builtin_bswap64(v));
}

//// expect_is_a_hint: ok
#include <safex/extension.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

void monitor(void)
{
	if (unlikely(get_attribute("violations") > 0))
		raise_event("Violated", get_attribute("violations"));
	else if (likely(get_attribute("windows")))
		raise_event("Fine", 0);
}

//// reverse_bits: ok
#include <safex/extension.h>

static u32 reverse(u32 v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	v = (v >> 8 & 0x00ff00ff) | (v & 0x00ff00ff) << 8;
	return v >> 16 | v << 16;
}

void monitor(void)
{
	raise_event("Reversed", reverse((u32)get_attribute("windows")));
}

//// rotate: ok
#include <safex/extension.h>

#define ROL32(v, n) ((v) << ((n) & 31) | (v) >> (-(n) & 31))

static u32 mix = 0x9e3779b9;

void monitor(void)
{
	u32 n = (u32)get_attribute("windows");

	mix = ROL32(mix, n) ^ n;
	raise_event("Mix", mix);
}

//// bitmap: ok
#include <safex/extension.h>

#define BITS 256

static u32 seen[BITS / 32];

static bool test_and_set(u32 bit)
{
	u32 *word = &seen[bit / 32 % (BITS / 32)], mask = 1u << bit % 32;
	bool was = *word & mask;

	*word |= mask;
	return was;
}

void monitor(void)
{
	u32 v = (u32)(get_attribute("actual_cpu") / (100 * US)) % BITS;

	if (!test_and_set(v))
		raise_event("New", v);
}

//// flags_of_an_enum: ok
#include <safex/extension.h>

typedef enum {
	FLAG_SEEN = 1 << 0,
	FLAG_LATE = 1 << 1,
	FLAG_TOLD = 1 << 2,
} flags_t;

static u32 flags;

void monitor(void)
{
	flags |= FLAG_SEEN;
	if (get_attribute("laxity") < MS)
		flags |= FLAG_LATE;
	if ((flags & (FLAG_LATE | FLAG_TOLD)) == FLAG_LATE) {
		raise_event("Late", flags);
		flags |= FLAG_TOLD;
	}
}

//// bit_fields: ok
#include <safex/extension.h>

static struct {
	unsigned mode : 3;
	unsigned count : 12;
	signed trim : 6;
	bool on : 1;
} s;

void handler(event ev)
{
	s.mode++;
	s.count += 2;
	s.trim = ev.value > 0 ? 5 : -5;
	s.on = !s.on;
	set_attribute("timeslice-adjustment", s.on ? (s.mode + s.count + s.trim) * US : 0);
}

//// gray_code: ok
#include <safex/extension.h>

static u32 from_gray(u32 g)
{
	for (u32 s = 16; s; s >>= 1)
		g ^= g >> s;
	return g;
}

void monitor(void)
{
	u32 n = (u32)get_attribute("windows"), g = n ^ n >> 1;

	raise_event("Back", from_gray(g) == n);
}

//// morton: ok
#include <safex/extension.h>

static u64 spread(u64 v)
{
	v = (v | v << 16) & 0x0000ffff0000ffffULL;
	v = (v | v << 8) & 0x00ff00ff00ff00ffULL;
	v = (v | v << 4) & 0x0f0f0f0f0f0f0f0fULL;
	v = (v | v << 2) & 0x3333333333333333ULL;
	return (v | v << 1) & 0x5555555555555555ULL;
}

void monitor(void)
{
	raise_event("Cell", (s64)(spread(get_attribute("windows") & 0xffff) |
				  spread(get_attribute("met") & 0xffff) << 1));
}

//// negative_shift monitor: warns 8 "shift count is negative"
#include <safex/extension.h>

#define FROM 2
#define TO 7

void monitor(void)
{
	raise_event("Field", get_attribute("windows") >> (FROM - TO));
}

//// field_is_too_narrow handler: warns 8 "changes value"
#include <safex/extension.h>

static struct { unsigned mode : 2; } s;

void handler(event ev)
{
	if (ev.value)
		s.mode = 5;
	set_attribute("timeslice-adjustment", s.mode * US);
}

//// shift_of_a_fraction monitor: refused 5 "floating point"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Scaled", get_attribute("windows") * 1.5 >> 1);
}

//// atomic_flag monitor: refused 7 "atomic"
#include <safex/extension.h>

static u64 flags;

void monitor(void)
{
	__sync_fetch_and_or(&flags, 1ULL << (get_attribute("windows") & 63));
	raise_event("Flags", (s64)flags);
}

//// atomic_type monitor: refused 7 "atomic"
#include <safex/extension.h>

static _Atomic u64 flags;

void monitor(void)
{
	flags |= 1ULL << (get_attribute("windows") & 63);
	raise_event("Alive", 1);
}

//// header_of_atomics monitor: refused 2 "can be included"
#include <safex/extension.h>
#include <stdatomic.h>

static atomic_uint n;

void monitor(void)
{
	raise_event("N", atomic_fetch_add(&n, 1));
}
