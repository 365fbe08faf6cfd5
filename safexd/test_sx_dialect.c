/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one compiler has and another has not: each source is taken by all of
 * them, and computes what it computes as a program of this machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "dio_random.h"
#include "t_bpf.h"
#include "t_pipeline.h"

#define EVENTS	64
#define EXT	"#include <safex/extension.h>\n"

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;

#ifndef __clang__	/* gcc has none of 16 bits */
#define __builtin_clzs(v) (__builtin_clz((u16)(v)) - 16)
#define __builtin_ctzs(v) __builtin_ctz((u16)(v))
#endif

/* Of x, which is not 0. The last are what passes of a compiler make such counts of. */
#define CASES(is)                                                                                  \
	is(__builtin_clzll(x)) is(__builtin_clzl(x)) is(__builtin_clz((u32)x | 1))                 \
	is(__builtin_clzs((u16)x | 1)) is(__builtin_ctzll(x)) is(__builtin_ctzl(x))                \
	is(__builtin_ctz((u32)x | 1u << 31)) is(__builtin_ctzs((u16)x | 1 << 15))                  \
	is(__builtin_ffsll((long long)x)) is(__builtin_ffsl((long long)x & 0xff00))                \
	is(__builtin_ffs((int)x)) is(__builtin_popcountll(x)) is(__builtin_popcountl(x))           \
	is(__builtin_popcount((u32)x)) is(__builtin_parityll(x)) is(__builtin_parity((u32)x))      \
	is(__builtin_clrsbll((long long)x)) is(__builtin_clrsb((int)x))                            \
	is(x ? 63 - __builtin_clzll(x) : -1) is(1ull << (63 - __builtin_clzll(x)))                 \
	is(__builtin_popcountll(~x & (x - 1))) is(__builtin_popcountll(x | -x))                    \
	is(({ u64 t = x; int n = 0; while (t <<= 1) n++; n; }))                                    \
	is(({ u64 t = x; int n = 0; while (t) { t >>= 1; n++; } n; }))                             \
	is(({ u32 t = (u32)x; int n = 0; for (; t; t &= t - 1) n++; n; }))                         \
	is((u64)((long long)x / -7 + (int)x % 5))

#define AS_VALUE(...)	(u64)(__VA_ARGS__),
#define AS_TEXT(...)	"\traise_event(\"N\", " #__VA_ARGS__ ");\n"

static const char counts[] = EXT "void monitor(void)\n{\n\tu64 x = get_attribute(\"windows\");\n"
	CASES(AS_TEXT) "}\n";
struct host {
	uint64_t raised[EVENTS];
	unsigned int n;
	struct t_bpf bpf;
};

static uint64_t raise_event(void *arg, unsigned int index, const uint64_t r[6])
{
	struct host *h = arg;

	(void)index;
	if (h->n < EVENTS)
		h->raised[h->n++] = r[3];
	return 0;
}

/* The events of one activation, for which this is the value of "windows". */
static void run(struct host *h, const struct sx_result *r, uint64_t windows)
{
	static const char *const names[] = { "safex_raise_event", NULL };
	static _Alignas(8) uint8_t context[SAFEX_CTX_ATTR + SAFEX_ATTRS_MAX * (8 + 4)];
	uint64_t args[] = { (uintptr_t)context };

	memcpy(context + SAFEX_CTX_ATTR + 5 * sizeof(windows), &windows, sizeof(windows));
	h->n = 0;
	h->bpf = (struct t_bpf){ .names = names, .call = raise_event, .arg = h, .steps_max = 100000,
				 .expired = (uint32_t *)(void *)context, .may_goto = 1000 };
	assert_int_equal(t_bpf_run(&h->bpf, r->program.data, r->program.size, args), 0);
}

static void test_counts(void **state)
{
	static struct sx_result r;
	static struct host h;

	(void)state;
	if (t_run(SAFEX_KIND_MONITOR, counts, &r))
		fail_msg("%s", r.status.message);
	for (int i = 0; i < 500; i++) {
		/* As many leading or trailing zeroes as there can be. */
		const u64 any = dio_random(), cut = i & 1 ? any >> any % 64 : any << any % 64;
		const u64 x = cut ? cut : 1;
		const u64 wanted[] = { CASES(AS_VALUE) };

		run(&h, &r, x);
		assert_int_equal(h.n, sizeof(wanted) / sizeof(wanted[0]));
		for (unsigned int n = 0; n < h.n; n++)
			if (h.raised[n] != wanted[n])
				fail_msg("case %u of %#llx: %#llx and not %#llx", n,
					 (unsigned long long)x, (unsigned long long)h.raised[n],
					 (unsigned long long)wanted[n]);
	}
	sx_result_release(&r);
}

static const struct {
	enum safex_kind role;
	const char *source;
} taken[] = {
	/* FX() is a constant wherever C wants one. */
	{ SAFEX_KIND_MONITOR, EXT "_Static_assert(FX(1) == 65536 && FX(-0.5) == -32768, \"\");\n"
		"static s64 table[FX(0.001)];\nenum { HALF = FX(0.5) };\nstruct bits { u32 a : FX(0.0001); };\n"
		"void monitor(void)\n{\n\ts64 own[FX(0.0001)] = { 0 };\n\tswitch (table[1]++) {\n"
		"\tcase FX(1):\n\t\traise_event(\"A\", HALF + own[table[2] & 3]);\n\t}\n}\n" },
	{ SAFEX_KIND_MONITOR, EXT "void monitor() { raise_event(\"A\", 1); }\n" },
	/* A handler that does not look at its event. */
	{ SAFEX_KIND_HANDLER, EXT "void handler() { set_attribute(\"timeslice-adjustment\", 1); }\n" },
	{ SAFEX_KIND_HANDLER, EXT "void handler(void) { set_attribute(\"timeslice-adjustment\", 1); }\n" },
	{ SAFEX_KIND_MONITOR, EXT "void monitor() { raise_event(\"A\", 1 / get_attribute(\"windows\")); }\n"
		"void caught() { raise_event(\"B\", 1); }\n" },
	{ SAFEX_KIND_HANDLER, EXT "void handler(event ev) { set_attribute(\"timeslice-adjustment\", ev.value); }\n" },
};

static void test_taken(void **state)
{
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (t_run(taken[i].role, taken[i].source, &r))
			fail_msg("%s\n%s", taken[i].source, r.status.message);
		sx_result_release(&r);
	}
}

static void test_other_parameters(void **state)
{
	static struct sx_result r;

	(void)state;
	assert_int_not_equal(t_run(SAFEX_KIND_HANDLER, EXT "void handler(int n) { }\n", &r), 0);
	assert_non_null(strstr(r.status.message, "x.c:2:"));
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_other_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	dio_random_begin(argc, argv);
	return t_each_compiler(group);
}
