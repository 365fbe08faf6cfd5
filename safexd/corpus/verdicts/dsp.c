/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: spectra, oscillators, correlations. */

//// goertzel: ok
#include <safex/extension.h>

#define N	64
#define COEFF	FX(1.8478)	/* 2 cos(2 pi 4 / 64) */

static s64 s1, s2;
static u32 n;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu") / US, s0;

	s0 = x + fx_mul(COEFF, s1) - s2;
	s2 = s1;
	s1 = s0;
	if (++n < N)
		return;
	raise_event("Power", s1 * s1 + s2 * s2 - fx_mul(COEFF, s1) * s2);
	s1 = s2 = n = 0;
}

//// walsh_hadamard: ok
#include <safex/extension.h>

static s32 v[8];
static u32 at;

static void transform(s32 *x)
{
	for (u32 h = 1; h < 8; h *= 2)
		for (u32 i = 0; i < 8; i += 2 * h)
			for (u32 j = i; j < i + h; j++) {
				s32 a = x[j & 7], b = x[(j + h) & 7];

				x[j & 7] = a + b;
				x[(j + h) & 7] = a - b;
			}
}

void monitor(void)
{
	v[at++ & 7] = (s32)(get_attribute("actual_cpu") / US);
	if (at & 7)
		return;
	transform(v);
	raise_event("Pattern", v[1]);
}

//// autocorrelation: ok
#include <safex/extension.h>

#define LEN 32

static s32 x[LEN];
static u32 pos;

void monitor(void)
{
	s64 best = 0;
	u32 lag = 0;

	x[pos++ % LEN] = (s32)(get_attribute("actual_cpu") / US);
	for (u32 k = 1; k < LEN / 2; k++) {
		s64 r = 0;

		for (u32 i = 0; i < LEN / 2; i++)
			r += (s64)x[i] * x[i + k];
		if (r > best) {
			best = r;
			lag = k;
		}
	}
	raise_event("Period", lag);
}

//// xorshift: ok
#include <safex/extension.h>

static u32 seed = 2463534242u;

static u32 noise(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

void monitor(void)
{
	if ((noise() & 7) == 0)
		raise_event("Probe", get_attribute("actual_cpu"));
}

//// cic_decimator: ok
#include <safex/extension.h>

enum { R = 8, STAGES = 3 };

static u64 integrator[STAGES], comb[STAGES];
static u32 phase;

void monitor(void)
{
	u64 v = get_attribute("actual_cpu");
	int i;

	for (i = 0; i < STAGES; i++)
		v = integrator[i] += v;
	if (++phase < R)
		return;
	phase = 0;
	for (i = 0; i < STAGES; i++) {
		u64 old = comb[i];

		comb[i] = v;
		v -= old;
	}
	raise_event("Decimated", v / (R * R * R));
}

//// zero_crossings: ok
#include <safex/extension.h>

static s64 last;
static u32 crossings, samples;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu") - get_attribute("target_cpu");

	crossings += (x < 0) != (last < 0);
	last = x;
	if (++samples == 100) {
		raise_event("Frequency", crossings / 2);
		crossings = samples = 0;
	}
}

//// envelope: ok
#include <safex/extension.h>

static s64 env;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu") - get_attribute("target_cpu");
	s64 mag = x < 0 ? -x : x;

	if (mag > env)
		env += (mag - env) / 2;
	else
		env -= (env - mag) / 32;
	raise_event("Envelope", env);
}

//// haar_wavelet: ok
#include <safex/extension.h>

static s32 even, detail[4];
static u32 n;

void monitor(void)
{
	s32 x = (s32)(get_attribute("actual_cpu") / US);

	if (n++ & 1) {
		detail[(n / 2) & 3] = even - x;
		raise_event("Detail", (s64)detail[0] + detail[1] + detail[2] + detail[3]);
	} else {
		even = x;
	}
}

//// matrix_four_by_four: ok
#include <safex/extension.h>

static s64 a[4][4] = { { FX(1), 0, 0, 0 }, { 0, FX(1), 0, 0 }, { 0, 0, FX(1), 0 }, { 0, 0, 0, FX(1) } };
static const s64 step[4][4] = {
	{ FX(0.99), FX(0.01), 0, 0 },
	{ 0, FX(0.98), FX(0.02), 0 },
	{ 0, 0, FX(0.97), FX(0.03) },
	{ FX(0.05), 0, 0, FX(0.95) },
};

void monitor(void)
{
	s64 c[4][4];

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++) {
			s64 sum = 0;

			for (int k = 0; k < 4; k++)
				sum += fx_mul(a[i][k], step[k][j]);
			c[i][j] = sum;
		}
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			a[i][j] = c[i][j];
	raise_event("Corner", a[3][3]);
}

//// sample_buffer_on_the_stack monitor: refused 5 "and x takes 768"
#include <safex/extension.h>

void monitor(void)
{
	s64 x[96];
	s64 r = 0;

	for (int i = 0; i < 96; i++)
		x[i] = get_attribute("actual_cpu") * i;
	for (int i = 0; i < 96; i++)
		r += x[i] * x[95 - i];
	raise_event("Correlation", r);
}

//// sine_of_the_library monitor: refused 7 "floating point is not available in the kernel: use FX"
#include <safex/extension.h>

void monitor(void)
{
	static int phase;

	raise_event("Sine", (s64)(1000 * sin(phase++ / 10.0)));
}

//// history_as_one_structure monitor: refused 12 "cop"
#include <safex/extension.h>

struct history {
	s64 v[200];
	u32 n;
};

static struct history now, before;

void monitor(void)
{
	before = now;
	now.v[now.n++ % 200] = get_attribute("actual_cpu");
	raise_event("Old", before.v[0]);
}

//// wrong_subscript monitor: refused 8 "invalid operands"
#include <safex/extension.h>

static s64 samples[8];
static s64 pos;

void monitor(void)
{
	pos[samples & 7] = get_attribute("actual_cpu");
	pos++;
	raise_event("N", pos);
}
