/* SPDX-License-Identifier: GPL-2.0-only */
/* Other controllers than PID: by steps, by tables, by models. */

//// bang_bang: ok
#include <safex/extension.h>

void handler(event ev)
{
	set_attribute("timeslice-adjustment", ev.value > 0 ? 2 * MS : -2 * MS);
}

//// thermostat: ok
#include <safex/extension.h>

/* Two thresholds, so that it does not chatter. */
enum { ON_BELOW = 3, OFF_ABOVE = 7 };

static bool heating;

void handler(event ev)
{
	if (heating && ev.value > OFF_ABOVE)
		heating = false;
	else if (!heating && ev.value < ON_BELOW)
		heating = true;
	set_attribute("timeslice-adjustment", heating ? 3 * MS : 0);
}

//// additive_increase: ok
#include <safex/extension.h>

#define ALPHA (100 * US)
#define FLOOR (500 * US)

static s64 window = FLOOR;

void handler(event ev)
{
	if (ev.name == event_name("Miss")) {
		window = window / 2 > FLOOR ? window / 2 : FLOOR;
	} else if (ev.name == event_name("Met")) {
		window += ALPHA;
	}
	set_attribute("timeslice-adjustment", window);
}

//// slew_limit: ok
#include <safex/extension.h>

static s64 slew(s64 from, s64 to, s64 step)
{
	s64 d = to - from;

	return d > step ? from + step : d < -step ? from - step : to;
}

void handler(event ev)
{
	static s64 out;

	out = slew(out, ev.value, 250 * US);
	set_attribute("timeslice-adjustment", out);
}

//// gain_schedule: ok
#include <safex/extension.h>

static const struct schedule {
	s64 below;
	s64 kp, ki;
} schedule[] = {
	{ 1 * MS, FX(0.20), FX(0.01) },
	{ 5 * MS, FX(0.45), FX(0.03) },
	{ 20 * MS, FX(0.80), FX(0.05) },
	{ 0, FX(1.00), FX(0.10) },
};

static s64 sum;

static const struct schedule *pick(s64 error)
{
	s64 size = error < 0 ? -error : error;
	u32 i = 0;

	while (schedule[i].below && size >= schedule[i].below)
		i++;
	return &schedule[i];
}

void handler(event ev)
{
	const struct schedule *s = pick(ev.value);

	sum += fx_mul(s->ki, ev.value);
	set_attribute("timeslice-adjustment", fx_mul(s->kp, ev.value) + sum);
}

//// smith_predictor: ok
#include <safex/extension.h>

#define DELAY 4

static s64 model, line[DELAY], sum;
static u32 at;

void handler(event ev)
{
	s64 old = line[at % DELAY];
	s64 e = ev.value - (model - old);
	s64 u;

	sum += e / 16;
	u = e / 4 + sum;
	model += (u - model) / 8;
	line[at % DELAY] = model;
	at++;
	set_attribute("timeslice-adjustment", u);
}

//// feed_forward with load: ok
#include <safex/extension.h>

static s64 trim;

void handler(event ev)
{
	s64 ahead = get_attribute("load") * 12 * US;

	trim += ev.value / 32;
	trim = max(-1 * MS, min(1 * MS, trim));
	set_attribute("timeslice-adjustment", ahead + trim);
}

//// fuzzy_three_rules: ok
#include <safex/extension.h>

/* Membership from 0 to 100 of a triangle from a over b to c. */
static s64 triangle(s64 x, s64 a, s64 b, s64 c)
{
	if (x <= a || x >= c)
		return 0;
	return x < b ? (x - a) * 100 / (b - a) : (c - x) * 100 / (c - b);
}

void handler(event ev)
{
	s64 e = ev.value / US;
	s64 less = triangle(e, -4000, -2000, 0);
	s64 same = triangle(e, -1000, 0, 1000);
	s64 more = triangle(e, 0, 2000, 4000);
	s64 weight = less + same + more;

	if (weight)
		set_attribute("timeslice-adjustment", (more - less) * 2 * MS / weight);
}

//// state_feedback: ok
#include <safex/extension.h>

#define N 2

static s64 x[N];
static const s64 k[N] = { FX(1.25), FX(-0.35) };
static const s64 a[N][N] = { { FX(0.9), FX(0.1) }, { FX(0.0), FX(0.8) } };
static const s64 l[N] = { FX(0.3), FX(0.05) };

void handler(event ev)
{
	s64 next[N], u = 0, off = ev.value - x[0];

	for (int i = 0; i < N; i++) {
		next[i] = fx_mul(l[i], off);
		for (int j = 0; j < N; j++)
			next[i] += fx_mul(a[i][j], x[j]);
	}
	for (int i = 0; i < N; i++) {
		x[i] = next[i];
		u -= fx_mul(k[i], x[i]);
	}
	set_attribute("timeslice-adjustment", u);
}

//// ladder_of_steps: ok
#include <safex/extension.h>
#define STEPS 8
static u8 step_now;
void handler(event ev) {
  if (ev.value > 0 && step_now < STEPS - 1) ++step_now;
  else if (ev.value < 0 && step_now > 0) --step_now;
  set_attribute("timeslice-adjustment", step_now * (500 * US));
}

//// sliding_mode: ok
#include <safex/extension.h>

static s64 before;

static int sign(s64 v)
{
	return (v > 0) - (v < 0);
}

void handler(event ev)
{
	s64 surface = ev.value + 2 * (ev.value - before);
	s64 inside = 300 * US;

	before = ev.value;
	if (surface > -inside && surface < inside)
		set_attribute("timeslice-adjustment", surface);
	else
		set_attribute("timeslice-adjustment", sign(surface) * MS);
}

//// budget_from_history: ok
#include <safex/extension.h>

#define HISTORY 10

static s64 used[HISTORY];
static u32 n;

void handler(event ev)
{
	s64 worst = 0;

	used[n++ % HISTORY] = get_attribute("actual_cpu");
	for (u32 i = 0; i < HISTORY; i++)
		worst = max(worst, used[i]);
	if (n >= HISTORY)
		set_attribute("timeslice-adjustment",
			      worst + worst / 8 - get_attribute("target_cpu"));
	(void)ev;
}

//// raises_from_a_handler_and_returns_a_value handler: refused 6 "should not return a value"
#include <safex/extension.h>

void handler(event ev)
{
	if (!ev.value)
		return -1;
	set_attribute("timeslice-adjustment", ev.value);
}

//// deadband_of_wrong_type handler: warns 9 "always true"
#include <safex/extension.h>

#define DEADBAND 200u

void handler(event ev)
{
	u32 size = ev.value < 0 ? -ev.value : ev.value;

	if (size >= 0)
		set_attribute("timeslice-adjustment", size > DEADBAND ? ev.value : 0);
}

//// threshold_is_a_text handler: refused 3 "incompatible"
#include <safex/extension.h>

static s64 threshold = "2000000";

void handler(event ev)
{
	if (ev.value > threshold)
		set_attribute("timeslice-adjustment", ev.value - threshold);
}
