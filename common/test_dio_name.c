/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "dio_name.h"

static void parse_and_format(void **state)
{
	static const struct {
		const char *in;
		bool extension;
		const char *out;
	} cases[] = {
		{ "cpu", false, "local/cpu" },
		{ "node1/cpu", false, "node1/cpu" },
		{ "cpu/usage", true, "local/cpu/usage" },
		{ "node-1.a_b/cpu/0usage", true, "node-1.a_b/cpu/0usage" },
	};
	struct dio_name n;
	char buf[DIO_PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dio_name_parse(cases[i].in, cases[i].extension, &n), 0);
		assert_int_equal(dio_name_format(&n, buf, sizeof(buf)), 0);
		assert_string_equal(buf, cases[i].out);
		assert_int_equal(dio_name_format(&n, buf, strlen(cases[i].out)), -ENOSPC);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *in;
		bool extension;
		int err;
	} cases[] = {
		{ "", false, -EINVAL },	    { "/", false, -EINVAL },
		{ "cpu/", false, -EINVAL }, { "/cpu", false, -EINVAL },
		{ "a/b/c", false, -EINVAL }, { "cpu", true, -EINVAL },
		{ "a/b/c/d", true, -EINVAL }, { "a//b", true, -EINVAL },
		{ "a b", false, -EINVAL },  { "../etc", true, -EINVAL },
		{ "-x", false, -EINVAL },   { "a\nb", false, -EINVAL },
		{ "\xc3\xa4", false, -EINVAL },
		{ "abcdefghijklmnopqrstuvwxyz012345", false, -ENAMETOOLONG },
	};
	struct dio_name n = { .host = "kept" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dio_name_parse(cases[i].in, cases[i].extension, &n), cases[i].err);
		assert_string_equal(n.host, "kept");
	}
}

static void longest(void **state)
{
	const char *part = "abcdefghijklmnopqrstuvwxyz01234";
	char whole[100], buf[DIO_PATH_MAX];
	struct dio_name n;

	(void)state;
	assert_true(dio_name_part_valid(part));
	assert_false(dio_name_part_valid("abcdefghijklmnopqrstuvwxyz012345"));
	strcpy(whole, part);
	strcat(strcat(whole, "/"), part);
	strcat(strcat(whole, "/"), part);
	assert_int_equal(dio_name_parse(whole, true, &n), 0);
	assert_int_equal(dio_name_format(&n, buf, sizeof(buf)), 0);
	assert_string_equal(buf, whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_format),
		cmocka_unit_test(refused),
		cmocka_unit_test(longest),
	};

	return cmocka_run_group_tests_name("dio_name", tests, NULL, NULL);
}
