/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ld_log.h"

static const char refusal[] =
	"0: R1=ctx() R10=fp0\n"
	"; int run(struct safex_ctx *c) @ monitor.c:3\n"
	"0: (79) r1 = *(u64 *)(r1 +0)          ; R1_w=trusted_ptr_safex_ctx()\n"
	"1: (b7) r2 = 99                       ; R2_w=99\n"
	"2: (85) call safex_get_attribute#1234\n"
	"R1 must be referenced or trusted\n"
	"R2 type=scalar expected=fp\n"
	"processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0\n";

static void test_reason_is_kept(void **state)
{
	char out[512];

	(void)state;
	ld_log_excerpt(refusal, out, sizeof(out));
	assert_non_null(strstr(out, "R1 must be referenced or trusted"));
	assert_non_null(strstr(out, "R2 type=scalar expected=fp"));
	assert_non_null(strstr(out, "monitor.c:3"));
	assert_non_null(strstr(out, "call safex_get_attribute"));
	assert_null(strstr(out, "processed"));
	assert_null(strstr(out, "R2_w"));
	assert_null(strstr(out, "R10=fp0"));
	assert_int_not_equal(out[strlen(out) - 1], '\n');
}

static void test_end_of_a_long_one(void **state)
{
	char log[4096] = "", out[512];
	unsigned int lines = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(log + strlen(log), "line %d\n", i);
	ld_log_excerpt(log, out, sizeof(out));
	assert_non_null(strstr(out, "line 99"));
	assert_null(strstr(out, "line 87\n"));
	for (const char *p = out; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines + 1, LD_LOG_LINES);
}

static void test_small_room(void **state)
{
	char out[20];

	(void)state;
	ld_log_excerpt("first line\nsecond line\n", out, sizeof(out));
	assert_string_equal(out, "first line");
	ld_log_excerpt("one line that is longer than the room\n", out, sizeof(out));
	assert_string_equal(out, "");
}

static void test_odd_logs(void **state)
{
	char out[64];

	(void)state;
	ld_log_excerpt("", out, sizeof(out));
	assert_string_equal(out, "");
	ld_log_excerpt("\n\n\n", out, sizeof(out));
	assert_string_equal(out, "");
	ld_log_excerpt("no end of line", out, sizeof(out));
	assert_string_equal(out, "no end of line");
}

static void test_processed(void **state)
{
	(void)state;
	assert_int_equal(ld_log_processed(refusal), 3);
	assert_int_equal(ld_log_processed("processed 1000001 insns (limit 1000000)"), 1000001);
	assert_int_equal(ld_log_processed("nothing said"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reason_is_kept), cmocka_unit_test(test_end_of_a_long_one),
		cmocka_unit_test(test_small_room), cmocka_unit_test(test_odd_logs),
		cmocka_unit_test(test_processed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
