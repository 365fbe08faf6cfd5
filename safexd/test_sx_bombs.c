/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each attack of t_bombs is ended by its limits in the sandbox. Without one,
 * and with limits that only guard this test, it goes beyond them: it proves
 * the bomb. Argument: a pattern of names.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "t_attacks.h"
#include "t_pipeline.h"

#define MIB	(1u << 20)

/* Lower than a daemon's: they are the same mechanism. */
static const struct sx_limits limits = { .wall_ms = 10000, .cpu_s = 1, .memory = 640 * MIB,
					 .out = MIB, .err = MIB / 16 };
static const struct sx_limits guard = { .wall_ms = 10000, .cpu_s = 2, .memory = 1536 * MIB,
					.out = 4 * MIB, .err = MIB };
static char directory[] = "/tmp/sx-bombs-XXXXXX";
static struct sx_tools inside, open_tools;

static int set_up(void **state)
{
	(void)state;
	inside = *t_tools();
	inside.limits = limits;
	open_tools = t_tools_open(&guard);
	assert_non_null(mkdtemp(directory));
	return chdir(directory) || mkfifo("fifo", 0644);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink("fifo") || chdir("/") || rmdir(directory);
}

struct spent {
	double cpu, wall;	/* seconds */
};

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void measure(struct spent *s)
{
	struct rusage r;
	struct timespec t;

	getrusage(RUSAGE_CHILDREN, &r);
	clock_gettime(CLOCK_MONOTONIC, &t);
	s->cpu = seconds(r.ru_utime) + seconds(r.ru_stime);
	s->wall = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void explode(const struct sx_tools *tools, const char *source, struct t_seen *seen,
		    struct spent *spent)
{
	struct spent before;

	measure(&before);
	t_see(tools, source, seen);
	measure(spent);
	spent->cpu -= before.cpu;
	spent->wall -= before.wall;
}

/* Stopped, or not even begun; two runs at most, and none of it left. */
static void is_contained(const char *source)
{
	struct t_seen seen;
	struct spent spent;

	explode(&inside, source, &seen, &spent);
	if (!seen.limit && !seen.exited)
		fail_msg("compiled in %.1f s: no bomb", spent.cpu);
	assert_true(seen.size < 2 * (size_t)MIB + DIO_MESSAGE_MAX);
	assert_true(spent.cpu < 2 * (limits.cpu_s + 1));
	assert_true(spent.wall < 2 * (limits.wall_ms / 1000.0 + 2));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	free(seen.text);
}

static void goes_beyond(const char *source)
{
	struct t_seen seen;
	struct spent spent;

	explode(&open_tools, source, &seen, &spent);
	if (!seen.limit && spent.cpu < limits.cpu_s && seen.size < limits.err)
		fail_msg("no bomb without limits: %.1f s, %zu bytes, exit %d: %.200s", spent.cpu, seen.size,
			 seen.exited, seen.text);
	free(seen.text);
}

static void test_bomb(void **state)
{
	char *source = t_bomb_source(*state);

	is_contained(source);
	goes_beyond(source);
	free(source);
}

/* These limits let a program through that is none of this. */
static void test_good(void **state)
{
	struct t_seen seen;

	(void)state;
	t_see(&inside, "s64 n;\nvoid monitor(void) { n++; }", &seen);
	assert_int_equal(seen.exited, 0);
	assert_null(seen.limit);
	free(seen.text);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest *tests;

	tests = calloc(t_n_bombs + 1, sizeof(*tests));
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (size_t i = 0; i < t_n_bombs; i++)
		tests[i] = (struct CMUnitTest){ t_bombs[i].name, test_bomb, NULL, NULL,
						(void *)&t_bombs[i] };
	tests[t_n_bombs] = (struct CMUnitTest)cmocka_unit_test(test_good);
	return _cmocka_run_group_tests("bombs", tests, t_n_bombs + 1, set_up, tear_down);
}
