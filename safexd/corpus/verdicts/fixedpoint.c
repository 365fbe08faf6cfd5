/* SPDX-License-Identifier: GPL-2.0-only */
/* Fractions without floating point. */

//// q15_product: ok
#include <safex/extension.h>
#include <stdint.h>

typedef int16_t q15_t;

#define Q15(x) ((q15_t)((x) * 32768.0))

static q15_t q15_mul(q15_t a, q15_t b)
{
	int32_t p = (int32_t)a * b + 0x4000;

	return p >> 15 > 32767 ? 32767 : (q15_t)(p >> 15);
}

void monitor(void)
{
	q15_t load = (q15_t)(get_attribute("actual_cpu") * 32767 / get_attribute("period"));

	raise_event("Weighted", q15_mul(load, Q15(0.707)));
}

//// saturating_q31: ok
#include <safex/extension.h>
#include <limits.h>
#include <stdint.h>

static int32_t sat_add(int32_t a, int32_t b)
{
	int64_t s = (int64_t)a + b;

	return s > INT_MAX ? INT_MAX : s < INT_MIN ? INT_MIN : (int32_t)s;
}

static int32_t acc;

void handler(event ev)
{
	acc = sat_add(acc, (int32_t)ev.value);
	set_attribute("timeslice-adjustment", acc >> 8);
}

//// square_root: ok
#include <safex/extension.h>

static u32 isqrt(u64 v)
{
	u64 bit = 1ULL << 62, r = 0;

	while (bit > v)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (v >= r + bit) {
			v -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (u32)r;
}

void monitor(void)
{
	raise_event("Root", isqrt(get_attribute("actual_cpu")));
}

//// newton_reciprocal: ok
#include <safex/extension.h>

/* 2^32 / d for d in 1 ... 2^16 */
static u64 reciprocal(u32 d)
{
	u64 x = (1ULL << 32) / 48;

	for (int i = 0; i < 5; i++)
		x += x * ((1LL << 32) - (s64)(x * d)) >> 32;
	return x;
}

void monitor(void)
{
	u32 n = (u32)get_attribute("windows") & 0xff;

	if (n)
		raise_event("Reciprocal", reciprocal(n));
}

//// logarithm: ok
#include <safex/extension.h>

/* log2 with 8 bits behind the point */
static u32 log2_q8(u64 v)
{
	u32 whole = 0, part = 0;

	if (!v)
		return 0;
	for (u64 t = v; t > 1; t >>= 1)
		whole++;
	v = whole > 31 ? v >> (whole - 31) : v << (31 - whole);
	for (u32 bit = 128; bit; bit >>= 1) {
		v = v * v >> 31;
		if (v >> 32) {
			v >>= 1;
			part |= bit;
		}
	}
	return whole << 8 | part;
}

void monitor(void)
{
	raise_event("Log", log2_q8(get_attribute("cpu_time")));
}

//// cordic: ok
#include <safex/extension.h>

static const s32 arctan[12] = { 11520, 6801, 3593, 1824, 916, 458, 229, 115, 57, 29, 14, 7 };

static s32 angle_of(s32 x, s32 y)
{
	s32 z = 0;

	for (u32 i = 0; i < 12; i++) {
		s32 dx = x >> i, dy = y >> i;

		if (y > 0) {
			x += dy;
			y -= dx;
			z += arctan[i];
		} else {
			x -= dy;
			y += dx;
			z -= arctan[i];
		}
	}
	return z;
}

void monitor(void)
{
	raise_event("Angle", angle_of((s32)(get_attribute("target_cpu") / US),
				      (s32)(get_attribute("actual_cpu") / US)));
}

//// rounding_division: ok
#include <safex/extension.h>

static s64 div_round(s64 a, s64 b)
{
	return (a < 0) == (b < 0) ? (a + b / 2) / b : (a - b / 2) / b;
}

void handler(event ev)
{
	s64 n = get_attribute("windows");

	if (n)
		set_attribute("timeslice-adjustment", div_round(ev.value * 1000, n));
}

//// fx_constants: ok
#include <safex/extension.h>

static const s64 table[] = { FX(0.5), FX(-0.25), FX(1.0 / 3), FX(2), FX(-1e-3) };

void handler(event ev)
{
	s64 u = 0;

	for (u32 i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		u += fx_mul(table[i], ev.value);
	set_attribute("timeslice-adjustment", u);
}

//// fx_is_checked_when_compiled: ok
#include <safex/extension.h>

#define GAIN FX(0.25)

_Static_assert(FX(1) == 65536, "sixteen bits behind the point");
_Static_assert(GAIN > 0 && GAIN < FX(1), "a gain below one");

static s64 last;

void handler(event ev)
{
	last = fx_mul(GAIN, ev.value);
	set_attribute("timeslice-adjustment", last);
}

//// percent_and_permille: ok
#include <safex/extension.h>

static int percent(s64 part, s64 whole)
{
	return whole ? (int)(100 * part / whole) : 0;
}

void monitor(void)
{
	int p = percent(get_attribute("actual_cpu"), get_attribute("target_cpu"));

	if (p < 95)
		raise_event("Short", 95 - p);
}

//// exponential_by_squaring: ok
#include <safex/extension.h>

static s64 power(s64 base, u32 n)
{
	s64 r = FX(1);

	for (; n; n >>= 1, base = fx_mul(base, base))
		if (n & 1)
			r = fx_mul(r, base);
	return r;
}

void monitor(void)
{
	raise_event("Decay", power(FX(0.97), get_attribute("windows") & 63));
}

//// geometric_mean: ok
#include <safex/extension.h>

static u64 root(u64 v)
{
	u64 x = v, y = (v + 1) / 2;

	while (y < x) {
		x = y;
		y = (x + v / x) / 2;
	}
	return x;
}

void monitor(void)
{
	u64 a = get_attribute("actual_cpu") / US, b = get_attribute("target_cpu") / US;

	raise_event("Mean", root(a * b) * US);
}

//// wide_product monitor: refused 5 "128"
#include <safex/extension.h>

void monitor(void)
{
	__int128 p = (__int128)get_attribute("cpu_time") * get_attribute("period");

	raise_event("Share", (s64)(p / get_attribute("target_cpu")));
}

//// overflow_builtin monitor: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 sum;

	if (__builtin_add_overflow(get_attribute("cpu_time"), get_attribute("laxity"), &sum))
		return;
	raise_event("Sum", sum);
}

//// fx_of_a_variable handler: refused 7 "floating point"
#include <safex/extension.h>

static s64 gain = 3;

void handler(event ev)
{
	s64 k = FX(gain);

	set_attribute("timeslice-adjustment", fx_mul(k, ev.value));
}

//// divides_by_a_constant_zero handler: refused 7 "division by zero"
#include <safex/extension.h>

#define SCALE 0

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value / SCALE);
}

//// constant_too_large handler: refused 7 "overflow"
#include <safex/extension.h>

#define WEEK (7 * 24 * 3600 * 1000000)

void handler(event ev)
{
	if (ev.value > WEEK)
		set_attribute("timeslice-adjustment", 0);
}

//// narrow_gain handler: warns 3 "changes value"
#include <safex/extension.h>

static const s16 gain = 70000;

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value * gain >> 16);
}

//// math_function handler: refused 5 "floating point is not available in the kernel: use FX"
#include <safex/extension.h>

void handler(event ev)
{
	s64 root = sqrt(ev.value);

	set_attribute("timeslice-adjustment", root * MS);
}
