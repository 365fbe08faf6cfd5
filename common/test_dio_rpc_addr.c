/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "dio_rpc_addr.h"

static void good(void **state)
{
	static const char *const cases[][2] = {
		{ "unix:/run/dionisys/nameserver", "unix:/run/dionisys/nameserver" },
		{ "tcp:127.0.0.1:700", "tcp:127.0.0.1:700" },
		{ "tcp:localhost:0", "tcp:127.0.0.1:0" },
		{ "tcp:[::1]:65535", "tcp:[::1]:65535" },
	};
	struct dio_rpc_addr a;
	char buf[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dio_rpc_addr_parse(cases[i][0], &a), 0);
		assert_int_equal(dio_rpc_addr_format(&a, buf, sizeof(buf)), 0);
		assert_string_equal(buf, cases[i][1]);
	}
	assert_int_equal(dio_rpc_addr_format(&a, buf, 10), -ENOSPC);
}

static void bad(void **state)
{
	static const char *const cases[] = {
		"", "x", "unix:", "unix:relative", "udp:127.0.0.1:1", "tcp:", "tcp:127.0.0.1",
		"tcp::700", "tcp:127.0.0.1:", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:70x",
		"tcp:127.0.0.1:-1", "tcp:example.org:1", "tcp:::1:700", "tcp:[::1:700", "tcp:[]:1",
		"tcp:127.0.0.1:000001",
	};
	struct dio_rpc_addr a;
	char path[200] = "unix:/";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(dio_rpc_addr_parse(cases[i], &a), -EINVAL);
	memset(path + 6, 'x', 107);
	assert_int_equal(dio_rpc_addr_parse(path, &a), -ENAMETOOLONG);
	path[5 + 107] = '\0';
	assert_int_equal(dio_rpc_addr_parse(path, &a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good), cmocka_unit_test(bad) };

	return cmocka_run_group_tests_name("dio_rpc_addr", tests, NULL, NULL);
}
