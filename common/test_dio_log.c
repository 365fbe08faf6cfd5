/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dio_log.h"

static char logged[8192];

/* What dio_log writes to stderr for text, in `logged`. */
static void capture(enum dio_log_level level, const char *text)
{
	int p[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	close(p[1]);
	errno = EXDEV;
	dio_log(level, "%s", text);
	assert_int_equal(errno, EXDEV);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(p[0], logged, sizeof(logged) - 1);
	assert_true(n >= 0);
	logged[n] = '\0';
	close(p[0]);
}

static void lines(void **state)
{
	(void)state;
	dio_log_open("prog", DIO_LOG_INFO);
	capture(DIO_LOG_WARN, "text");
	assert_string_equal(logged, "prog: warning: text\n");
	capture(DIO_LOG_DEBUG, "hidden");
	assert_string_equal(logged, "");
	capture(DIO_LOG_ERROR, "a\nprog: error: forged\x1b[2J\x7f\xc3\xa4");
	assert_string_equal(logged, "prog: error: a\\x0aprog: error: forged\\x1b[2J\\x7f\xc3\xa4\n");
}

/* Of systemd's journal, the priority is what it asks for, and the name it knows. */
static void journal(void **state)
{
	char stream[64];
	struct stat st;
	int p[2], saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(fstat(p[1], &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	dio_log_open("prog", DIO_LOG_INFO);
	capture(DIO_LOG_WARN, "of another file");
	assert_string_equal(logged, "prog: warning: of another file\n");
	dup2(p[1], STDERR_FILENO);
	dio_log_open("prog", DIO_LOG_INFO);
	dup2(saved, STDERR_FILENO);
	capture(DIO_LOG_WARN, "text");
	assert_string_equal(logged, "<4>text\n");
	capture(DIO_LOG_ERROR, "<7>a\n<7>b");
	assert_string_equal(logged, "<3><7>a\\x0a<7>b\n");
	unsetenv("JOURNAL_STREAM");
	dio_log_open("prog", DIO_LOG_INFO);
	close(saved);
	close(p[0]);
	close(p[1]);
}

static void long_text(void **state)
{
	static char big[5000];

	(void)state;
	memset(big, '\n', sizeof(big) - 1);
	capture(DIO_LOG_ERROR, big);
	assert_in_range(strlen(logged), 1900, 2048);
	assert_ptr_equal(strchr(logged, '\n'), logged + strlen(logged) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines), cmocka_unit_test(journal),
					    cmocka_unit_test(long_text) };

	return cmocka_run_group_tests_name("dio_log", tests, NULL, NULL);
}
