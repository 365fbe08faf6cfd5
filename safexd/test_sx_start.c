/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader is started with: a script in its place tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_start.h"

static char script[] = "/tmp/dio-loader-XXXXXX";

/* Prints its environment to the socket, and what is in no list is the shell's own. */
static int set_up(void **state)
{
	static const char text[] = "#!/bin/sh\nenv | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= >&3\n"
				   "echo end >&3\n";
	int fd = mkstemp(script);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(fchmod(fd, 0700), 0);
	assert_int_equal(close(fd), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(script);
}

static void told_by_loader(char *told, size_t room)
{
	struct sx_options o = { .loader = script, .loader_user = "nobody" };
	size_t used = 0;
	ssize_t n;
	int sock;

	assert_int_equal(sx_start_loader(&o, &sock), 0);
	while ((n = recv(sock, told + used, room - 1 - used, 0)) > 0)
		used += (size_t)n;
	told[used] = '\0';
	close(sock);
	while (wait(NULL) > 0)
		;
}

/* It logs to the same file: without this its lines would have no priority in the journal. */
static void test_journal(void **state)
{
	char told[4096];

	(void)state;
	setenv("JOURNAL_STREAM", "8:4711", 1);
	told_by_loader(told, sizeof(told));
	assert_string_equal(told, "JOURNAL_STREAM=8:4711\nend\n");
}

static void test_nothing_else(void **state)
{
	char told[4096];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	setenv("LD_PRELOAD_LATER", "x", 1);
	told_by_loader(told, sizeof(told));
	assert_string_equal(told, "end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_journal),
					    cmocka_unit_test(test_nothing_else) };

	return cmocka_run_group_tests_name("sx_start", tests, set_up, tear_down);
}
