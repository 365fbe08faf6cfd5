/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "safexd_rpc.h"
#include "sx_pipeline.h"
#include "sx_request.h"

#define MS 1000000ull

static char source[] = "void monitor(void) { }";
static dio_x_attr attrs[2];

static sx_prepare_args args_of(uint32_t kind)
{
	sx_prepare_args a = { .request = 1, .uid = 1001 };

	a.spec.key = (dio_x_key){ kind, 0x11, "node1/cpu/usage", "" };
	a.spec.file = "monitor.c";
	a.spec.period = kind == SAFEX_KIND_MONITOR ? 10 * MS : 0;
	a.spec.source.source_val = source;
	a.spec.source.source_len = sizeof(source);
	return a;
}

static sx_prepare_args class_args(void)
{
	sx_prepare_args a = args_of(SAFEX_KIND_CLASS);

	a.spec.key.name = "cpu";
	a.spec.source.source_len = 0;
	a.spec.pid = 1;
	attrs[0] = (dio_x_attr){ "target_cpu", 5, 0, 0 };
	attrs[1] = (dio_x_attr){ "frames", 0, 0, 0 };
	a.spec.attrs.attrs_len = 2;
	a.spec.attrs.attrs_val = attrs;
	return a;
}

static void refused(const sx_prepare_args *a, enum dio_error code, const char *part)
{
	struct dio_status st = { 0 };
	struct sx_spec spec;

	assert_int_equal(sx_spec_parse(a, &spec, &st), code);
	assert_int_equal(st.code, code);
	if (!strstr(st.message, part))
		fail_msg("\"%s\" does not say \"%s\"", st.message, part);
}

static void test_good(void **state)
{
	sx_prepare_args a = args_of(SAFEX_KIND_MONITOR);
	struct dio_status st = { 0 };
	struct sx_spec spec;

	(void)state;
	assert_int_equal(sx_spec_parse(&a, &spec, &st), DIO_E_OK);
	assert_string_equal(spec.key.name, "cpu/usage");
	assert_int_equal(spec.period, 10 * MS);
	assert_int_equal(spec.budget, 50000);
	assert_int_equal(spec.length, sizeof(source));
}

static void test_defaults_of_a_manager(void **state)
{
	sx_prepare_args a = args_of(SAFEX_KIND_MANAGER);
	struct dio_status st = { 0 };
	struct sx_spec spec;

	(void)state;
	a.spec.key.cd = 0;
	a.spec.key.name = "cpu";
	assert_int_equal(sx_spec_parse(&a, &spec, &st), DIO_E_OK);
	assert_int_equal(spec.period, 10 * MS);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", "cpu", "a/b/c/d", "cpu/", "/usage", "cpu/us age",
					   "cpu/../x", "cpu/\n" };
	sx_prepare_args a = args_of(SAFEX_KIND_MONITOR);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a.spec.key.name = (char *)bad[i];
		refused(&a, DIO_E_INVALID, "is no name of the form");
	}
	a = args_of(SAFEX_KIND_CHANNEL);
	refused(&a, DIO_E_INVALID, "is no name of the form");
	a = args_of(SAFEX_KIND_MONITOR);
	a.spec.key.second = "cpu/pid";
	refused(&a, DIO_E_INVALID, "only an event channel");
}

static void test_kinds(void **state)
{
	sx_prepare_args a = args_of(SAFEX_KIND_MONITOR);

	(void)state;
	a.spec.key.kind = SAFEX_KIND_GUARD;
	refused(&a, DIO_E_INVALID, "no kind");
	a.spec.key.kind = 4000000000u;
	refused(&a, DIO_E_INVALID, "no kind");
	a = args_of(SAFEX_KIND_MONITOR);
	a.spec.key.cd = 0;
	refused(&a, DIO_E_INVALID, "class descriptor");
	a = args_of(SAFEX_KIND_MANAGER);
	refused(&a, DIO_E_INVALID, "a service manager has not a class descriptor");
	a = args_of(SAFEX_KIND_MONITOR);
	a.request = 0;
	refused(&a, DIO_E_INVALID, "number");
}

static void test_times(void **state)
{
	sx_prepare_args a = args_of(SAFEX_KIND_MONITOR);

	(void)state;
	a.spec.period = 0;
	refused(&a, DIO_E_RANGE, "period of 0 ns is not between 1000000 and");
	a.spec.period = (uint64_t)-10000000;
	refused(&a, DIO_E_RANGE, "period");
	a = args_of(SAFEX_KIND_HANDLER);
	a.spec.period = 5 * MS;
	refused(&a, DIO_E_INVALID, "a handler has no period");
	a = args_of(SAFEX_KIND_HANDLER);
	a.spec.budget = 999;
	refused(&a, DIO_E_RANGE, "budget of 999 ns");
	a.spec.budget = 11 * MS;
	refused(&a, DIO_E_RANGE, "budget");
	a = args_of(SAFEX_KIND_MONITOR);
	a.spec.period = 2 * MS;
	a.spec.budget = 3 * MS;
	refused(&a, DIO_E_RANGE, "budget of 3000000 ns is not between 1000 and 2000000");
}

static void test_source(void **state)
{
	sx_prepare_args a = args_of(SAFEX_KIND_MONITOR);

	(void)state;
	a.spec.source.source_len = 0;
	refused(&a, DIO_E_INVALID, "monitor.c: source is empty");
	a.spec.source.source_len = SX_SOURCE_MAX + 1;
	refused(&a, DIO_E_TOO_BIG, "source of 262145 bytes, 262144 are allowed");
}

static void test_attributes(void **state)
{
	sx_prepare_args a = class_args();
	static dio_x_attr many[SAFEX_ATTRS_MAX + 1];

	(void)state;
	attrs[1].name = "target_cpu";
	refused(&a, DIO_E_INVALID, "attribute target_cpu is given twice");
	a = class_args();
	attrs[0].name = "tar get";
	refused(&a, DIO_E_INVALID, "no attribute name");
	a = class_args();
	attrs[0].rights = SAFEX_MGR_WRITE;
	refused(&a, DIO_E_INVALID, "not an application's to give");
	a = class_args();
	attrs[0].role = SAFEX_ROLE_TARGET;
	refused(&a, DIO_E_INVALID, "only a manager gives roles");
	a = class_args();
	a.spec.attrs.attrs_len = SAFEX_ATTRS_MAX + 1;
	a.spec.attrs.attrs_val = many;
	refused(&a, DIO_E_TOO_BIG, "65 attributes, 64 are allowed");
	a = class_args();
	a.spec.pid = -1;
	refused(&a, DIO_E_INVALID, "no process id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_defaults_of_a_manager),
		cmocka_unit_test(test_names), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_times), cmocka_unit_test(test_source),
		cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
