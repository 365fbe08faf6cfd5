/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose contract it is: by the kernel's word, whatever number a caller tells. */
#include "ns_testing_rpc.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dionisys_rpc.h"

#define MANAGER SAFEX_KIND_MANAGER

/* A child that says what it was told, and then waits for its end. */
struct heard {
	pid_t pid;		/* of the child, outside */
	int code[3];
};

/* A container's first process: its own number is 1. */
static void speak(struct stage *s, int fd)
{
	struct heard said = { 0 };
	uint64_t cd = 0;

	s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
	said.code[0] = getpid() == 1 ? ask_init(s, 11, &cd) : -1;
	said.code[1] = ask_class(s, 12, cd, "cpu", getpid());
	said.code[2] = ask_class(s, 13, cd, "cpu", 0);
	if (write(fd, &said, sizeof(said)) != sizeof(said))
		_exit(1);
	for (;;)
		pause();
}

static struct heard in_container(struct stage *s)
{
	int p[2], q[2], status, flags = (geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWPID;
	struct heard said;
	pid_t outer, pid;

	assert_true(!pipe(p) && !pipe(q));
	outer = fork();
	if (!outer) {
		if (unshare(flags))
			_exit(1);
		pid = fork();
		if (!pid)
			speak(s, p[1]);
		_exit(pid < 0 || write(q[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	assert_int_equal(waitpid(outer, &status, 0), outer);
	assert_int_equal(status, 0);
	assert_int_equal(read(q[0], &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(read(p[0], &said, sizeof(said)), sizeof(said));
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
	said.pid = pid;
	return said;
}

static void test_in_a_container(void **state)
{
	struct stage *s = *state;
	unsigned int active;
	struct heard said;

	assert_int_equal(ask_create(s, 1, MANAGER, 0, "cpu", NULL), 0);
	said = in_container(s);
	assert_int_equal(said.code[0], 0);
	/* 1 is another process here. */
	assert_int_equal(said.code[1], DIO_E_INVALID);
	assert_int_equal(said.code[2], 0);
	assert_int_equal(ask_report(s, &active), 2);
	/* It was the caller's: it goes with the caller. */
	kill(said.pid, SIGKILL);
	while (ask_report(s, &active) != 1 || ask_list(s, &active) != 1)
		;
}

static void test_own_by_no_number_and_by_its_own(void **state)
{
	struct stage *s = *state;
	uint64_t cd;

	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, 3, MANAGER, 0, "mem", NULL), 0);
	assert_int_equal(ask_class(s, 4, cd, "cpu", 0), 0);
	assert_int_equal(ask_class(s, 5, cd, "mem", getpid()), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_a_container), TEST(test_own_by_no_number_and_by_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
