/* SPDX-License-Identifier: GPL-2.0-only */
/* Pointers, copies, sizes. */

//// pointer_into_an_array: ok
#include <safex/extension.h>

static s64 v[16];

void monitor(void)
{
	s64 sum = 0;

	v[get_attribute("windows") & 15] = get_attribute("actual_cpu");
	for (const s64 *p = v; p < v + 16; p++)
		sum += *p;
	raise_event("Sum", sum);
}

//// small_structure_is_copied: ok
#include <safex/extension.h>

struct sample {
	s64 time, cpu, lax;
};

static struct sample last, now;

static struct sample take(void)
{
	return (struct sample){ activation_time(), get_attribute("actual_cpu"), get_attribute("laxity") };
}

void monitor(void)
{
	last = now;
	now = take();
	if (now.lax < last.lax)
		raise_event("Shrinks", now.time - last.time);
}

//// out_parameters: ok
#include <safex/extension.h>

static void divide(s64 a, s64 b, s64 *quotient, s64 *rest)
{
	*quotient = a / b;
	*rest = a % b;
}

void monitor(void)
{
	s64 q, r;

	divide(get_attribute("cpu_time"), 7 * MS, &q, &r);
	raise_event("Q", q);
	raise_event("R", r);
}

//// pool_with_indices: ok
#include <safex/extension.h>

#define NONE 0xff

static struct node { s64 value; u8 next; } pool[16];
static u8 first = NONE, used;

static void insert(s64 v)
{
	u8 at = used++ % 16;

	pool[at].value = v;
	pool[at].next = first;
	first = at;
}

void monitor(void)
{
	s64 sum = 0;

	insert(get_attribute("actual_cpu"));
	for (u8 i = first, n = 0; i != NONE && n < 16; i = pool[i].next, n++)
		sum += pool[i].value;
	raise_event("Sum", sum);
}

//// cleared_in_a_loop: ok
#include <safex/extension.h>

static struct { s64 sum; u32 n; } cells[50];

void monitor(void)
{
	u32 i = (u32)get_attribute("windows") % 50;

	cells[i].sum += get_attribute("actual_cpu");
	cells[i].n++;
	if (i)
		return;
	for (i = 0; i < 50; i++) {
		cells[i].sum = 0;
		cells[i].n = 0;
	}
	raise_event("Cleared", 1);
}

//// buffer_of_sixty_kilobytes: ok
#include <safex/extension.h>

static s64 log[7500];
static u32 n;

void monitor(void)
{
	log[n % 7500] = get_attribute("actual_cpu");
	n++;
	raise_event("Oldest", log[n % 7500]);
}

//// frame_within_its_limit: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 x[48], r = 0;

	for (int i = 0; i < 48; i++)
		x[i] = get_attribute("actual_cpu") + i;
	for (int i = 0; i < 48; i++)
		r += x[i] * x[47 - i];
	raise_event("R", r);
}

//// constant_pointer: ok
#include <safex/extension.h>

static s64 store[4];
static s64 *const second = &store[1];

void monitor(void)
{
	*second += get_attribute("windows");
	raise_event("Second", *second);
}

//// union_of_views: ok
#include <safex/extension.h>

static union {
	u64 all;
	u8 byte[8];
	struct { u32 low, high; } half;
} u;

void monitor(void)
{
	u.all = get_attribute("cpu_time");
	u.byte[get_attribute("windows") & 7] ^= 0x55;
	raise_event("Low", u.half.low);
}

//// flexible_ring: ok
#include <safex/extension.h>
#include <stddef.h>

typedef struct { u16 head, tail; s64 items[32]; } fifo_t;

static fifo_t fifo;

static bool fifo_put(fifo_t *f, s64 v)
{
	u16 next = (u16)((f->head + 1) & 31);

	if (next == f->tail) return false;
	f->items[f->head & 31] = v;
	f->head = next;
	return true;
}

static bool fifo_get(fifo_t *f, s64 *v)
{
	if (f->tail == f->head) return false;
	*v = f->items[f->tail & 31];
	f->tail = (u16)((f->tail + 1) & 31);
	return true;
}

void monitor(void)
{
	s64 old;

	if (!fifo_put(&fifo, get_attribute("actual_cpu")) && fifo_get(&fifo, &old))
		raise_event("Dropped", old);
}

//// large_structure_assigned monitor: refused 10 "loop"
#include <safex/extension.h>

static struct table {
	s64 v[160];
} active, shadow;

void monitor(void)
{
	shadow.v[get_attribute("windows") % 160] = get_attribute("actual_cpu");
	active = shadow;
	raise_event("First", active.v[0]);
}

//// large_structure_cleared monitor: refused 12 "loop"
#include <safex/extension.h>

static struct table {
	s64 v[200];
	u32 n;
} t;

void monitor(void)
{
	t.v[t.n++ % 200] = get_attribute("actual_cpu");
	if (t.n == 200)
		t = (struct table){ 0 };
	raise_event("N", t.n);
}

//// builtin_copy_of_much monitor: refused 8 "loop"
#include <safex/extension.h>

static s64 a[300], b[300];

void monitor(void)
{
	a[get_attribute("windows") % 300]++;
	__builtin_memcpy(b, a, sizeof(b));
	raise_event("B", b[0]);
}

//// frame_is_too_large monitor: refused 5 "488 bytes for its variables (472 with caught()), and window takes 800"
#include <safex/extension.h>

static s64 mean(void)
{
	s64 window[100], sum = 0;

	for (int i = 0; i < 100; i++)
		window[i] = get_attribute("actual_cpu") >> (i & 15);
	for (int i = 0; i < 100; i++)
		sum += window[99 - i] * window[i];
	return sum / 100;
}

void monitor(void)
{
	raise_event("Mean", mean());
}

//// frame_a_little_too_large monitor: refused 5 "and a takes 496"
#include <safex/extension.h>

void monitor(void)
{
	s64 a[62];

	for (int i = 0; i < 62; i++)
		a[i] = get_attribute("period") + i;
	for (int i = 0; i < 62; i++)
		raise_event("E", a[61 - i]);
}

//// variables_of_a_megabyte monitor: refused 3 "65536"
#include <safex/extension.h>

static s64 history[131072];

static u32 n;

void monitor(void)
{
	history[n++ % 131072] = get_attribute("actual_cpu");
	raise_event("First", history[0]);
}

//// pointer_begins_somewhere monitor: refused 4 "variable head begins with an address"
#include <safex/extension.h>

static s64 ring[8];
static s64 *head = ring;

void monitor(void)
{
	*head = get_attribute("actual_cpu");
	if (++head == ring + 8)
		head = ring;
	raise_event("Head", *head);
}

//// allocates monitor: refused 5 "malloc"
#include <safex/extension.h>

void monitor(void)
{
	s64 *v = malloc(64 * sizeof(*v));

	v[0] = get_attribute("windows");
	raise_event("First", v[0]);
}

//// allocates_on_the_stack monitor: refused 6 "must be a constant"
#include <safex/extension.h>

void monitor(void)
{
	s64 n = get_attribute("windows") & 15;
	s64 *v = __builtin_alloca(8 * n + 8);

	for (int i = 0; i <= n; i++)
		v[i] = get_attribute("met") * i;
	raise_event("Last", v[n] + v[n / 2]);
}

//// returns_the_address_of_a_local monitor: warns 7 "stack"
#include <safex/extension.h>

static s64 *measure(void)
{
	s64 now = get_attribute("actual_cpu");

	return &now;
}

void monitor(void)
{
	raise_event("Now", *measure());
}

//// size_of_a_pointer monitor: warns 9 "sizeof"
#include <safex/extension.h>

static s64 v[12];

static s64 sum(s64 a[12])
{
	s64 s = 0;

	for (u32 i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		s += a[i];
	return s;
}

void monitor(void)
{
	v[get_attribute("windows") % 12] = get_attribute("actual_cpu");
	raise_event("Sum", sum(v));
}

//// uses_a_structure_by_its_pointer monitor: refused 7 "did you mean to use '->'"
#include <safex/extension.h>

static struct pair { s64 a, b; } pair;

static s64 total(const struct pair *p)
{
	return p->a + p.b;
}

void monitor(void)
{
	pair.a = get_attribute("windows");
	raise_event("Total", total(&pair));
}
