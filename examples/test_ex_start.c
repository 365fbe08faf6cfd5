/* SPDX-License-Identifier: GPL-2.0-only */
/* The common start of applications: progress files and the gate. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "ex_app.h"

static char file[64];

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(file, "/tmp/dio-ex-XXXXXX");
	fd = mkstemp(file);
	assert_true(fd >= 0);
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(file);
}

static void progress_is_seen(void **state)
{
	const struct ex_progress *other;
	struct ex_progress *p;

	(void)state;
	errno = 0;
	assert_null(ex_progress_open(file));
	assert_int_equal(errno, EAGAIN);
	p = ex_progress_create(file);
	assert_non_null(p);
	assert_null(ex_progress_open(file));
	assert_int_equal(errno, EAGAIN);
	p->magic = EX_PROGRESS_MAGIC;
	other = ex_progress_open(file);
	assert_non_null(other);
	p->pieces = 12;
	assert_int_equal(other->pieces, 12);
	ex_progress_unmap(other);
	ex_progress_unmap(p);
}

static void progress_without_a_file(void **state)
{
	struct ex_progress *p = ex_progress_create(NULL);

	(void)state;
	assert_non_null(p);
	p->pieces = 1;
	ex_progress_unmap(p);
	assert_null(ex_progress_create("/nonexistent/progress"));
	assert_null(ex_progress_open("/nonexistent/progress"));
	assert_int_equal(errno, EAGAIN);
}

/* The one that waits writes to the pipe after the gate; nothing is there before. */
static void gate_holds_and_opens(void **state)
{
	int gate = open(file, O_RDONLY | O_CLOEXEC), fds[2], status;
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(flock(gate, LOCK_EX), 0);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		close(gate);
		if (write(fds[1], "a", 1) != 1 || ex_gate_wait(file) || write(fds[1], "b", 1) != 1)
			_exit(1);
		_exit(0);
	}
	while (read(fds[0], &byte, 1) != 1)
		;
	assert_int_equal(byte, 'a');
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(read(fds[0], &byte, 1), -1);
	assert_int_equal(flock(gate, LOCK_UN), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'b');
	close(gate);
	close(fds[0]);
	close(fds[1]);
}

static void gate_that_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(ex_gate_wait("/nonexistent/gate"), -1);
}

static int parse(struct ex_options *o, char *a, char *b, char *c, char *d)
{
	char *argv[] = { "dio-test", a, b, c, d, NULL };
	int argc = d ? 5 : c ? 4 : b ? 3 : a ? 2 : 1;

	optind = 0;
	return ex_options_parse(argc, argv, "pieces", o);
}

static void options(void **state)
{
	struct ex_options o;

	(void)state;
	assert_int_equal(parse(&o, "--target", "20", "--period", "100"), -1);
	assert_true(o.target == 20000000 && o.period == 100000000 && o.dionisys);
	assert_int_equal(parse(&o, "--target", "20", "--period", "0"), 2);
	assert_int_equal(parse(&o, "--target", "-1", "--period", "100"), 2);
	assert_int_equal(parse(&o, "--target", "2x", "--period", "100"), 2);
	assert_int_equal(parse(&o, "--target", "20", NULL, NULL), 2);
	assert_int_equal(parse(&o, "--target=5", "--period=6", "surplus", NULL), 2);
	assert_int_equal(parse(&o, "--target=5", "--period=6", "--no-dionisys", NULL), -1);
	assert_false(o.dionisys);
	assert_int_equal(parse(&o, "--target=5", "--period=6", "--name=0123456789abcdef", NULL), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(progress_is_seen),	    TEST(progress_without_a_file),
		TEST(gate_holds_and_opens), TEST(gate_that_is_not_there),
		TEST(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
