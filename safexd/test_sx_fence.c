/* SPDX-License-Identifier: GPL-2.0-only */
/* What the operator has set for a process, in trees of /proc and cgroups of our own. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_fence.h"

#define PID	77
#define USER	1000
#define ROOT	0

static char top[64], proc[96], cgroup[96];
static struct sx_fence fence;

static void make(const char *file, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, file);
	for (char *at = path + strlen(top) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		assert_true(!mkdir(path, 0700) || errno == EEXIST);
	}
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && !fclose(f));
}

static void make_stat(int nice, int policy)
{
	char text[512];

	snprintf(text, sizeof(text), "%d (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 20 %d 1 0 99 1 1 1 1 1 1 "
		 "1 1 1 1 1 1 1 1 1 1 0 0 %d 0 0\n", PID, nice, policy);
	make("proc/77/stat", text);
}

static void make_limit(const char *soft)
{
	char text[512];

	snprintf(text, sizeof(text), "Limit                     Soft Limit           Hard Limit           Units     \n"
		 "Max open files            1024                 524288               files     \n"
		 "Max nice priority         %-20s 40                   \n"
		 "Max realtime priority     0                    0                    \n", soft);
	make("proc/77/limits", text);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/test-fence-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(proc, sizeof(proc), "%s/proc", top);
	snprintf(cgroup, sizeof(cgroup), "%s/cgroup", top);
	fence = (struct sx_fence){ .proc = proc, .cgroup = cgroup };
	make("proc/77/cgroup", "0::/a/b\n");
	make("cgroup/a/cpu.max", "max 100000\n");
	make("cgroup/a/b/cpu.max", "max 100000\n");
	make_stat(0, SCHED_OTHER);
	make_limit("0");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void allowed(uid_t uid)
{
	struct dio_status st = { 0 };

	if (sx_fence_judge(&fence, PID, uid, &st))
		fail_msg("%s", st.message);
}

/* And only the operator's option lets it be. */
static void refused(uid_t uid, const char *part)
{
	struct dio_status st = { 0 };

	assert_int_equal(sx_fence_judge(&fence, PID, uid, &st), DIO_E_DENIED);
	if (!strstr(st.message, part) || !strstr(st.message, "--beyond-limits"))
		fail_msg("no \"%s\" in: %s", part, st.message);
	fence.beyond = true;
	assert_int_equal(sx_fence_judge(&fence, PID, uid, &st), DIO_E_OK);
	fence.beyond = false;
}

static void test_nothing_is_set(void **state)
{
	(void)state;
	allowed(USER);
	allowed(ROOT);
	make("proc/77/cgroup", "0::/\n");
	allowed(USER);
	make("proc/77/cgroup", "12:pids:/x\n4:cpu,cpuacct:/\n0::/a/b\n");
	allowed(USER);
	make("proc/77/cgroup", "12:cpuset:/x\n0::/a/b\n");
	allowed(USER);
}

static void test_own_quota(void **state)
{
	(void)state;
	make("cgroup/a/b/cpu.max", "20000 100000\n");
	refused(USER, "in cgroup /a/b, whose CPU time is limited (cpu.max 20000 100000)");
	refused(ROOT, "cpu.max 20000 100000");
}

/* Of a container's host, also for what is root in it. */
static void test_quota_above(void **state)
{
	(void)state;
	make("cgroup/a/cpu.max", "50000 100000\n");
	refused(USER, "in cgroup /a, whose");
	refused(ROOT, "in cgroup /a, whose");
}

static void test_idle_cgroup(void **state)
{
	(void)state;
	make("cgroup/a/b/cpu.idle", "0\n");
	allowed(USER);
	make("cgroup/a/cpu.idle", "1\n");
	refused(USER, "cpu.idle");
}

static void test_what_cannot_be_told(void **state)
{
	(void)state;
	make("proc/77/cgroup", "0::/../elsewhere\n");
	refused(USER, "its cgroup cannot be read");
	make("proc/77/cgroup", "0::/gone\n");
	refused(ROOT, "its cgroup cannot be read");
	make("proc/77/cgroup", "4:cpu,cpuacct:/a\n0::/\n");
	refused(USER, "cgroup version 1");
	make("proc/77/cgroup", "nonsense\n");
	refused(USER, "its cgroup cannot be read");
	fence.proc = cgroup;
	refused(ROOT, "hidepid");
}

static void test_nice(void **state)
{
	(void)state;
	make_stat(-5, SCHED_OTHER);
	allowed(USER);
	make_stat(10, SCHED_BATCH);
	refused(USER, "has nice value 10, and its RLIMIT_NICE");
	allowed(ROOT);
	make_limit("19");
	refused(USER, "RLIMIT_NICE");
	make_limit("20");
	allowed(USER);
	make_limit("unlimited");
	allowed(USER);
}

static void test_idle_policy(void **state)
{
	(void)state;
	make_stat(0, SCHED_IDLE);
	refused(USER, "SCHED_IDLE");
	make_limit("20");
	allowed(USER);
	make("proc/77/limits", "nothing\n");
	refused(USER, "SCHED_IDLE");
	make("proc/77/stat", "77 (x) S 1\n");
	refused(USER, "its nice value cannot be read");
}

static void copy(const char *from, const char *to)
{
	char text[8192];
	FILE *f = fopen(from, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	assert_true(n > 0);
	fclose(f);
	text[n] = '\0';
	make(to, text);
}

/* As the kernel writes them: the fields are where they are thought to be. */
static void test_a_real_process(void **state)
{
	struct rlimit none = { 0, 0 };
	int nice = getpriority(PRIO_PROCESS, 0);

	(void)state;
	assert_int_equal(setpriority(PRIO_PROCESS, 0, 13), 0);
	assert_int_equal(setrlimit(RLIMIT_NICE, &none), 0);
	copy("/proc/self/stat", "proc/77/stat");
	copy("/proc/self/limits", "proc/77/limits");
	refused(USER, "has nice value 13, and its RLIMIT_NICE");
	(void)setpriority(PRIO_PROCESS, 0, nice);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_set), TEST(test_own_quota), TEST(test_quota_above),
		TEST(test_idle_cgroup), TEST(test_what_cannot_be_told), TEST(test_nice),
		TEST(test_idle_policy), TEST(test_a_real_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
