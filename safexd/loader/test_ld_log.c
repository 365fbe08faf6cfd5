/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ld_log.h"

/* As Linux 6.12 says it. */
static const char refusal[] =
	"reg type unsupported for arg#0 function handler#12\n"
	"0: R1=ctx() R10=fp0\n"
	"; void handler(event ev) @ outside.c:3\n"
	"0: (79) r0 = *(u64 *)(r1 +0)\n"
	"func 'handler' arg0 has btf_id 107340 type STRUCT 'safex_ctx'\n"
	"; table[ev.value]++; @ outside.c:5\n"
	"8: (18) r3 = 0xffff8880054beb08       ; R3_w=map_value(map=.bss,ks=4,vs=32)\n"
	"10: (0f) r3 += r1\n"
	"math between map_value pointer and register with unbounded min value is not allowed\n"
	"processed 9 insns (limit 1000000) max_states_per_insn 0 total_states 0\n";

static void reason_is(const char *log, const char *reason)
{
	char out[512];

	ld_log_reason(log, out, sizeof(out));
	assert_string_equal(out, reason);
}

static void test_line_and_reason(void **state)
{
	char place[LD_PLACE_MAX];

	(void)state;
	reason_is(refusal, "math between map_value pointer and register with unbounded min value "
		  "is not allowed");
	ld_log_place(refusal, place, sizeof(place));
	assert_string_equal(place, "outside.c:5");
	ld_log_place("1: (95) exit\nno place\n", place, sizeof(place));
	assert_string_equal(place, "");
}

/* Register states look like reasons that name a register. */
static void test_registers(void **state)
{
	(void)state;
	reason_is("2: (85) call safex_catch#1234\n"
		  "R1=scalar() R2_w=3\n"
		  "R1 must be referenced or trusted\n"
		  "R2 type=scalar expected=fp\n",
		  "R1 must be referenced or trusted; R2 type=scalar expected=fp");
}

static void test_no_address_gets_out(void **state)
{
	(void)state;
	reason_is("1: (95) exit\nbad map at 0xffff8880054beb08, flags 0x10\n",
		  "bad map at 0x????????????????, flags 0x10");
}

static void test_lines_are_bounded(void **state)
{
	(void)state;
	reason_is("a\nb\nc\nd\ne\nf\n", "a; b; c; d");
}

static void test_small_room(void **state)
{
	char out[20];

	(void)state;
	ld_log_reason(refusal, out, sizeof(out));
	assert_string_equal(out, "math between map_va");
	ld_log_reason(refusal, out, 1);
	assert_string_equal(out, "");
}

static void test_odd_logs(void **state)
{
	(void)state;
	reason_is("", "");
	reason_is("\n\n\n", "");
	reason_is("; nothing @ x.c:1\n", "");
	reason_is("@ ", "@ ");
	reason_is("no end of line", "no end of line");
	reason_is("; @ \nwhy\n", "why");
}

static void test_processed(void **state)
{
	(void)state;
	assert_int_equal(ld_log_processed(refusal), 9);
	assert_int_equal(ld_log_processed("processed 1000001 insns (limit 1000000)"), 1000001);
	assert_int_equal(ld_log_processed("nothing said"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_and_reason), cmocka_unit_test(test_registers),
		cmocka_unit_test(test_no_address_gets_out), cmocka_unit_test(test_lines_are_bounded),
		cmocka_unit_test(test_small_room), cmocka_unit_test(test_odd_logs),
		cmocka_unit_test(test_processed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
