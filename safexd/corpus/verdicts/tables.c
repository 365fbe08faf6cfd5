/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables: of constants, of states, of names. */

//// quarter_wave: ok
#include <safex/extension.h>

static const u16 quarter[17] = {
	0, 6393, 12540, 18205, 23170, 27246, 30274, 32138, 32768,
	32138, 30274, 27246, 23170, 18205, 12540, 6393, 0,
};

static s32 sine(u32 phase)
{
	u32 i = (phase >> 4) & 15, f = phase & 15;
	s32 v = quarter[i] + ((s32)(quarter[i + 1] - quarter[i]) * (s32)f) / 16;

	return phase & 256 ? -v : v;
}

void monitor(void)
{
	static u32 phase;

	raise_event("Sine", sine(phase));
	phase += 7;
}

//// interpolation: ok
#include <safex/extension.h>

struct point { s64 x, y; };

static const struct point curve[] = {
	{ 0, 0 }, { 2, 300 }, { 5, 900 }, { 10, 2500 }, { 20, 8000 },
};

#define COUNT (sizeof(curve) / sizeof(curve[0]))

static s64 at(s64 x)
{
	for (u32 i = 1; i < COUNT; i++) {
		const struct point *a = &curve[i - 1], *b = &curve[i];

		if (x < b->x)
			return a->y + (x - a->x) * (b->y - a->y) / (b->x - a->x);
	}
	return curve[COUNT - 1].y;
}

void handler(event ev)
{
	set_attribute("timeslice-adjustment", at(max(0, ev.value)) * US);
}

//// binary_search: ok
#include <safex/extension.h>

static const s64 limits[] = { 10, 20, 50, 100, 200, 500, 1000, 2000, 5000 };

static u32 class_of(s64 v)
{
	u32 low = 0, high = sizeof(limits) / sizeof(*limits);

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (limits[mid] <= v)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void monitor(void)
{
	raise_event("Class", class_of(get_attribute("actual_cpu") / US));
}

//// two_dimensions: ok
#include <safex/extension.h>

static const s16 map[4][5] = {
	{ 0, 1, 2, 4, 8 },
	{ 1, 2, 4, 8, 16 },
	{ 2, 4, 8, 16, 32 },
	{ 4, 8, 16, 32, 64 },
};

void handler(event ev)
{
	u32 row = (u32)get_attribute("windows") % 4, column = (u32)ev.value % 5;

	set_attribute("timeslice-adjustment", map[row][column] * (10 * US));
}

//// designated: ok
#include <safex/extension.h>

enum level { IDLE, LOW, NORMAL, HIGH, LEVELS };

static const s64 extra[LEVELS] = { [NORMAL] = 500 * US, [HIGH] = 2 * MS, [LOW] = 100 * US };

void handler(event ev)
{
	if (ev.value >= IDLE && ev.value < LEVELS)
		set_attribute("timeslice-adjustment", extra[ev.value]);
}

//// nibbles: ok
#include <safex/extension.h>

/* Two costs a byte. */
static const unsigned char cost[8] = { 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe };

void monitor(void)
{
	unsigned int i = get_attribute("windows") & 15;
	unsigned int c = i & 1 ? cost[i / 2] >> 4 : cost[i / 2] & 15;

	raise_event("Cost", c);
}

//// text_as_table: ok
#include <safex/extension.h>

static const char pattern[] = "x.x...xx";

void monitor(void)
{
	static u32 beat;

	if (pattern[beat % (sizeof(pattern) - 1)] == 'x')
		raise_event("Beat", beat);
	beat++;
}

//// hash_of_sixteen: ok
#include <safex/extension.h>

static struct slot {
	u32 key;
	u32 count;
} slots[16];

static struct slot *find(u32 key)
{
	u32 i = key * 2654435761u >> 28;

	for (u32 n = 0; n < 16; n++, i = (i + 1) & 15)
		if (!slots[i].count || slots[i].key == key)
			return &slots[i];
	return NULL;
}

void handler(event ev)
{
	struct slot *s = find(ev.name);

	if (!s)
		return;
	s->key = ev.name;
	if (++s->count > 100)
		set_attribute("timeslice-adjustment", 0);
}

//// triangular_matrix: ok
#include <safex/extension.h>

#define N 6
#define AT(i, j) ((i) * ((i) + 1) / 2 + (j))

static s64 m[AT(N, 0)];

void monitor(void)
{
	s64 trace = 0;

	for (int i = 0; i < N; i++) {
		for (int j = 0; j <= i; j++)
			m[AT(i, j)] += get_attribute("windows") * (i + 1) / (j + 1);
		trace += m[AT(i, i)];
	}
	raise_event("Trace", trace);
}

//// sorted_insertion: ok
#include <safex/extension.h>

#define KEEP 8

static s64 best[KEEP];
static u32 filled;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu");
	u32 i = filled < KEEP ? filled++ : KEEP - 1;

	for (; i > 0 && best[i - 1] < x; i--)
		best[i] = best[i - 1];
	best[i] = x;
	raise_event("Best", best[0]);
}

//// too_many_initialisers monitor: warns 3 "excess elements"
#include <safex/extension.h>

static const s64 weights[4] = { 1, 2, 4, 8, 16 };

void monitor(void)
{
	raise_event("Weight", weights[get_attribute("windows") & 3]);
}

//// writes_to_a_constant_table handler: refused 8 "const"
#include <safex/extension.h>

static const s64 gain[4] = { 1, 2, 3, 4 };

void handler(event ev)
{
	if (ev.value > 100)
		gain[0] = 2;
	set_attribute("timeslice-adjustment", gain[ev.value & 3] * US);
}

//// table_of_addresses handler: refused 4 "variable which begins with an address"
#include <safex/extension.h>

static s64 up, down;
static s64 *const which[2] = { &up, &down };

void handler(event ev)
{
	(*which[ev.value < 0])++;
	set_attribute("timeslice-adjustment", (up - down) * US);
}

//// table_of_texts monitor: refused 3 "variable names begins with an address"
#include <safex/extension.h>

static const char *names[] = {
	"idle", "busy", "late",
};

void monitor(void)
{
	u32 i = get_attribute("windows") % 3;

	raise_event("First", names[i][0]);
}

//// constant_index_behind_the_end monitor: warns 7 "past the end"
#include <safex/extension.h>

static s64 last[10];

void monitor(void)
{
	last[10] = get_attribute("actual_cpu");
	raise_event("Last", last[0]);
}

//// negative_size monitor: refused 6 "negative size"
#include <safex/extension.h>

#define WINDOW 4
#define HEADER 8

static s64 body[WINDOW - HEADER];

void monitor(void)
{
	raise_event("Body", body[0]);
}
