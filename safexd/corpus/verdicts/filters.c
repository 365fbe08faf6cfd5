/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters of measured values. */

//// ewma: ok
#include <safex/extension.h>

static s64 mean;

void monitor(void)
{
	mean += (get_attribute("actual_cpu") - mean) / 8;
	raise_event("Mean", mean);
}

//// ewma_macro: ok
#include <safex/extension.h>

#define WEIGHT		4
#define SMOOTH(m, x)	((m) += (x) - ((m) >> WEIGHT))
#define MEAN_OF(m)	((m) >> WEIGHT)

static s64 cpu, lax;

void monitor(void)
{
	SMOOTH(cpu, get_attribute("actual_cpu"));
	SMOOTH(lax, get_attribute("laxity"));
	if (MEAN_OF(lax) < MEAN_OF(cpu) / 10)
		raise_event("Tight", MEAN_OF(lax));
}

//// boxcar: ok
#include <safex/extension.h>

#define LEN 16

static s64 ring[LEN], sum;
static u32 pos;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu");

	sum += x - ring[pos];
	ring[pos] = x;
	pos = (pos + 1) % LEN;
	raise_event("Mean", sum / LEN);
}

//// median_of_three: ok
#include <safex/extension.h>

static s64 a, b, c;

static s64 median3(s64 x, s64 y, s64 z)
{
	return max(min(x, y), min(max(x, y), z));
}

void monitor(void)
{
	a = b;
	b = c;
	c = get_attribute("actual_cpu");
	raise_event("Median", median3(a, b, c));
}

//// median_of_nine: ok
#include <safex/extension.h>

#define N 9

static s64 ring[N];
static u32 at;

static s64 median(void)
{
	s64 v[N];

	for (int i = 0; i < N; i++)
		v[i] = ring[i];
	for (int i = 1; i < N; i++) {
		s64 x = v[i];
		int j = i;

		while (j > 0 && v[j - 1] > x) {
			v[j] = v[j - 1];
			j--;
		}
		v[j] = x;
	}
	return v[N / 2];
}

void monitor(void)
{
	ring[at] = get_attribute("actual_cpu");
	if (++at == N)
		at = 0;
	raise_event("Median", median());
}

//// fir_twelve_taps: ok
#include <safex/extension.h>

#define TAPS 12

static const s16 h[TAPS] = { -12, 35, 80, 200, 410, 520, 520, 410, 200, 80, 35, -12 };
static s64 x[TAPS];

void monitor(void)
{
	s64 y = 0;

	for (int i = TAPS - 1; i > 0; --i)
		x[i] = x[i - 1];
	x[0] = get_attribute("actual_cpu");
	for (int i = 0; i < TAPS; ++i)
		y += h[i] * x[i];
	raise_event("Smooth", y >> 11);
}

//// biquad: ok
#include <safex/extension.h>

/* Low pass, direct form II transposed. */
typedef struct {
	s64 b0, b1, b2, a1, a2;
	s64 z1, z2;
} biquad_t;

static biquad_t lp = {
	.b0 = FX(0.0675), .b1 = FX(0.1349), .b2 = FX(0.0675),
	.a1 = FX(-1.1430), .a2 = FX(0.4128),
};

static s64 biquad(biquad_t *f, s64 in)
{
	s64 out = fx_mul(f->b0, in) + f->z1;

	f->z1 = fx_mul(f->b1, in) - fx_mul(f->a1, out) + f->z2;
	f->z2 = fx_mul(f->b2, in) - fx_mul(f->a2, out);
	return out;
}

void monitor(void)
{
	raise_event("Smooth", biquad(&lp, get_attribute("actual_cpu")));
}

//// alpha_beta: ok
#include <safex/extension.h>

#define ALPHA	FX(0.5)
#define BETA	FX(0.1)

static struct {
	s64 x, v;
} est;

void monitor(void)
{
	s64 predicted = est.x + est.v;
	s64 r = get_attribute("actual_cpu") - predicted;

	est.x = predicted + fx_mul(ALPHA, r);
	est.v += fx_mul(BETA, r);
	raise_event("Next", est.x + est.v);
}

//// kalman_one_state: ok
#include <safex/extension.h>

#define Q 200
#define R 3000

static s64 x, p = 10000;

void monitor(void)
{
	s64 z = get_attribute("actual_cpu") / US, k;

	p += Q;
	k = (p << 16) / (p + R);
	x += (k * (z - x)) >> 16;
	p = ((65536 - k) * p) >> 16;
	raise_event("Estimate", x * US);
}

//// debounce: ok
#include <safex/extension.h>
#include <stdbool.h>
#include <stdint.h>

static uint8_t history;
static bool state;

void monitor(void)
{
	bool raw = get_attribute("laxity") < 100 * US;

	history = (uint8_t)((history << 1) | raw);
	if (history == 0xff && !state) {
		state = true;
		raise_event("Late", 1);
	} else if (history == 0x00 && state) {
		state = false;
		raise_event("Late", 0);
	}
}

//// holt_trend: ok
#include <safex/extension.h>

static s64 level, trend;
static bool begun;

void monitor(void)
{
	s64 y = get_attribute("actual_cpu"), before = level;

	if (!begun) {
		begun = true;
		level = y;
		return;
	}
	level = fx_mul(FX(0.3), y) + fx_mul(FX(0.7), level + trend);
	trend = fx_mul(FX(0.1), level - before) + fx_mul(FX(0.9), trend);
	raise_event("In3", level + 3 * trend);
}

//// notch_by_difference: ok
#include <safex/extension.h>

enum { LAG = 5 };

static s64 delay[LAG];

void monitor(void)
{
	static int i;
	s64 in = get_attribute("actual_cpu");
	s64 out = (in + delay[i]) / 2;

	delay[i] = in;
	i = i + 1 < LAG ? i + 1 : 0;
	raise_event("Notched", out);
}

//// outlier_gate: ok
#include <safex/extension.h>

static s64 mean, deviation;

static s64 absolute(s64 v) { return v < 0 ? -v : v; }

void monitor(void)
{
	s64 x = get_attribute("actual_cpu");
	s64 off = absolute(x - mean);

	if (deviation && off > 4 * deviation) {
		raise_event("Outlier", x);
		return;
	}
	mean += (x - mean) >> 3;
	deviation += (off - deviation) >> 2;
}

//// complementary: ok
#include <safex/extension.h>

static s64 angle;

void monitor(void)
{
	s64 fast = get_attribute("laxity"), slow = get_attribute("actual_cpu");

	angle = (98 * (angle + fast / 100) + 2 * slow) / 100;
	raise_event("Angle", angle);
}

//// float_time_constant monitor: refused 9 "floating point"
#include <safex/extension.h>

#define TAU 0.125

static double mean;

void monitor(void)
{
	double x = get_attribute("actual_cpu");

	mean = mean + TAU * (x - mean);
	raise_event("Mean", (s64)mean);
}

//// ring_of_a_variable_length monitor: refused 7 "array"
#include <safex/extension.h>

static u32 length = 16;

void monitor(void)
{
	s64 ring[length];

	for (u32 i = 0; i < length; i++)
		ring[i] = get_attribute("actual_cpu") >> i;
	raise_event("First", ring[0]);
}

//// shifts_too_far monitor: warns 9 "shift count"
#include <safex/extension.h>

static u32 mean;

void monitor(void)
{
	u32 x = get_attribute("actual_cpu");

	mean = (mean >> 1) + (x >> 33);
	raise_event("Mean", mean);
}

//// computed_and_never_used: ok
#include <safex/extension.h>

static s64 low, high;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu"), margin;

	margin = x / 10;
	low = min(low, x);
	high = max(high, x);
	raise_event("Span", high - low);
}
