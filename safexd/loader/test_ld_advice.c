/* SPDX-License-Identifier: GPL-2.0-only */
/* What an author is told for the messages of the verifier of Linux 6.12, and of 7.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ld_advice.h"

static const struct {
	const char *said, *told;
} messages[] = {
	{ "R1 invalid mem access 'scalar'", "a number is used as an address" },
	{ "R3 !read_ok", "may be read before it has a value" },
	{ "math between map_value pointer and register with unbounded min value is not allowed",
	  "an index may be outside its variable" },
	{ "invalid unbounded variable-offset write to stack R2", "make the array static" },
	{ "combined stack size of 2 calls is 544. Too large", "more than 512 bytes" },
	{ "invalid read from stack off -16+0 size 8", "may be read before it has a value" },
	{ "R2 min value is negative, either use unsigned index or do a if (index >=0) check.",
	  "an index may be outside its variable" },
	{ "invalid access to map value, value_size=32 off=32 size=8; "
	  "R1 max value is outside of the allowed memory range", "an index may be outside its variable" },
	{ "R1 pointer arithmetic on trusted_ptr_ prohibited", "only an index can be added" },
	{ "misaligned value access off (0x0; 0x0)+1+0 size 8", "do not pack structures" },
	{ "infinite loop detected at insn 7", "let it change a variable" },
	{ "unreachable insn 5", "can never be reached" },
	{ "BPF program is too large. Processed 1000001 insn", "too many ways through it" },
	{ "The sequence of 8193 jumps is too complex.", "too many ways through it" },
	{ "R1 must be referenced or trusted", "call it by the macros" },
	{ "R1 is map_value expected STRUCT safex_ctx", "call it by the macros" },
	{ "calling kernel function bpf_task_acquire is not allowed", "use the calls of the header" },
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		char log[512], out[1024];

		snprintf(log, sizeof(log), "; x @ a.c:7\n0: (95) exit\n%s\n", messages[i].said);
		ld_advice(log, out, sizeof(out));
		if (strncmp(out, "a.c:7: ", 7) || !strstr(out, messages[i].told) ||
		    !strstr(out, messages[i].said))
			fail_msg("%s: %s", messages[i].said, out);
	}
}

static void test_not_known(void **state)
{
	char out[256];

	(void)state;
	ld_advice("; x @ a.c:7\n0: (95) exit\nsomething new\n", out, sizeof(out));
	assert_string_equal(out, "a.c:7: the kernel's verifier refuses it: something new");
	ld_advice("0: (95) exit\nsomething new\n", out, sizeof(out));
	assert_string_equal(out, "the kernel's verifier refuses it: something new");
	ld_advice("", out, sizeof(out));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
