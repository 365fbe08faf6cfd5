/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guards as they are generated: the text for the CPU manager, and the compiled
 * program against a model in C on random writes.
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

#define ROUNDS	20000
#define NONE	(-1)

/* As safex_guard_ctx in safex_ops.h. */
struct context {
	uint32_t expired, slot;
	uint64_t zero, now, last;
	int64_t value, old, others_ppm, cap_ppm;
	uint32_t maps, unused;
	int64_t mapped, attr[SAFEX_ATTRS_MAX];
};

struct host {
	struct context ctx;
	int64_t value[SAFEX_ATTRS_MAX];
	int mapped;
	int64_t mapped_value;
};

static const char *const names[] = { NULL };

static int64_t ask(struct host *h, const struct sx_object *guard)
{
	static struct t_bpf t;
	uint64_t args[] = { (uintptr_t)&h->ctx };
	int64_t said;

	t = (struct t_bpf){ .names = names, .steps_max = 10000, .expired = &h->ctx.expired,
			    .may_goto = 1000 };
	memcpy(h->ctx.attr, h->value, sizeof(h->ctx.attr));
	h->ctx.maps = 0;
	h->ctx.mapped = 0;
	said = t_bpf_run(&t, guard->data, guard->size, args);
	h->mapped = (int)h->ctx.maps - 1;
	h->mapped_value = h->ctx.mapped;
	return said;
}

enum { TARGET, PERIOD, MINIMUM, MAXIMUM, ACTUAL, TIMESLICE = 8, ADJUSTMENT = 10, SHARE = 13,
       CPU_ATTRS = 17 };

/* Figure 4, as cpu.c declares it. */
static int64_t model_cpu(struct host *h)
{
	const int64_t *v = h->value, value = h->ctx.value;
	int64_t mapped;

	h->mapped = NONE;
	h->mapped_value = 0;
	if (h->ctx.slot != ADJUSTMENT)
		return h->ctx.slot < CPU_ATTRS ? SAFEX_GUARD_RIGHTS : SAFEX_GUARD_OK;
	if (value < -10000000000 || value > 10000000000)
		return SAFEX_GUARD_RANGE;
	if (v[TARGET] + value > v[TIMESLICE] && v[ACTUAL] > v[SHARE]) {
		h->mapped = TIMESLICE;
		h->mapped_value = v[MINIMUM];
		return SAFEX_GUARD_UNSAFE;
	}
	mapped = v[TARGET] + value > 0 ? v[TARGET] + value : 0;
	mapped = mapped < v[MAXIMUM] ? mapped : v[MAXIMUM];
	mapped = mapped > v[MINIMUM] ? mapped : v[MINIMUM];
	if (mapped < 10000 || mapped > 10000000000)
		return SAFEX_GUARD_CONTRACT;
	h->mapped = TIMESLICE;
	h->mapped_value = mapped;
	if (!v[PERIOD])
		return SAFEX_GUARD_FAULT;
	if (h->ctx.others_ppm + mapped * 1000000 / v[PERIOD] > h->ctx.cap_ppm)
		return SAFEX_GUARD_SUM;
	return SAFEX_GUARD_OK;
}

/* Values near the edges often, anything sometimes. */
static int64_t near(int64_t around)
{
	switch (dio_random() % 8) {
	case 0: return around;
	case 1: return around + 1;
	case 2: return around - 1;
	case 3: return (int64_t)dio_random();
	case 4: return 0;
	default: return (int64_t)(dio_random() % (2 * (uint64_t)around + 1));
	}
}

/* A sum that is just enough, or just not. */
static void at_the_cap(struct host *h)
{
	int64_t x = h->ctx.slot == ADJUSTMENT ? h->value[TARGET] + h->ctx.value : h->ctx.value;

	if (x > h->value[MAXIMUM])
		x = h->value[MAXIMUM];
	if (x > 0 && x < 10000000000 && h->value[PERIOD])
		h->ctx.others_ppm = 950000 - x * 1000000 / h->value[PERIOD] + (int64_t)(dio_random() % 2);
}

static void randomize(struct host *h)
{
	int64_t target = (int64_t)(dio_random() % 1000000000);

	memset(h, 0, sizeof(*h));
	h->value[TARGET] = target;
	h->value[PERIOD] = dio_random() % 50 ? (int64_t)(dio_random() % 2000000000) : 0;
	h->value[MINIMUM] = dio_random() % 2 ? target : near(target);
	h->value[MAXIMUM] = dio_random() % 2 ? target + target / 33 : near(target);
	h->value[ACTUAL] = near(target);
	h->value[TIMESLICE] = near(target);
	h->value[SHARE] = dio_random() % 2 ? target : near(target);
	h->ctx.slot = dio_random() % 4 ? ADJUSTMENT : (uint32_t)(dio_random() % (CPU_ATTRS + 2));
	h->ctx.value = dio_random() % 2 ? near(10000000000) : near(target) - target;
	h->ctx.others_ppm = (int64_t)(dio_random() % 1000000);
	h->ctx.cap_ppm = 950000;
	h->ctx.now = dio_random() % 1000000;
	h->ctx.last = dio_random() % 3 ? dio_random() % 1000000 : 0;
	h->ctx.old = dio_random() % 2 ? near(target) :
				      h->ctx.value + 1000001 - (int64_t)(dio_random() % 2000003);
	if (dio_random() % 2)
		at_the_cap(h);
}

static void show(const struct host *h, int64_t said, const struct host *m, int64_t wanted)
{
	fail_msg("slot %u value %lld old %lld target %lld period %lld min %lld max %lld actual %lld "
		 "others %lld: %lld, mapped %d to %lld; model: %lld, %d to %lld", h->ctx.slot,
		 (long long)h->ctx.value, (long long)h->ctx.old, (long long)h->value[TARGET],
		 (long long)h->value[PERIOD], (long long)h->value[MINIMUM],
		 (long long)h->value[MAXIMUM], (long long)h->value[ACTUAL],
		 (long long)h->ctx.others_ppm, (long long)said, h->mapped, (long long)h->mapped_value,
		 (long long)wanted, m->mapped, (long long)m->mapped_value);
}

static void compare(const struct sx_object *guard, int64_t (*model)(struct host *))
{
	unsigned int seen[16] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		struct host h, m;
		int64_t said, wanted;

		randomize(&h);
		m = h;
		said = ask(&h, guard);
		wanted = model(&m);
		if (said != wanted || h.mapped != m.mapped || h.mapped_value != m.mapped_value)
			show(&h, said, &m, wanted);
		seen[wanted & 15]++;
	}
	assert_true(seen[SAFEX_GUARD_OK] > ROUNDS / 100 && seen[SAFEX_GUARD_RANGE] > ROUNDS / 100);
}

static void test_cpu_model(void **state)
{
	(void)state;
	compare(&t_cpu()->guard, model_cpu);
}

static const char strict[] =
	"#include <safex/manager.h>\n"
	"attribute(\"target\", .role = TARGET, .minimum = 1, .maximum = 1 * SEC, .rights = APP_WRITE);\n"
	"attribute(\"period\", .role = PERIOD, .minimum = 1, .maximum = 2 * SEC, .rights = APP_WRITE);\n"
	"attribute(\"minimum\", .role = MINIMUM, .minimum = 0, .maximum = 1 * SEC, .rights = APP_WRITE);\n"
	"attribute(\"maximum\", .role = MAXIMUM, .minimum = 1, .maximum = 1 * SEC, .rights = APP_WRITE);\n"
	"attribute(\"knob\", .minimum = -1000, .maximum = 1000 * MS, .step = 1000000, .rate = 50000,\n"
	"	.rights = EXT_WRITE, .safe_when = \"value != 7 && !(old < value / 2) || minimum > 3\");\n"
	"void manager(void) { }\n";

static int64_t model_roles(struct host *h)
{
	const int64_t *v = h->value, x = h->ctx.value;

	if (h->ctx.slot == PERIOD)
		return v[TARGET] > x ? SAFEX_GUARD_CONTRACT : SAFEX_GUARD_OK;
	if (h->ctx.slot == MINIMUM)
		return x > v[TARGET] ? SAFEX_GUARD_CONTRACT : SAFEX_GUARD_OK;
	if (h->ctx.slot == MAXIMUM)
		return v[TARGET] > x ? SAFEX_GUARD_CONTRACT : SAFEX_GUARD_OK;
	if (v[MINIMUM] > x || x > v[MAXIMUM] || x > v[PERIOD])
		return SAFEX_GUARD_CONTRACT;
	if (!v[PERIOD])
		return SAFEX_GUARD_FAULT;
	return h->ctx.others_ppm + x * 1000000 / v[PERIOD] > h->ctx.cap_ppm ? SAFEX_GUARD_SUM :
									       SAFEX_GUARD_OK;
}

static int64_t model_strict(struct host *h)
{
	static const int64_t high[] = { 1000000000, 2000000000, 1000000000, 1000000000, 1000000000 };
	static const int64_t low[] = { 1, 1, 0, 1, -1000 };
	const int64_t x = h->ctx.value, old = h->ctx.old;

	h->mapped = NONE;
	h->mapped_value = 0;
	if (h->ctx.slot > 4)
		return SAFEX_GUARD_OK;
	if (x < low[h->ctx.slot] || x > high[h->ctx.slot])
		return SAFEX_GUARD_RANGE;
	if (h->ctx.slot < 4)
		return model_roles(h);
	if ((x > old ? (uint64_t)x - (uint64_t)old : (uint64_t)old - (uint64_t)x) > 1000000)
		return SAFEX_GUARD_STEP;
	if (h->ctx.last && h->ctx.now - h->ctx.last < 50000)
		return SAFEX_GUARD_RATE;
	return (x != 7 && !(old < x / 2)) || h->value[MINIMUM] > 3 ? SAFEX_GUARD_OK :
								     SAFEX_GUARD_UNSAFE;
}

static void test_strict_model(void **state)
{
	static struct sx_result r;

	(void)state;
	if (t_run(SAFEX_KIND_MANAGER, strict, &r))
		fail_msg("%s", r.status.message);
	compare(&r.guard, model_strict);
	sx_result_release(&r);
}

/* The CPU manager's guard, word for word. */
static void test_golden(void **state)
{
	struct sx_job job = { .role = SAFEX_KIND_MANAGER, .file = "cpu.c", .explain = true };
	static struct sx_result r;
	char *wanted, *source;
	size_t size;

	(void)state;
	job.source = source = t_file("safexd/managers/cpu.c", &job.length);
	assert_int_equal(sx_pipeline_run(t_tools(), &job, &r), 0);
	wanted = t_file("safexd/managers/cpu.guard", &size);
	assert_string_equal(r.rules, wanted);
	sx_result_release(&r);
	free(wanted);
	free(source);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_cpu_model),
		cmocka_unit_test(test_strict_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	dio_random_begin(argc, argv);
	return t_each_compiler(group);
}
