/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process is which: ended, reused numbers, threads, pid namespaces. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_process.h"

/* In a pid namespace of its own, as a container's first process, if inside. */
static pid_t start_process(bool inside)
{
	int flags = (geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWPID;
	pid_t outer, pid, *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	assert_true(told != MAP_FAILED);
	outer = fork();
	if (!outer) {
		if (inside && unshare(flags))
			_exit(1);
		pid = fork();
		if (!pid)
			for (;;)
				pause();
		*told = pid;
		_exit(pid < 0);
	}
	assert_int_equal(waitpid(outer, &status, 0), outer);
	assert_int_equal(status, 0);
	pid = *told;
	munmap(told, sizeof(*told));
	return pid;
}

static void end_process(pid_t pid, int fd)
{
	kill(pid, SIGKILL);
	while (!dio_process_ended(fd))
		;
	close(fd);
}

static void told_apart(void **state)
{
	pid_t one = start_process(false), other = start_process(false);
	int a = dio_process_open(one), b = dio_process_open(other), again;
	uint64_t id = dio_process_id(a, one);

	(void)state;
	assert_true(a >= 0 && b >= 0);
	assert_true(id && id == dio_process_id(a, one) && id != dio_process_id(b, other));
	assert_true(dio_process_is(a, one, id) && dio_process_is(a, one, 0));
	assert_false(dio_process_is(b, other, id));
	again = dio_process_open_id(one, id);
	assert_true(again >= 0);
	close(again);
	/* As a number that is another's by now. */
	assert_int_equal(dio_process_open_id(other, id), -ESRCH);
	assert_false(dio_process_ended(a));
	end_process(one, a);
	assert_int_equal(dio_process_open_id(one, id), -ESRCH);
	end_process(other, b);
	assert_int_equal(dio_process_open(0), -ESRCH);
	assert_int_equal(dio_process_open(-1), -ESRCH);
	assert_int_equal(dio_process_open(0x7ffffff0), -ESRCH);
}

static uint64_t start_time(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], line[1024] = "";
	char *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	end = strrchr(line, ')');
	assert_int_equal(sscanf(end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
				"%*d %*d %*d %*d %*d %*d %llu", &start), 1);
	return start;
}

/* An id as it was told before pidfs: the start time. */
static void told_by_its_start(void **state)
{
	int fd = dio_process_open(getpid());
	uint64_t start = start_time(getpid());

	(void)state;
	assert_true(dio_process_is(fd, getpid(), start));
	assert_false(dio_process_is(fd, getpid(), start + 1));
	close(fd);
}

static void *waits(void *arg)
{
	*(pid_t *)arg = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void thread_is_no_process(void **state)
{
	volatile pid_t tid = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, waits, (void *)&tid), 0);
	while (!tid)
		sched_yield();
	assert_int_equal(dio_process_open(tid), -EINVAL);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static void ids_of_a_container(void **state)
{
	pid_t outside = start_process(false), inside = start_process(true);
	int a = dio_process_open(outside), b = dio_process_open(inside);

	(void)state;
	assert_true(a >= 0 && b >= 0);
	assert_true(dio_process_shares_ids(a));
	assert_false(dio_process_shares_ids(b));
	assert_true(dio_process_id(b, inside) != dio_process_id(a, outside));
	assert_false(dio_process_shares_ids(-1));
	assert_false(dio_process_shares_ids(STDERR_FILENO));
	end_process(inside, b);
	end_process(outside, a);
}

/* That /proc can't be read for want of a descriptor is no proof that a process has ended. */
static void without_descriptors(void **state)
{
	pid_t pid = start_process(false);
	uint64_t id = start_time(pid);
	int fd[64], n = 0, again;
	struct rlimit all, few;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &all);
	few = all;
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 64 && (fd[n] = dup(STDERR_FILENO)) >= 0)
		n++;
	close(fd[--n]);
	again = dio_process_open_id(pid, id);
	while (n)
		close(fd[--n]);
	setrlimit(RLIMIT_NOFILE, &all);
	assert_int_equal(again, -EIO);
	again = dio_process_open_id(pid, id);
	assert_true(again >= 0);
	end_process(pid, again);
	assert_int_equal(dio_process_open_id(pid, id), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_apart),
		cmocka_unit_test(without_descriptors), cmocka_unit_test(told_by_its_start),
		cmocka_unit_test(thread_is_no_process), cmocka_unit_test(ids_of_a_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
