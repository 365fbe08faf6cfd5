/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random managers: what a declaration means is written here a second time, as
 * it is documented in safex/manager.h, and on each of a million random writes
 * the guard that the pipeline has compiled must say and map the same.
 *
 * usage: test_sx_guard_random [SEED]
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "t_bpf.h"
#include "t_expr.h"
#include "t_pipeline.h"

#define MANAGERS	32
#define WRITES		31250		/* of each: 1,000,000 in all */
#define ATTRS_MAX	24
#define TIME_MAX	1000000000000LL	/* ns, of a time in a contract */
#define NONE		(-1)

/* As safex_guard_ctx in safex_ops.h. */
struct context {
	uint32_t expired, slot;
	uint64_t zero, now, last;
	int64_t value, old, others_ppm, cap_ppm;
	uint32_t maps, unused;
	int64_t mapped, attr[SAFEX_ATTRS_MAX];
};

struct declared {
	unsigned int rights, role;
	int64_t minimum, maximum, step, rate;
	int maps_to;
	struct t_expr map, safe_when, otherwise;
};

struct manager {
	char name[ATTRS_MAX][32];
	struct declared d[ATTRS_MAX];
	unsigned int n;
};

struct host {
	struct context ctx;
	int64_t value[SAFEX_ATTRS_MAX];
	int mapped;
	int64_t mapped_value;
};

static uint64_t seed;

static uint64_t below(uint64_t n)
{
	return t_random(&seed) % n;
}

static bool writable(const struct declared *d)
{
	return d->rights & (SAFEX_APP_WRITE | SAFEX_EXT_WRITE);
}

static void random_range(struct declared *d)
{
	static const int64_t edges[] = { INT64_MIN, -10000000000, -1000, -1, 0, 1, 1000, 1000000000,
		TIME_MAX, INT64_MAX };
	int64_t a = edges[below(10)], b = edges[below(10)];

	if (d->role) {
		a = (int64_t)below(1000);
		b = (int64_t)below(4) ? 2000000000 : TIME_MAX;
	}
	if (a == b)
		b = a == INT64_MAX ? 0 : a + 1;
	d->minimum = a < b ? a : b;
	d->maximum = a < b ? b : a;
}

static void random_attribute(struct manager *m, unsigned int i)
{
	struct declared *d = &m->d[i];

	snprintf(m->name[i], sizeof(m->name[i]), "%s%u", below(2) ? "a_" : "a-b.", i);
	d->rights = (unsigned int)below(SAFEX_RIGHTS_ALL + 1);
	if (below(3))
		d->rights |= SAFEX_EXT_WRITE;
	random_range(d);
	d->step = below(2) ? 0 : (int64_t)(t_random(&seed) >> (1 + below(62)));
	d->rate = below(2) ? 0 : (int64_t)below(1000000);
	d->maps_to = NONE;
	if (below(2))
		t_expr_make(&d->safe_when, &seed, m->n, 3);
	if (below(2))
		return;
	d->maps_to = (int)((i + 1 + below(m->n - 1)) % m->n);
	t_expr_make(&d->map, &seed, m->n, 3);
	if (d->safe_when.n && below(2))
		t_expr_make(&d->otherwise, &seed, m->n, 2);
}

/* Roles are the first attributes', if the manager is one with a contract. */
static void random_manager(struct manager *m)
{
	memset(m, 0, sizeof(*m));
	m->n = 8 + (unsigned int)below(ATTRS_MAX - 7);
	if (below(4))
		for (unsigned int role = SAFEX_ROLE_TARGET; role <= SAFEX_ROLE_SHARE; role++)
			if (role <= SAFEX_ROLE_PERIOD || below(4))
				m->d[role - 1].role = role;
	for (unsigned int i = 0; i < m->n; i++)
		random_attribute(m, i);
}

static void print_number(FILE *f, const char *field, int64_t v)
{
	if (v == INT64_MIN)
		fprintf(f, ", .%s = -9223372036854775807LL - 1", field);
	else if (v)
		fprintf(f, ", .%s = %lld", field, (long long)v);
}

static void print_text(FILE *f, const char *field, const struct manager *m, struct t_expr *e)
{
	char text[SX_EXPRESSION];

	while (!t_expr_text(e, (const void *)m->name, text, sizeof(text)))
		t_expr_make(e, &seed, m->n, 2);
	if (*text)
		fprintf(f, ", .%s = \"%s\"", field, text);
}

static char *source_of(struct manager *m)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fputs("#include <safex/manager.h>\n", f);
	for (unsigned int i = 0; i < m->n; i++) {
		struct declared *d = &m->d[i];

		fprintf(f, "attribute(\"%s\", .rights = %u, .role = %u", m->name[i], d->rights, d->role);
		print_number(f, "minimum", d->minimum);
		print_number(f, "maximum", d->maximum);
		print_number(f, "step", d->step);
		print_number(f, "rate", d->rate);
		if (d->maps_to != NONE)
			fprintf(f, ", .maps_to = \"%s\"", m->name[d->maps_to]);
		print_text(f, "map", m, &d->map);
		print_text(f, "safe_when", m, &d->safe_when);
		print_text(f, "otherwise", m, &d->otherwise);
		fputs(");\n", f);
	}
	fputs("void manager(void) { }\n", f);
	fclose(f);
	return text;
}

static int by_role(const struct manager *m, unsigned int role)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->d[i].role == role)
			return (int)i;
	return NONE;
}

/* low is not above high, when x is what the attribute with `role` becomes. */
static bool in_order(const struct manager *m, const struct host *h, unsigned int role, int64_t x,
		     unsigned int low, unsigned int high)
{
	int l = by_role(m, low), u = by_role(m, high);

	if (l == NONE || u == NONE || (role != low && role != high))
		return true;
	return role == low ? x <= h->value[u] : h->value[l] <= x;
}

static bool keeps_contract(const struct manager *m, const struct host *h, unsigned int role, int64_t x)
{
	return in_order(m, h, role, x, SAFEX_ROLE_MINIMUM, SAFEX_ROLE_TARGET) &&
	       in_order(m, h, role, x, SAFEX_ROLE_TARGET, SAFEX_ROLE_MAXIMUM) &&
	       in_order(m, h, role, x, SAFEX_ROLE_TARGET, SAFEX_ROLE_PERIOD);
}

/* Is there room on the host for x per period? */
static int64_t fits(const struct manager *m, const struct host *h, unsigned int role, int64_t x)
{
	int64_t period;

	if (role != SAFEX_ROLE_SHARE && role != SAFEX_ROLE_TARGET)
		return SAFEX_GUARD_OK;
	period = h->value[by_role(m, SAFEX_ROLE_PERIOD)];
	if (!period)
		return SAFEX_GUARD_FAULT;
	return h->ctx.others_ppm + x * 1000000 / period > h->ctx.cap_ppm ? SAFEX_GUARD_SUM :
									     SAFEX_GUARD_OK;
}

static int64_t change(const struct declared *d, const struct context *c)
{
	uint64_t distance = c->value > c->old ? (uint64_t)c->value - (uint64_t)c->old :
						(uint64_t)c->old - (uint64_t)c->value;

	if (c->value < d->minimum || c->value > d->maximum)
		return SAFEX_GUARD_RANGE;
	if (d->step && distance > (uint64_t)d->step)
		return SAFEX_GUARD_STEP;
	if (d->rate && c->last && c->now - c->last < (uint64_t)d->rate)
		return SAFEX_GUARD_RATE;
	return SAFEX_GUARD_OK;
}

static int64_t unsafe(const struct declared *d, struct host *h, const struct t_values *v)
{
	int64_t x;

	if (d->otherwise.n) {
		if (!t_expr_value(&d->otherwise, v, &x))
			return SAFEX_GUARD_FAULT;
		h->mapped = d->maps_to;
		h->mapped_value = x;
	}
	return SAFEX_GUARD_UNSAFE;
}

static int64_t map(const struct manager *m, const struct declared *d, struct host *h,
		   const struct t_values *v)
{
	const struct declared *to = &m->d[d->maps_to];
	int64_t x;

	if (!t_expr_value(&d->map, v, &x))
		return SAFEX_GUARD_FAULT;
	if (x < to->minimum || x > to->maximum || !keeps_contract(m, h, to->role, x))
		return SAFEX_GUARD_CONTRACT;
	h->mapped = d->maps_to;
	h->mapped_value = x;
	return fits(m, h, to->role, x);
}

static int64_t model(const struct manager *m, struct host *h)
{
	struct t_values v = { h->value, h->ctx.value, h->ctx.old };
	const struct declared *d;
	int64_t said, safe = 1;

	if (h->ctx.slot >= m->n)
		return SAFEX_GUARD_OK;
	d = &m->d[h->ctx.slot];
	if (!writable(d))
		return SAFEX_GUARD_RIGHTS;
	said = change(d, &h->ctx);
	if (said)
		return said;
	if (!keeps_contract(m, h, d->role, h->ctx.value))
		return SAFEX_GUARD_CONTRACT;
	if (d->safe_when.n && !t_expr_value(&d->safe_when, &v, &safe))
		return SAFEX_GUARD_FAULT;
	if (!safe)
		return unsafe(d, h, &v);
	said = fits(m, h, d->role, h->ctx.value);
	if (said || d->maps_to == NONE)
		return said;
	return map(m, d, h, &v);
}

static const char *const names[] = { NULL };

static int64_t ask(struct host *h, const struct sx_object *guard)
{
	static struct t_bpf t = { .names = names };
	uint64_t args[] = { (uintptr_t)&h->ctx };
	int64_t said;

	t.steps = 0;
	t.steps_max = 10000;
	t.expired = &h->ctx.expired;
	t.may_goto = 1000;
	memcpy(h->ctx.attr, h->value, sizeof(h->ctx.attr));
	said = t_bpf_run(&t, guard->data, guard->size, args);
	h->mapped = (int)h->ctx.maps - 1;
	h->mapped_value = h->ctx.mapped;
	return said;
}

/* At an edge of the range, near the old value, in the range, or anything. */
static int64_t some_value(const struct declared *d, int64_t old)
{
	uint64_t width = (uint64_t)d->maximum - (uint64_t)d->minimum;
	uint64_t step = d->step ? (uint64_t)d->step : 1000;

	switch (below(8)) {
	case 0: return (int64_t)((uint64_t)d->minimum + below(3) - 1);
	case 1: return (int64_t)((uint64_t)d->maximum + below(3) - 1);
	case 2: return (int64_t)((uint64_t)old + step + below(3) - 1);
	case 3: return (int64_t)((uint64_t)old - step + below(3) - 1);
	case 4: return (int64_t)t_random(&seed);
	default: return (int64_t)((uint64_t)d->minimum +
				  (width + 1 ? below(width + 1) : t_random(&seed)));
	}
}

static void random_write(const struct manager *m, struct host *h)
{
	memset(h, 0, sizeof(*h));
	h->mapped = NONE;
	for (unsigned int i = 0; i < m->n; i++) {
		h->value[i] = below(4) ? (int64_t)below(2000000000) : (int64_t)below(4) - 1;
		if (m->d[i].role == SAFEX_ROLE_PERIOD && below(50))
			h->value[i] = 1 + (int64_t)below(2000000000);
	}
	h->ctx.slot = (uint32_t)below(m->n + 2);
	h->ctx.old = below(2) ? h->value[h->ctx.slot] : some_value(&m->d[h->ctx.slot % m->n], 0);
	h->ctx.value = some_value(&m->d[h->ctx.slot % m->n], h->ctx.old);
	h->ctx.others_ppm = (int64_t)below(1000000);
	h->ctx.cap_ppm = 950000;
	h->ctx.now = 1000000 + below(1000000);
	h->ctx.last = below(3) ? h->ctx.now - below(1000000) : 0;
}

static void differ(const char *source, const struct host *h, int64_t said, const struct host *w,
		   int64_t wanted)
{
	fputs(source, stderr);
	for (unsigned int i = 0; i < ATTRS_MAX; i++)
		print_error("attribute %u is %lld\n", i, (long long)h->value[i]);
	fail_msg("slot %u value %lld old %lld now %llu last %llu others %lld: guard says %lld, maps %d to %lld; "
		 "model says %lld, maps %d to %lld",
		 h->ctx.slot, (long long)h->ctx.value, (long long)h->ctx.old,
		 (unsigned long long)h->ctx.now, (unsigned long long)h->ctx.last,
		 (long long)h->ctx.others_ppm, (long long)said, h->mapped, (long long)h->mapped_value,
		 (long long)wanted, w->mapped, (long long)w->mapped_value);
}

static void writes(const struct manager *m, const char *source, const struct sx_object *guard,
		   unsigned int *seen)
{
	struct host h, w;
	int64_t said, wanted;

	for (unsigned int i = 0; i < WRITES; i++) {
		random_write(m, &h);
		w = h;
		said = ask(&h, guard);
		wanted = model(m, &w);
		if (said != wanted || h.mapped != w.mapped || h.mapped_value != w.mapped_value)
			differ(source, &h, said, &w, wanted);
		seen[wanted]++;
	}
}

/* Longer than cmocka prints. */
static void refused(const char *source, const char *why)
{
	fputs(source, stderr);
	fail_msg("%s", why);
}

static void test_random_managers(void **state)
{
	unsigned int seen[SAFEX_GUARD_FAULT + 1] = { 0 };
	static struct sx_result r;
	static struct manager m;

	(void)state;
	for (unsigned int i = 0; i < MANAGERS; i++) {
		char *source;

		random_manager(&m);
		source = source_of(&m);
		if (t_run(SAFEX_KIND_MANAGER, source, &r))
			refused(source, r.status.message);
		writes(&m, source, &r.guard, seen);
		sx_result_release(&r);
		free(source);
	}
	for (unsigned int i = 0; i <= SAFEX_GUARD_FAULT; i++) {
		print_message("verdict %u: %u times\n", i, seen[i]);
		assert_true(seen[i] > 100);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_managers) };

	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL) | 1;
	print_message("seed %llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
