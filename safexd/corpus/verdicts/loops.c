/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops of all kinds; none needs a bound. */

//// endless: ok
#include <safex/extension.h>

void monitor(void)
{
	for (;;)
		if (get_attribute("windows") < 0)
			break;
}

//// until_it_converges: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 x = get_attribute("actual_cpu"), y = x;

	do {
		x = y;
		y = (x + get_attribute("target_cpu")) / 2;
	} while (x != y);
	raise_event("Limit", y);
}

//// collatz: ok
#include <safex/extension.h>

void monitor(void)
{
	u64 n = get_attribute("windows") + 1;
	u32 steps = 0;

	while (n != 1) {
		n = n & 1 ? 3 * n + 1 : n / 2;
		steps++;
	}
	raise_event("Steps", steps);
}

//// greatest_common_divisor: ok
#include <safex/extension.h>

static s64 gcd(s64 a, s64 b)
{
	while (b) {
		s64 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

void monitor(void)
{
	raise_event("Gcd", gcd(get_attribute("target_cpu"), get_attribute("period")));
}

//// backwards_and_nested: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 sum = 0;

	for (int i = 9; i >= 0; --i)
		for (int j = i; j--;)
			for (int k = j; k < i; k += 2)
				sum += k ^ j;
	raise_event("Sum", sum);
}

//// duffs_device: ok
#include <safex/extension.h>

static s64 from[16], to[16];

void monitor(void)
{
	u32 count = (u32)get_attribute("windows") % 16 + 1, n = (count + 3) / 4, i = 0;

	from[count & 15] = get_attribute("actual_cpu");
	switch (count % 4) {
	case 0: do { to[i & 15] = from[i & 15]; i++;
	case 3:      to[i & 15] = from[i & 15]; i++;
	case 2:      to[i & 15] = from[i & 15]; i++;
	case 1:      to[i & 15] = from[i & 15]; i++;
		} while (--n > 0);
	}
	raise_event("Copied", to[count & 15]);
}

//// bubble_sort: ok
#include <safex/extension.h>

#define N 12

static s64 v[N];

void monitor(void)
{
	bool swapped;

	v[0] = get_attribute("actual_cpu");
	do {
		swapped = false;
		for (u32 i = 1; i < N; i++) {
			if (v[i - 1] > v[i]) {
				s64 t = v[i];

				v[i] = v[i - 1];
				v[i - 1] = t;
				swapped = true;
			}
		}
	} while (swapped);
	raise_event("Median", v[N / 2]);
}

//// unrolled_by_pragma: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 sum = 0;

#pragma unroll
	for (int i = 0; i < 8; i++)
		sum += get_attribute("windows") >> i;
	raise_event("Sum", sum);
}

//// break_out_of_two: ok
#include <safex/extension.h>

static u8 grid[8][8];

void monitor(void)
{
	int x, y = 0;

	grid[get_attribute("windows") & 7][get_attribute("met") & 7] = 1;
	for (x = 0; x < 8; x++)
		for (y = 0; y < 8; y++)
			if (grid[x][y])
				goto found;
	return;
found:
	raise_event("Cell", x << 3 | y);
}

//// tail_call_became_a_loop: ok
#include <safex/extension.h>

static s64 gcd(s64 a, s64 b)
{
	return b ? gcd(b, a % b) : a;
}

void monitor(void)
{
	raise_event("Gcd", gcd(get_attribute("period"), get_attribute("target_cpu")));
}

//// sieve: ok
#include <safex/extension.h>

static u32 composite[4];

void monitor(void)
{
	u32 primes = 0;

	for (u32 i = 2; i < 128; i++) {
		if (composite[i / 32] >> i % 32 & 1)
			continue;
		primes++;
		for (u32 j = i * i; j < 128; j += i)
			composite[j / 32] |= 1u << j % 32;
	}
	raise_event("Primes", primes);
}

//// counter_never_changes monitor: warns 9 "not modified"
#include <safex/extension.h>

static s64 v[8];

void monitor(void)
{
	s64 sum = 0;

	for (int i = 0, j = 0; i < 8; j++)
		sum += v[j & 7];
	raise_event("Sum", sum);
}

//// body_is_a_semicolon monitor: warns 9 "empty body"
#include <safex/extension.h>

static s64 v[8];

void monitor(void)
{
	int i;

	for (i = 0; i < 8; i++);
		v[i & 7] = 0;
	raise_event("First", v[0]);
}

//// unsigned_counts_down monitor: warns 7 "always true"
#include <safex/extension.h>

static s64 v[8];

void monitor(void)
{
	for (unsigned int i = 7; i >= 0; i--)
		v[i & 7] = get_attribute("windows");
	raise_event("First", v[0]);
}

//// range_over_elements monitor: refused 9 "expected"
#include <safex/extension.h>

static s64 v[8];

void monitor(void)
{
	s64 sum = 0;

	for (s64 x : v)
		sum += x;
	raise_event("Sum", sum);
}

//// commas_in_for monitor: refused 8 "expected ';'"
#include <safex/extension.h>

void monitor(void)
{
	s64 sum = 0;
	int i;

	for (i = 0, i < 8, i++)
		sum += i;
	raise_event("Sum", sum);
}
