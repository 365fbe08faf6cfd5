/* SPDX-License-Identifier: GPL-2.0-only */
/* State machines over events and over time. */

//// if_chain: ok
#include <safex/extension.h>

enum { CALM, BUSY, OVERLOADED };

static int state = CALM;

void handler(event ev)
{
	if (state == CALM && ev.name == event_name("Behind"))
		state = BUSY;
	else if (state == BUSY && ev.name == event_name("Behind") && ev.value > 10)
		state = OVERLOADED;
	else if (ev.name == event_name("Ahead"))
		state = CALM;
	set_attribute("timeslice-adjustment", state * MS);
}

//// switch_over_states: ok
#include <safex/extension.h>

typedef enum { ST_INIT, ST_RUN, ST_HOLD, ST_FAULT } state_t;

static state_t st;
static u32 held;

void handler(event ev)
{
	switch (st) {
	case ST_INIT:
		st = ST_RUN;
		break;
	case ST_RUN:
		if (ev.value > 5 * MS) {
			st = ST_HOLD;
			held = 0;
		}
		break;
	case ST_HOLD:
		if (++held > 20)
			st = ST_FAULT;
		else if (ev.value < 1 * MS)
			st = ST_RUN;
		break;
	case ST_FAULT:
		set_attribute("timeslice-adjustment", 0);
		return;
	}
	set_attribute("timeslice-adjustment", st == ST_HOLD ? 2 * MS : 0);
}

//// switch_over_events: ok
#include <safex/extension.h>

void handler(event ev)
{
	switch (ev.name) {
	case event_name("Behind"):
		set_attribute("timeslice-adjustment", ev.value * MS);
		break;
	case event_name("Ahead"):
		set_attribute("timeslice-adjustment", 0);
		break;
	default:
		break;
	}
}

//// named_events: ok
#include <safex/extension.h>

enum {
	EV_START = event_name("Start"),
	EV_STOP = event_name("Stop"),
};

static bool on;

void handler(event ev)
{
	switch (ev.name) {
	case EV_START: on = true; break;
	case EV_STOP: on = false; break;
	}
	set_attribute("timeslice-adjustment", on ? MS : 0);
}

//// events_in_a_table: ok
#include <safex/extension.h>

static const struct {
	u32 name;
	s64 extra;
} reaction[] = {
	{ event_name("Low"), 100 * US },
	{ event_name("Middle"), 500 * US },
	{ event_name("High"), 2 * MS },
};

void handler(event ev)
{
	for (u32 i = 0; i < sizeof(reaction) / sizeof(reaction[0]); i++)
		if (reaction[i].name == ev.name)
			set_attribute("timeslice-adjustment", reaction[i].extra);
}

//// transition_table: ok
#include <safex/extension.h>

enum state { OFF, WARM, HOT, STATES };
enum input { COOLER, SAME, WARMER, INPUTS };

static const u8 next[STATES][INPUTS] = {
	[OFF] = { OFF, OFF, WARM },
	[WARM] = { OFF, WARM, HOT },
	[HOT] = { WARM, HOT, HOT },
};

static u8 state;
static s64 before;

void monitor(void)
{
	s64 now = get_attribute("actual_cpu");
	enum input in = now < before ? COOLER : now > before ? WARMER : SAME;

	state = next[state % STATES][in];
	before = now;
	raise_event("State", state);
}

//// protothread: ok
#include <safex/extension.h>

/* Lines as labels, as protothreads have them. */
#define BEGIN(pc)	switch (pc) { case 0:
#define YIELD(pc)	do { pc = __LINE__; return; case __LINE__:; } while (0)
#define END(pc)		} pc = 0

static int pc, i;

void monitor(void)
{
	BEGIN(pc);
	for (i = 0; i < 3; i++) {
		raise_event("Fast", i);
		YIELD(pc);
	}
	raise_event("Slow", 0);
	YIELD(pc);
	END(pc);
}

//// nested_machines: ok
#include <safex/extension.h>

struct machine {
	u8 state;
	u8 count;
};

static struct machine door, light;

static bool advance(struct machine *m, bool go, u8 last)
{
	if (!go)
		return false;
	m->count++;
	m->state = m->state < last ? m->state + 1 : 0;
	return !m->state;
}

void monitor(void)
{
	bool around = advance(&door, get_attribute("laxity") > MS, 4);

	if (advance(&light, around, 2))
		raise_event("Turns", light.count);
}

//// goto_machine: ok
#include <safex/extension.h>

static u32 symbols[8];

void monitor(void)
{
	u32 i = 0, pairs = 0;

	symbols[get_attribute("windows") & 7] ^= 1;
even:
	if (i == 8)
		goto done;
	if (!symbols[i++])
		goto even;
odd:
	if (i == 8)
		goto done;
	if (!symbols[i++])
		goto odd;
	pairs++;
	goto even;
done:
	raise_event("Pairs", pairs);
}

//// watchdog: ok
#include <safex/extension.h>

#define PATIENCE (500 * MS)

static u64 fed;
static s64 last;

void monitor(void)
{
	u64 now = activation_time();
	s64 work = get_attribute("cpu_time");

	if (work != last || !fed) {
		last = work;
		fed = now;
	}
	if (now - fed > PATIENCE) {
		raise_event("Stuck", (s64)(now - fed));
		fed = now;
	}
}

//// traffic_light: ok
#include <safex/extension.h>

static struct {
	enum colour { RED, AMBER, GREEN } now;
	u64 since;
} light;

static u64 lasts(enum colour c)
{
	switch (c) {
	case RED:
		return 400 * MS;
	case AMBER:
		return 100 * MS;
	case GREEN:
		return 600 * MS;
	}
	return SEC;
}

void monitor(void)
{
	u64 t = activation_time();

	if (t - light.since < lasts(light.now))
		return;
	light.since = t;
	light.now = light.now == GREEN ? RED : light.now + 1;
	raise_event("Colour", light.now);
}

//// state_left_out handler: warns 9 "not handled in switch"
#include <safex/extension.h>

enum state { IDLE, ACTIVE, DRAINING };

static enum state state;

void handler(event ev)
{
	switch (state) {
	case IDLE:
		if (ev.value)
			state = ACTIVE;
		break;
	case ACTIVE:
		state = ev.value ? ACTIVE : DRAINING;
		break;
	}
	set_attribute("timeslice-adjustment", state == ACTIVE ? MS : 0);
}

//// same_case_twice handler: refused 12 "duplicate case value"
#include <safex/extension.h>

#define IDLE 0
#define OFF 0

void handler(event ev)
{
	switch (ev.value) {
	case IDLE:
		set_attribute("timeslice-adjustment", 0);
		break;
	case OFF:
		set_attribute("timeslice-adjustment", -1 * MS);
		break;
	}
}

//// compares_with_a_text handler: warns 7 "string literal"
#include <safex/extension.h>

static s64 extra;

void handler(event ev)
{
	if (ev.name == "Behind")
		extra += MS;
	set_attribute("timeslice-adjustment", extra);
}

//// state_is_of_the_wrong_enum handler: warns 11 "enumeration type"
#include <safex/extension.h>

enum door { OPEN, CLOSED };
enum lamp { BRIGHT, DARK };

static enum door door;

void handler(event ev)
{
	if (ev.value > 0)
		door = DARK;
	set_attribute("timeslice-adjustment", door == CLOSED ? MS : 0);
}

//// function_for_each_state handler: refused 13 "pointer"
#include <safex/extension.h>

static s64 idle(s64 v) { return v / 4; }
static s64 busy(s64 v) { return v / 2; }
static s64 late(s64 v) { return v; }

static s64 (*const act[])(s64) = { idle, busy, late };
static u32 state;

void handler(event ev)
{
	state = ev.value > MS ? 2 : ev.value > 0;
	set_attribute("timeslice-adjustment", act[state](ev.value));
}

//// labels_as_values monitor: refused 9 "goto"
#include <safex/extension.h>

static u32 state;

void monitor(void)
{
	static const void *const where[] = { &&zero, &&one };

	goto *where[state & 1];
zero:
	state = 1;
	return;
one:
	state = 0;
	raise_event("One", 1);
}
