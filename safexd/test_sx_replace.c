/* SPDX-License-Identifier: GPL-2.0-only */
/* New versions: in place of the old ones, back to them, over a restart. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sx_testing.h"

#define MS 1000000ll

static struct sx_spec version(uint32_t number, const char *source)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", source);

	spec.version = number;
	spec.request = 100 + number;
	return spec;
}

static struct fake_object *monitor(struct fixture *f)
{
	return fake_find(&f->kernel, "cpu/m");
}

static void refused(struct fixture *f, const struct sx_spec *spec, enum dio_error code,
		    const char *part)
{
	struct answer a = prepare(f, spec);

	assert_int_equal(a.code, code);
	if (!strstr(a.message, part))
		fail_msg("\"%s\" does not say \"%s\"", a.message, part);
}

static bool is_alone(struct fixture *f)
{
	return !monitor(f)->kept;
}

static void test_replaced(void **state)
{
	struct sx_spec spec = version(2, "ok"), third = version(3, "other");
	struct fixture *f = *state;
	struct answer a;

	deploy_all(f);
	a = prepare(f, &spec);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(monitor(f)->version, 1);
	assert_int_equal(monitor(f)->next, 2);
	assert_int_equal(monitor(f)->share, 1);
	assert_int_equal(commit(f, &spec).code, DIO_E_OK);
	assert_int_equal(monitor(f)->version, 2);
	assert_int_equal(monitor(f)->previous, 1);
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	refused(f, &third, DIO_E_BUSY, "version 2 is on probation");
	await_true(f, is_alone);
	assert_int_equal(monitor(f)->version, 2);
	assert_int_equal(sx_core_count(f->core), 5);
	deploy(f, third);
	assert_int_equal(monitor(f)->share, 0);
	assert_int_equal(sx_core_count(f->core), 5);
	spec = version(1, "ok");
	refused(f, &spec, DIO_E_EXISTS, "exists already");
}

static void test_goes_back(void **state)
{
	struct sx_spec spec = version(2, "other");
	struct fixture *f = *state;

	deploy_all(f);
	deploy(f, spec);
	fake_go_back(&f->kernel, "cpu/m");
	await_true(f, is_alone);
	assert_int_equal(monitor(f)->version, 1);
	spec = version(3, "ok");
	deploy(f, spec);
	assert_int_equal(monitor(f)->version, 3);
	assert_int_equal(monitor(f)->share, 1);
}

/* Whatever is refused leaves the old one as it is. */
static void test_refused(void **state)
{
	struct sx_spec spec = version(2, "bad"), other = version(2, "ok");
	struct fixture *f = *state;

	deploy_all(f);
	refused(f, &spec, DIO_E_COMPILE, "it is bad");
	other.uid = 1001;
	refused(f, &other, DIO_E_DENIED, "belongs to user 0");
	other.uid = 0;
	f->kernel.fail_op = LD_NEXT;
	f->kernel.fail_error = -EINVAL;
	f->kernel.fail_step = LD_STEP_LOAD;
	f->kernel.fail_message = "the verifier says no";
	refused(f, &other, DIO_E_LOAD, "the verifier says no");
	assert_int_equal(prepare(f, &other).code, DIO_E_OK);
	assert_int_equal(abort_it(f, &other).code, DIO_E_OK);
	assert_int_equal(monitor(f)->next, 0);
	assert_int_equal(monitor(f)->version, 1);
	assert_int_equal(sx_core_count(f->core), 5);
	other.request++;
	deploy(f, other);
}

static void test_removed_while_prepared(void **state)
{
	struct sx_spec spec = version(2, "ok"), channel = spec_channel(0x11, "cpu/m", "cpu/h");
	struct fixture *f = *state;
	struct answer a;

	deploy_all(f);
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	assert_int_equal(destroy(f, &channel).code, DIO_E_OK);
	a = destroy(f, &spec);
	assert_int_equal(a.code, DIO_E_IN_USE);
	assert_int_equal(abort_it(f, &spec).code, DIO_E_OK);
	assert_int_equal(destroy(f, &spec).code, DIO_E_OK);
	assert_int_equal(sx_core_count(f->core), 3);
}

static bool is_dropped(struct fixture *f)
{
	return !monitor(f)->next;
}

static void test_commit_does_not_come(void **state)
{
	struct sx_spec spec = version(2, "ok");
	struct fixture *f = *state;

	deploy_all(f);
	f->prepare_ms = 20;
	fixture_restart(f);
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	await_true(f, is_dropped);
	assert_int_equal(monitor(f)->version, 1);
	assert_int_equal(sx_core_count(f->core), 5);
}

static void test_restart(void **state)
{
	struct sx_spec spec = version(2, "ok");
	struct fixture *f = *state;

	deploy_all(f);
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	fixture_restart(f);
	await_true(f, is_dropped);
	deploy(f, spec);
	fixture_restart(f);
	assert_int_equal(monitor(f)->kept, 1);
	spec.request++;
	spec.version++;
	refused(f, &spec, DIO_E_BUSY, "on probation");
	await_true(f, is_alone);
	assert_int_equal(monitor(f)->version, 2);
}

/* It went back while no daemon was there to see it. */
static void test_restart_after_going_back(void **state)
{
	struct sx_spec spec = version(2, "ok");
	struct fixture *f = *state;

	deploy_all(f);
	deploy(f, spec);
	fake_go_back(&f->kernel, "cpu/m");
	fixture_restart(f);
	await_true(f, is_alone);
	assert_int_equal(monitor(f)->version, 1);
	deploy(f, version(3, "ok"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
		TEST(test_replaced), TEST(test_goes_back), TEST(test_refused),
		TEST(test_removed_while_prepared), TEST(test_commit_does_not_come),
		TEST(test_restart), TEST(test_restart_after_going_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
