/* SPDX-License-Identifier: GPL-2.0-only */
/* PID controllers, from the textbook to the habits of many projects, and what goes wrong in them. */

//// textbook_pid: ok
#include <safex/extension.h>

/* u = Kp e + Ki sum(e) + Kd (e - e') */
static s64 sum, last;

void handler(event ev)
{
	s64 e = ev.value;

	sum += e;
	set_attribute("timeslice-adjustment",
		      fx_mul(FX(0.4), e) + fx_mul(FX(0.1), sum) + fx_mul(FX(0.05), e - last));
	last = e;
}

//// structure_pid: ok
#include <safex/extension.h>

struct pid {
	s64 kp, ki, kd;
	s64 integral, previous;
	s64 low, high;
};

static struct pid cpu_pid = {
	.kp = FX(0.6), .ki = FX(0.02), .kd = FX(0.1),
	.low = -5 * MS, .high = 20 * MS,
};

static s64 clamp(s64 v, s64 low, s64 high)
{
	if (v < low)
		return low;
	if (v > high)
		return high;
	return v;
}

static s64 pid_step(struct pid *p, s64 error)
{
	s64 out;

	p->integral = clamp(p->integral + fx_mul(p->ki, error), p->low, p->high);
	out = fx_mul(p->kp, error) + p->integral + fx_mul(p->kd, error - p->previous);
	p->previous = error;
	return clamp(out, p->low, p->high);
}

void handler(event ev)
{
	if (ev.name != event_name("Error"))
		return;
	set_attribute("timeslice-adjustment", pid_step(&cpu_pid, ev.value));
}

//// init_at_first_call: ok
#include <safex/extension.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
	int32_t kp_q8;
	int32_t ki_q8;
	int64_t accumulator;
	bool ready;
} Controller;

static Controller controller;

static void Controller_Init(Controller *self, int32_t kp_q8, int32_t ki_q8)
{
	self->kp_q8 = kp_q8;
	self->ki_q8 = ki_q8;
	self->accumulator = 0;
	self->ready = true;
}

static int64_t Controller_Run(Controller *self, int64_t error)
{
	self->accumulator += error;
	return (self->kp_q8 * error + self->ki_q8 * self->accumulator) / 256;
}

void handler(event ev)
{
	if (!controller.ready)
		Controller_Init(&controller, 102, 26);
	set_attribute("timeslice-adjustment", Controller_Run(&controller, ev.value));
}

//// three_axes: ok
#include <safex/extension.h>

enum axis { ROLL, PITCH, YAW, AXES };

static struct {
	s64 p, i, d;
} const gains[AXES] = {
	[ROLL] = { FX(0.9), FX(0.30), FX(0.02) },
	[PITCH] = { FX(0.9), FX(0.30), FX(0.02) },
	[YAW] = { FX(1.5), FX(0.10), 0 },
};

static s64 integral[AXES], last[AXES];

static s64 run_axis(enum axis a, s64 error)
{
	s64 delta = error - last[a];

	integral[a] += fx_mul(gains[a].i, error);
	last[a] = error;
	return fx_mul(gains[a].p, error) + integral[a] + fx_mul(gains[a].d, delta);
}

void handler(event ev)
{
	s64 out = 0;

	for (int a = ROLL; a < AXES; a++)
		out += run_axis(a, ev.value >> a);
	set_attribute("timeslice-adjustment", out / AXES);
}

//// velocity_form: ok
#include <safex/extension.h>

/* du = Kp (e - e1) + Ki e + Kd (e - 2 e1 + e2): nothing to wind up. */
#define KP FX(0.4)
#define KI FX(0.3)
#define KD FX(0.05)

void handler(event ev)
{
	static s64 e1, e2;
	const s64 e = ev.value;
	s64 u = get_attribute("timeslice-adjustment");

	u += fx_mul(KP, e - e1) + fx_mul(KI, e) + fx_mul(KD, e - 2 * e1 + e2);
	e2 = e1;
	e1 = e;
	set_attribute("timeslice-adjustment", max(-2 * MS, min(2 * MS, u)));
}

//// derivative_by_time: ok
#include <safex/extension.h>

static u64 then;
static s64 previous, area;

void handler(event ev)
{
	u64 now = activation_time();
	s64 dt = then ? (s64)(now - then) : 0;
	s64 slope = 0;

	if (dt > 0) {
		slope = (ev.value - previous) * MS / dt;
		area += ev.value * (dt / US) / 1000;
	}
	then = now;
	previous = ev.value;
	set_attribute("timeslice-adjustment", ev.value / 2 + area / 64 + slope / 16);
}

//// measured_derivative: ok
/* The derivative is of what is measured: a new target kicks nobody. */
#include <safex/extension.h>

static s64 input_before, i_term;
static bool running;

void handler(event ev)
{
	s64 input = get_attribute("actual_cpu");
	s64 setpoint = get_attribute("target_cpu");
	s64 error = setpoint - input;
	s64 d_input;

	if (!running) {
		input_before = input;
		running = true;
	}
	d_input = input - input_before;
	i_term += error / 20;
	if (i_term > 10 * MS)
		i_term = 10 * MS;
	else if (i_term < -10 * MS)
		i_term = -10 * MS;
	input_before = input;
	set_attribute("timeslice-adjustment", error / 2 + i_term - d_input / 10 + 0 * ev.value);
}

//// conditional_integration: ok
#include <safex/extension.h>

#define LIMIT (8 * MS)

static s64 sum;

void handler(event ev)
{
	s64 p = ev.value * 3 / 8;
	s64 u = p + sum;
	bool full = u >= LIMIT && ev.value > 0;
	bool empty = u <= -LIMIT && ev.value < 0;

	if (!full && !empty)
		sum += ev.value / 16;
	set_attribute("timeslice-adjustment", max(-LIMIT, min(LIMIT, p + sum)));
}

//// bumpless_transfer: ok
#include <safex/extension.h>

enum mode { MANUAL, AUTOMATIC };

static enum mode mode;
static s64 integral;

static void to_automatic(s64 output, s64 error)
{
	integral = output - error / 2;
	mode = AUTOMATIC;
}

void handler(event ev)
{
	s64 out = get_attribute("timeslice-adjustment");

	if (ev.name == event_name("Automatic") && mode == MANUAL) {
		to_automatic(out, get_attribute("target_cpu") - get_attribute("actual_cpu"));
		return;
	}
	if (ev.name == event_name("Manual"))
		mode = MANUAL;
	if (mode == MANUAL)
		return;
	integral += ev.value / 32;
	set_attribute("timeslice-adjustment", ev.value / 2 + integral);
}

//// cascade: ok
#include <safex/extension.h>

typedef struct pi_s {
	s64 kp, ki, i, lim;
} pi_t;

static pi_t outer = { FX(0.5), FX(0.05), 0, 4 * MS };
static pi_t inner = { FX(0.8), FX(0.20), 0, 10 * MS };

static inline s64 pi_run(pi_t *c, s64 e)
{
	c->i += fx_mul(c->ki, e);
	if (c->i > c->lim) c->i = c->lim;
	if (c->i < -c->lim) c->i = -c->lim;
	return fx_mul(c->kp, e) + c->i;
}

void handler(event ev)
{
	s64 wanted = pi_run(&outer, ev.value);
	s64 have = get_attribute("timeslice") - get_attribute("target_cpu");

	set_attribute("timeslice-adjustment", pi_run(&inner, wanted - have));
}

//// error_monitor: ok
#include <safex/extension.h>

#define DEADBAND (50 * US)

void monitor(void)
{
	static s64 seen;
	s64 n = get_attribute("windows"), e;

	if (n == seen)
		return;
	seen = n;
	e = get_attribute("target_cpu") - get_attribute("actual_cpu");
	if (e > DEADBAND || e < -DEADBAND)
		raise_event("Error", e);
}

//// float_gains handler: refused 10 "floating point"
#include <safex/extension.h>

#define KP 0.4f
#define KI 0.1f

static float sum;

void handler(event ev)
{
	float e = (float)ev.value;

	sum += e;
	set_attribute("timeslice-adjustment", (s64)(KP * e + KI * sum));
}

//// double_gain_in_product handler: refused 10 "floating point"
#include <safex/extension.h>

static s64 last;

void handler(event ev)
{
	s64 e = ev.value - last;

	last = ev.value;
	set_attribute("timeslice-adjustment", e * 0.75);
}

//// forgot_to_include_gain handler: refused 10 "undeclared identifier 'KD'"
#include <safex/extension.h>

#define KP FX(0.4)

static s64 last;

void handler(event ev)
{
	s64 u = fx_mul(KP, ev.value)
		+ fx_mul(KD, ev.value - last);

	last = ev.value;
	set_attribute("timeslice-adjustment", u);
}

//// sets_the_target handler: refused 8 "no right to set attribute "target_cpu""
#include <safex/extension.h>

void handler(event ev)
{
	s64 target = get_attribute("target_cpu");

	target += ev.value / 4;
	set_attribute("target_cpu", target);
}

//// output_unset_in_one_branch handler: warns 7 "uninitialized"
#include <safex/extension.h>

void handler(event ev)
{
	s64 u;

	if (ev.value > 0)
		u = ev.value / 2;
	set_attribute("timeslice-adjustment", u);
}

//// output_limit_never_true handler: warns 8 "parentheses"
#include <safex/extension.h>

void handler(event ev)
{
	s64 u = ev.value / 2;
	bool saturated = false;

	if (saturated = u > 2 * MS)
		u = 2 * MS;
	set_attribute("timeslice-adjustment", u);
}

//// gains_in_constant_array_too_short handler: warns 10 "past the end"
#include <safex/extension.h>

static const s64 gain[3] = { FX(0.4), FX(0.3), FX(0.05) };
static s64 sum;

void handler(event ev)
{
	sum += ev.value;
	set_attribute("timeslice-adjustment",
		      fx_mul(gain[1], ev.value) + fx_mul(gain[3], sum));
}
