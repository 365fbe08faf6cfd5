/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs with their checks, run in the tests' machine: they compute what
 * they should, and stop where and when they must.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dio_random.h"
#include "sx_expr.h"
#include "t_bpf.h"
#include "t_pipeline.h"

#define EVENTS	64
#define STEPS	1000000

/* As safex_ctx in safex_ops.h. */
struct context {
	uint32_t expired, event;
	uint64_t zero, now;
	int64_t value;
	uint32_t set[2];
	int64_t attr[SAFEX_ATTRS_MAX];
	uint32_t line[SAFEX_ATTRS_MAX];
};

_Static_assert(offsetof(struct context, set) == SAFEX_CTX_SET &&
	       offsetof(struct context, attr) == SAFEX_CTX_ATTR &&
	       offsetof(struct context, line) == SAFEX_CTX_LINE, "as programs know it");

struct host {
	struct context ctx;
	const struct safex_attr *attrs;
	int64_t raised[EVENTS];
	uint32_t name[EVENTS];
	unsigned int n, dropped;	/* events, and how many of them an exception undid */
	struct t_bpf bpf;
};

static const char *const names[] = { "safex_raise_event", "safex_catch", NULL };

static uint64_t kernel(void *arg, unsigned int index, const uint64_t r[6])
{
	struct host *h = arg;

	assert_true(r[1] == (uintptr_t)&h->ctx);
	if (index == 1)
		h->dropped = h->n;
	else if (h->n < EVENTS) {
		h->name[h->n] = (uint32_t)r[2];
		h->raised[h->n++] = (int64_t)r[3];
	}
	return 0;
}

static void prepare(struct host *h, const struct safex_attr *attrs)
{
	memset(h, 0, sizeof(*h));
	h->attrs = attrs;
	h->bpf = (struct t_bpf){ .names = names, .call = kernel, .arg = h, .steps_max = STEPS,
				 .expired = &h->ctx.expired, .may_goto = STEPS };
}

static int64_t run(struct host *h, const struct sx_result *r)
{
	uint64_t args[] = { (uintptr_t)&h->ctx };

	h->bpf.steps = 0;
	h->n = h->dropped = 0;
	memset(h->ctx.set, 0, sizeof(h->ctx.set));
	for (int i = 0; i < SAFEX_ATTRS_MAX; i++)
		h->ctx.attr[i] = h->attrs[i].value;
	return t_bpf_run(&h->bpf, r->program.data, r->program.size, args);
}

static void compile(enum safex_kind role, const char *text, struct sx_result *r)
{
	if (t_run(role, text, r))
		fail_msg("%s\n%s", text, r->status.message);
}

#define EXT "#include <safex/extension.h>\n"

static void test_event(void **state)
{
	static struct sx_result r;
	static struct host h;

	(void)state;
	compile(SAFEX_KIND_HANDLER, EXT "static s64 n;\nvoid handler(event ev)\n{\n"
		"\tif (ev.name == event_name(\"Error\"))\n"
		"\t\tset_attribute(\"timeslice-adjustment\", fx_mul(FX(-1.5), ev.value) + n++);\n}\n", &r);
	prepare(&h, t_cpu()->attrs);
	h.ctx.value = 1000;
	h.ctx.event = 0xf38d9cf1;	/* FNV-1a of "Error" */
	assert_int_equal(run(&h, &r), 0);
	assert_int_equal(h.ctx.attr[10], -1500);
	assert_int_equal(h.ctx.line[10], 6);
	assert_true(h.ctx.set[0] == 1u << 10 && !h.ctx.set[1]);
	assert_int_equal(run(&h, &r), 0);
	assert_int_equal(h.ctx.attr[10], -1499);
	h.ctx.event++;
	assert_int_equal(run(&h, &r), 0);
	assert_true(!h.ctx.set[0] && !h.ctx.set[1]);
	sx_result_release(&r);
}

static const char nested[] = EXT
	"void monitor(void)\n"
	"{\n"
	"\ts64 n = get_attribute(\"windows\"), sum = 0, i, j;\n"
	"\n"
	"\tfor (i = 0; i < n; i++)\n"
	"\t\tfor (j = 0; j <= i; j++)\n"
	"\t\t\tsum += i * j + get_attribute(\"violations\");\n"
	"\traise_event(\"Sum\", sum);\n"
	"}\n";

static int64_t nested_model(int64_t n, int64_t v)
{
	uint64_t sum = 0;

	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j <= i; j++)
			sum += (uint64_t)(i * j) + (uint64_t)v;
	return (int64_t)sum;
}

/* More values alive than registers: the check must save the one it uses. */
static const char pressure[] = EXT
	"void monitor(void)\n"
	"{\n"
	"\ts64 n = get_attribute(\"windows\"), v = get_attribute(\"violations\");\n"
	"\ts64 a = v, b = n, c = 3, d = v + 4, e = n + 5, f = 6, g = v + 7, h = 8;\n"
	"\n"
	"\tfor (s64 i = 0; i < n; i++) {\n"
	"\t\ta += b ^ i; b += c ^ d; c += d * 3; d ^= e + i; e += f; f ^= g; g += h - a; h += a ^ g;\n"
	"\t\tif (a & 1)\n"
	"\t\t\th += get_attribute(\"violations\") + i;\n"
	"\t\telse\n"
	"\t\t\tg -= f;\n"
	"\t}\n"
	"\traise_event(\"Sum\", a ^ b ^ c ^ d ^ e ^ f ^ g ^ h);\n"
	"}\n";

static int64_t pressure_model(int64_t n, int64_t v)
{
	uint64_t a = (uint64_t)v, b = (uint64_t)n, c = 3, d = a + 4, e = b + 5, f = 6, g = a + 7, h = 8;

	for (uint64_t i = 0; (int64_t)i < n; i++) {
		a += b ^ i; b += c ^ d; c += d * 3; d ^= e + i; e += f; f ^= g; g += h - a; h += a ^ g;
		if (a & 1)
			h += (uint64_t)v + i;
		else
			g -= f;
	}
	return (int64_t)(a ^ b ^ c ^ d ^ e ^ f ^ g ^ h);
}

/* Loops within each other, with indices: all that is done for the verifier changes no result. */
static const char sorting[] = EXT
	"static s64 v[20];\n"
	"void monitor(void)\n"
	"{\n"
	"\tu64 n = get_attribute(\"windows\") % 20, x = get_attribute(\"violations\");\n"
	"\ts64 sum = 0;\n"
	"\tfor (u64 i = 0; i < n; i++)\n"
	"\t\tv[i] = (s64)(x = x * 6364136223846793005 + 1) >> 40;\n"
	"\tfor (int i = 1; i < (int)n; i++) {\n"
	"\t\ts64 key = v[i];\n"
	"\t\tint j = i;\n"
	"\t\tfor (; j > 0 && v[j - 1] > key; j--)\n"
	"\t\t\tv[j] = v[j - 1];\n"
	"\t\tv[j] = key;\n"
	"\t}\n"
	"\tfor (u64 i = 0; i < n; i++)\n"
	"\t\tsum = sum * 31 + v[i];\n"
	"\traise_event(\"Sum\", sum);\n"
	"}\n";

static int64_t sorting_model(int64_t windows, int64_t violations)
{
	uint64_t n = (uint64_t)windows % 20, x = (uint64_t)violations, sum = 0;
	int64_t v[20], t;

	for (uint64_t i = 0; i < n; i++)
		v[i] = (int64_t)(x = x * 6364136223846793005 + 1) >> 40;
	for (uint64_t i = 0; i < n; i++) {
		for (uint64_t j = i + 1; j < n; j++) {
			if (v[i] <= v[j])
				continue;
			t = v[i];
			v[i] = v[j];
			v[j] = t;
		}
	}
	for (uint64_t i = 0; i < n; i++)
		sum = sum * 31 + (uint64_t)v[i];
	return (int64_t)sum;
}

/* Same result as in C; and ended at any step, a clean end soon after and on a line of a loop. */
static void check_compiled(const struct sx_result *r, bool timed,
			   int64_t (*model)(int64_t, int64_t), unsigned int first, unsigned int last)
{
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct host h;

	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	for (int i = 0; i < 300; i++) {
		int64_t ret, n = (int64_t)(dio_random() % 60), v = (int64_t)dio_random();

		attrs[5].value = n;
		attrs[6].value = v;
		prepare(&h, attrs);
		h.bpf.timed = timed;
		assert_int_equal(run(&h, r), 0);
		assert_int_equal(h.n, 1);
		assert_true(h.raised[0] == model(n, v));
		h.bpf.expire_at = 1 + dio_random() % h.bpf.steps;
		ret = run(&h, r);
		assert_true(h.bpf.steps <= h.bpf.expire_at + 200);
		if (ret) {
			assert_int_equal(SAFEX_RET_KIND(ret), SAFEX_END_BUDGET);
			assert_in_range(SAFEX_RET_LINE(ret), first, last);
			assert_int_equal(h.n, 0);
		}
	}
}

static void check_loops(const char *source, int64_t (*model)(int64_t, int64_t), unsigned int first,
			unsigned int last)
{
	static struct sx_result r;

	compile(SAFEX_KIND_MONITOR, source, &r);
	check_compiled(&r, false, model, first, last);
	sx_result_release(&r);
	if (t_run_timed(SAFEX_KIND_MONITOR, source, &r))
		fail_msg("%s", r.status.message);
	check_compiled(&r, true, model, first, last);
	sx_result_release(&r);
}

static void test_loops(void **state)
{
	(void)state;
	check_loops(nested, nested_model, 6, 8);
	check_loops(pressure, pressure_model, 7, 12);
	check_loops(sorting, sorting_model, 7, 18);
}

static void test_endless(void **state)
{
	static struct sx_result r;
	static struct host h;
	int64_t ret;

	(void)state;
	compile(SAFEX_KIND_MONITOR, EXT "void monitor()\n{\n\twhile (1);\n}\n", &r);
	prepare(&h, t_cpu()->attrs);
	h.bpf.expire_at = 5000;
	ret = run(&h, &r);
	assert_int_equal(ret, SAFEX_RET(SAFEX_END_BUDGET, 4));
	assert_true(h.bpf.steps < 5010);
	prepare(&h, t_cpu()->attrs);
	h.bpf.may_goto = 100;
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_LOOP, 4));
	sx_result_release(&r);
}

static void test_exceptions(void **state)
{
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result r;
	static struct host h;

	(void)state;
	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	compile(SAFEX_KIND_MONITOR, EXT "s64 quotient(s64 a, s64 b)\n{\n\treturn a / b;\n}\n"
		"void monitor(void)\n{\n\tif (get_attribute(\"windows\") == 3)\n\t\tsafex_throw();\n"
		"\traise_event(\"Q\", quotient(-7, get_attribute(\"windows\")));\n"
		"\traise_event(\"R\", -7 %\n\t\t(int)get_attribute(\"violations\"));\n}\n", &r);
	prepare(&h, attrs);
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_DIVISION, 4));
	assert_int_equal(h.n, 0);
	attrs[5].value = 2;
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_DIVISION, 11));
	attrs[6].value = 1ll << 32;	/* 0 as an int */
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_DIVISION, 11));
	attrs[5].value = 3;
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_THROWN, 9));
	attrs[5].value = -2;
	attrs[6].value = 4;
	assert_int_equal(run(&h, &r), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.raised[0], 3);
	assert_int_equal(h.raised[1], -3);
	sx_result_release(&r);
}

static const char arrays[] = EXT
	"struct pair { s64 a; s32 b, c; };\n"
	"static s64 s[8];\n"
	"static struct pair p[5];\n"
	"static const u8 t[] = { 9, 8, 7 };\n"
	"void monitor(void)\n"
	"{\n"
	"\ts64 i = get_attribute(\"windows\"), j = get_attribute(\"violations\");\n"
	"\ts[i] += 1;\n"
	"\tp[j].c = (s32)i;\n"
	"\traise_event(\"E\", s[j + 2] + p[i - 1].a + t[j]);\n"
	"}\n";

/* In the frame and within a structure, where only the compiler knows how large an array is. */
static const char inner[] = EXT
	"struct box { s32 before; s32 v[4]; s32 after; };\n"
	"static struct box b[3];\n"
	"void monitor(void)\n"
	"{\n"
	"\ts64 i = get_attribute(\"windows\"), j = get_attribute(\"violations\"), f[4];\n"
	"\tfor (s64 k = 0; k < 4; k++)\n"
	"\t\tf[k] = k * get_attribute(\"period\");\n"
	"\tb[i].v[j] = 1;\n"
	"\traise_event(\"E\", f[i + j] + b[1].v[i]);\n"
	"\traise_event(\"F\", (s32)i << (j + 29) | 1ll << (i * 30 + j));\n"
	"}\n";

static int in(int64_t i, int64_t n)
{
	return i >= 0 && i < n;
}

static void test_arrays(void **state)
{
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result r;
	static struct host h;

	(void)state;
	compile(SAFEX_KIND_MONITOR, arrays, &r);
	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	for (int64_t i = -12; i < 12; i++) {
		for (int64_t j = -12; j < 12; j++) {
			unsigned int line = !in(i, 8) ? 9 : !in(j, 5) ? 10 :
					    !in(j + 2, 8) || !in(i - 1, 5) || !in(j, 3) ? 11 : 0;
			int64_t ret;

			attrs[5].value = i;
			attrs[6].value = j;
			prepare(&h, attrs);
			ret = run(&h, &r);
			if (ret != (line ? SAFEX_RET(SAFEX_END_BOUNDS, line) : 0))
				fail_msg("i %lld j %lld: %llx", (long long)i, (long long)j, (long long)ret);
		}
	}
	attrs[5].value = INT64_MAX / 8 + 2;
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_BOUNDS, 9));
	sx_result_release(&r);
}

static void test_inner(void **state)
{
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result r;
	static struct host h;

	(void)state;
	compile(SAFEX_KIND_MONITOR, inner, &r);
	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	for (int64_t i = -6; i < 6; i++) {
		for (int64_t j = -6; j < 6; j++) {
			int64_t wanted = !in(i, 3) || !in(j, 4) ? SAFEX_RET(SAFEX_END_BOUNDS, 9) :
					 !in(i + j, 4) ? SAFEX_RET(SAFEX_END_BOUNDS, 10) :
					 !in(j + 29, 32) || !in(i * 30 + j, 64) ?
						 SAFEX_RET(SAFEX_END_SHIFT, 11) : 0;

			attrs[5].value = i;
			attrs[6].value = j;
			prepare(&h, attrs);
			assert_int_equal(run(&h, &r), wanted);
		}
	}
	sx_result_release(&r);
}

static const char catching[] = EXT
	"static s64 calls;\n"
	"void caught(exception e)\n"
	"{\n"
	"\traise_event(\"Kind\", e.kind);\n"
	"\traise_event(\"Line\", e.line);\n"
	"\traise_event(\"Calls\", calls / get_attribute(\"violations\"));\n"
	"}\n"
	"void monitor(void)\n"
	"{\n"
	"\ts64 w = get_attribute(\"windows\"), v[4] = { w, w + 1, w + 2, w + 3 };\n"
	"\tcalls++;\n"
	"\traise_event(\"Quotient\", 60 / w);\n"
	"\traise_event(\"Element\", v[w - 1] << (w * 16));\n"
	"\tfor (s64 i = 0; i < w; i++)\n"
	"\t\traise_event(\"Loop\", w / (2 - i));\n"
	"\tif (w == 1)\n"
	"\t\tsafex_throw();\n"
	"}\n";

/* The handler's three events, in place of what was raised before. */
static void assert_caught(struct host *h, const struct sx_result *r, int64_t kind, int64_t line)
{
	assert_int_equal(run(h, r), 0);
	assert_true(h->n >= 4 && h->dropped == h->n - 3);
	assert_int_equal(h->raised[h->n - 3], kind);
	assert_int_equal(h->raised[h->n - 2], line);
}

/* The handler gets kind and line of each, in place of what was staged; its own are not caught. */
static void test_caught(void **state)
{
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result r;
	static struct host h;

	(void)state;
	compile(SAFEX_KIND_MONITOR, catching, &r);
	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	prepare(&h, attrs);
	h.attrs = attrs;
	attrs[6].value = 1;
	attrs[5].value = 1;
	assert_caught(&h, &r, SAFEX_END_THROWN, 18);
	attrs[5].value = 3;
	assert_caught(&h, &r, SAFEX_END_DIVISION, 16);
	attrs[5].value = 4;
	assert_caught(&h, &r, SAFEX_END_SHIFT, 14);
	attrs[5].value = 5;
	assert_caught(&h, &r, SAFEX_END_BOUNDS, 14);
	assert_int_equal(h.raised[h.n - 1], 4);
	attrs[6].value = 0;
	assert_int_equal(run(&h, &r), SAFEX_RET(SAFEX_END_DIVISION, 7));
	h.bpf.may_goto = 0;
	attrs[6].value = 1;
	attrs[5].value = 2;
	assert_int_equal(SAFEX_RET_KIND(run(&h, &r)), SAFEX_END_LOOP);
	sx_result_release(&r);
}

/* A random expression of depth d, as text. */
static void expression(char *to, size_t size, int depth)
{
	static const char *const ops[] = { "+", "-", "*", "/", "<", "<=", "==", "!=", "&&", "||" };
	static const char *const leaves[] = { "target_cpu", "period", "windows", "violations", "0", "1",
		"77", "123456789012" };
	char l[SX_EXPRESSION] = "", r[SX_EXPRESSION] = "";

	if (!depth || dio_random() % 5 == 0) {
		snprintf(to, size, "%s", leaves[dio_random() % 8]);
		return;
	}
	expression(l, 60, depth - 1);
	expression(r, 60, depth - 1);
	switch (dio_random() % 5) {
	case 0:
		snprintf(to, size, "%s(%s, %s)", dio_random() % 2 ? "min" : "max", l, r);
		break;
	case 1:
		snprintf(to, size, "%s(%s)", dio_random() % 2 ? "-" : "!", l);
		break;
	default:
		snprintf(to, size, "(%s) %s %s", l, ops[dio_random() % 10], r);
	}
}

#define EXPRESSIONS 30

/* The parser's reading, clang's reading of what it prints, and BPF's arithmetic agree. */
static void expressions_once(void)
{
	static struct sx_expr e[EXPRESSIONS];
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result r;
	static struct host h;
	char *text, one[SX_EXPRESSION], why[96];
	unsigned int n = 0;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int64_t wanted, ret;

	memcpy(attrs, t_cpu()->attrs, sizeof(attrs));
	/* Neither operand is known to the compiler, nor the result unused. */
	fputs(EXT "#pragma clang diagnostic ignored \"-Winteger-overflow\"\n"	/* as in guards */
	      "#define divide(a, b) ({ s64 n_ = (a), d_ = (b); \\\n"
	      "asm volatile(\"\" : \"+r\"(n_), \"+r\"(d_)); n_ /= d_; asm volatile(\"\" : \"+r\"(n_)); n_; })\n", f);
	fputs("#define attr(n) A##n\n#define A0 get_attribute(\"target_cpu\")\n#define A1 get_attribute(\"period\")\n"
	      "#define A5 get_attribute(\"windows\")\n#define A6 get_attribute(\"violations\")\n"
	      "void monitor(void)\n{\n", f);
	while (n < EXPRESSIONS) {
		expression(one, sizeof(one), 4);
		if (sx_expr_parse(&e[n], one, attrs, t_cpu()->n_attrs, why, sizeof(why)))
			continue;	/* cut off */
		fputs("\traise_event(\"E\", ", f);
		sx_expr_print(f, &e[n++], attrs);
		fputs(");\n", f);
	}
	fputs("}\n", f);
	fclose(f);
	compile(SAFEX_KIND_MONITOR, text, &r);
	for (int i = 0; i < 50; i++) {
		for (int a = 0; a < 8; a++)
			attrs[a].value = dio_random() % 2 ? (int64_t)dio_random() : (int64_t)(dio_random() % 3) - 1;
		prepare(&h, attrs);
		ret = run(&h, &r);
		for (n = 0; n < EXPRESSIONS && !sx_expr_eval(&e[n], attrs, &wanted); n++)
			assert_true(n < h.n ? h.raised[n] == wanted : ret != 0);
		assert_int_equal(SAFEX_RET_KIND(ret), n < EXPRESSIONS ? SAFEX_END_DIVISION : 0);
	}
	free(text);
	sx_result_release(&r);
}

static void test_expressions(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		expressions_once();
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event),	   cmocka_unit_test(test_loops),
		cmocka_unit_test(test_endless),	   cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_arrays),	   cmocka_unit_test(test_inner),
		cmocka_unit_test(test_caught),	   cmocka_unit_test(test_expressions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	dio_random_begin(argc, argv);
	return t_each_compiler(group);
}
