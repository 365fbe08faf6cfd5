/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics over what was measured. */

//// welford: ok
#include <safex/extension.h>

static s64 n, mean, m2;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu") / US, d = x - mean;

	n++;
	mean += d / n;
	m2 += d * (x - mean);
	if (n > 10)
		raise_event("Variance", m2 / (n - 1));
}

//// histogram: ok
#include <safex/extension.h>

#define BINS 20

static u32 bins[BINS];

void monitor(void)
{
	s64 bin = get_attribute("actual_cpu") / (500 * US);

	bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
	raise_event("Top", bins[BINS - 1]);
}

//// percentile: ok
#include <safex/extension.h>

enum { BINS = 32, WINDOW = 200 };

static u32 bins[BINS], total;

static u32 percentile(u32 p)
{
	u32 need = total * p / 100, sum = 0;

	for (u32 i = 0; i < BINS; i++) {
		sum += bins[i];
		if (sum >= need)
			return i;
	}
	return BINS - 1;
}

void monitor(void)
{
	u64 v = (u64)get_attribute("actual_cpu") >> 18;

	bins[v < BINS ? v : BINS - 1]++;
	if (++total < WINDOW)
		return;
	raise_event("P99", (s64)percentile(99) << 18);
	for (u32 i = 0; i < BINS; i++)
		bins[i] = 0;
	total = 0;
}

//// logarithmic_histogram: ok
#include <safex/extension.h>

static u32 by_power[64];

void monitor(void)
{
	u64 v = get_attribute("actual_cpu");
	u32 i = 0;

	while (v > 1 && i < 63) {
		v >>= 1;
		i++;
	}
	by_power[i]++;
	raise_event("Power", i);
}

//// minimum_and_maximum: ok
#include <safex/extension.h>
#include <limits.h>

static s64 low = LLONG_MAX, high = LLONG_MIN;

void monitor(void)
{
	s64 x = get_attribute("laxity");

	low = min(low, x);
	high = max(high, x);
	raise_event("Range", high - low);
}

//// sliding_maximum: ok
#include <safex/extension.h>

#define W 8

/* A deque of falling values in a ring. */
static struct {
	s64 value;
	u64 index;
} deque[W];
static u64 head, tail, now;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu");

	while (tail > head && deque[(tail - 1) % W].value <= x)
		tail--;
	deque[tail % W].value = x;
	deque[tail++ % W].index = now;
	if (deque[head % W].index + W <= now)
		head++;
	now++;
	raise_event("Maximum", deque[head % W].value);
}

//// reservoir: ok
#include <safex/extension.h>

#define KEPT 16

static s64 kept[KEPT];
static u32 seen, seed = 1;

void monitor(void)
{
	u32 at;

	seed = seed * 1664525u + 1013904223u;
	at = seen < KEPT ? seen : seed % (seen + 1);
	if (at < KEPT)
		kept[at] = get_attribute("actual_cpu");
	seen++;
	raise_event("Sample", kept[seed >> 28]);
}

//// count_min_sketch: ok
#include <safex/extension.h>

#define ROWS 3
#define COLUMNS 64

static u16 sketch[ROWS][COLUMNS];
static const u32 salt[ROWS] = { 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d };

static u32 count(u32 key)
{
	u32 least = 0xffff;

	for (u32 r = 0; r < ROWS; r++) {
		u16 *cell = &sketch[r][key * salt[r] >> 26];

		if (*cell < 0xffff)
			++*cell;
		if (*cell < least)
			least = *cell;
	}
	return least;
}

void handler(event ev)
{
	if (count(ev.name ^ (u32)ev.value) > 50)
		set_attribute("timeslice-adjustment", 0);
}

//// rate_a_second: ok
#include <safex/extension.h>

static u64 since;
static s64 before;

void monitor(void)
{
	u64 now = activation_time();
	s64 n = get_attribute("windows");

	if (!since) {
		since = now;
		before = n;
	} else if (now - since >= SEC) {
		raise_event("Rate", (n - before) * SEC / (s64)(now - since));
		since = now;
		before = n;
	}
}

//// regression_line: ok
#include <safex/extension.h>

static s64 sx, sy, sxx, sxy, n;

void monitor(void)
{
	s64 x = get_attribute("windows") & 0xffff, y = get_attribute("actual_cpu") / US, d;

	n++;
	sx += x;
	sy += y;
	sxx += x * x;
	sxy += x * y;
	d = n * sxx - sx * sx;
	if (d)
		raise_event("Slope", (n * sxy - sx * sy) * 1000 / d);
}

//// p_square: ok
#include <safex/extension.h>

/* One quantile without a table: up by p, down by 1 - p. */
static s64 q;

void monitor(void)
{
	s64 x = get_attribute("actual_cpu"), step = max(1, q / 100);

	if (x > q)
		q += step * 95 / 100;
	else if (x < q)
		q -= step * 5 / 100;
	raise_event("P95", q);
}

//// top_k: ok
#include <safex/extension.h>

#define K 4

static struct { u32 name, n; } top[K];

void handler(event ev)
{
	u32 least = 0;

	for (u32 i = 0; i < K; i++) {
		if (top[i].n && top[i].name == ev.name) {
			top[i].n++;
			return;
		}
		if (top[i].n < top[least].n)
			least = i;
	}
	top[least].name = ev.name;
	top[least].n++;
	set_attribute("timeslice-adjustment", top[0].n * US);
}

//// mean_of_nothing monitor: warns 10 "uninitialized"
#include <safex/extension.h>

static s64 v[8];

void monitor(void)
{
	s64 sum;

	for (int i = 0; i < 8; i++)
		sum += v[i];
	v[get_attribute("windows") & 7] = sum / 8;
	raise_event("Mean", sum);
}

//// float_average monitor: refused 9 "floating point"
#include <safex/extension.h>

static s64 sum, n;

void monitor(void)
{
	sum += get_attribute("actual_cpu");
	n++;
	raise_event("Mean", (s64)(sum / (float)n));
}

//// sorts_with_qsort monitor: refused 13 "qsort"
#include <safex/extension.h>

static s64 v[16];

static int compare(const void *a, const void *b)
{
	return *(const s64 *)a < *(const s64 *)b ? -1 : 1;
}

void monitor(void)
{
	v[get_attribute("windows") & 15] = get_attribute("actual_cpu");
	qsort(v, 16, sizeof(v[0]), compare);
	raise_event("Median", v[8]);
}

//// prints_the_mean monitor: refused 8 "printf"
#include <safex/extension.h>

static s64 mean;

void monitor(void)
{
	mean += (get_attribute("actual_cpu") - mean) / 4;
	printf("mean %lld\n", mean);
}

//// squares_in_int monitor: refused 7 "overflow"
#include <safex/extension.h>

#define FULL_SCALE 65536

void monitor(void)
{
	s64 limit = FULL_SCALE * FULL_SCALE;

	raise_event("Over", get_attribute("actual_cpu") > limit);
}
