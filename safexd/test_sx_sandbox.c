/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sandbox by itself: what a compiler that has been taken over can do and
 * see, that nothing of it outlives its time, and that nothing is compiled
 * where the machine has not all that a sandbox needs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sx_advice.h"
#include "sx_compiler.h"
#include "sx_world.h"
#include "t_attacks.h"
#include "t_pipeline.h"

#define GOOD	"void monitor(void) { }"

/* t-intruder, beside this program, in the place of clang. */
static struct sx_tools intruder(const struct sx_tools *base)
{
	struct sx_tools tools = *base;
	ssize_t n = readlink("/proc/self/exe", tools.clang, sizeof(tools.clang) - 12);

	assert_true(n > 0);
	tools.clang[n] = '\0';
	strcpy(strrchr(tools.clang, '/') + 1, "t-intruder");
	return tools;
}

static int run(const struct sx_tools *tools, const char *const argv[], const void *input,
	       size_t size, struct sx_output *o)
{
	struct sx_sandbox sandbox;
	int ret = sx_sandbox_start(tools, argv, &sandbox);

	return ret ? ret : sx_sandbox_finish(&sandbox, input, size, o);
}

static char *intrude(const struct sx_tools *base)
{
	static const char *const argv[] = { "-cc1", NULL };
	struct sx_tools tools = intruder(base);
	struct sx_output o;

	assert_int_equal(run(&tools, argv, "", 0, &o), 0);
	if (!o.started || o.exited || !o.out)
		fail_msg("intruder: exit %d: %s", o.exited, o.err ? o.err : "");
	free(o.err);
	return o.out;
}

static void test_intruder_can_nothing(void **state)
{
	char *said = intrude(t_tools());

	(void)state;
	if (strstr(said, ": yes"))
		fail_msg("%s", said);
	assert_non_null(strstr(said, "make_process: no"));
	assert_non_null(strstr(said, "load_module: no"));
	free(said);
}

/* All that is there: what the compiler needs, and two variables that say nothing. */
static void test_intruder_sees_nothing(void **state)
{
	static const char *const known[] = { "sees /clang", "sees /lib", "sees /lib64", "sees /resource",
		"sees /sdk", "environment LD_LIBRARY_PATH",
		"environment PWD", "uid -1" };
	char *said = intrude(t_tools());
	size_t i;

	(void)state;
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n")) {
		if (strchr(line, ':'))
			continue;
		for (i = 0; i < sizeof(known) / sizeof(known[0]) && strcmp(line, known[i]); i++)
			;
		if (i == sizeof(known) / sizeof(known[0]))
			fail_msg("%s", line);
	}
	free(said);
}

/* The test itself: without a sandbox, all that needs no privilege is possible. */
static void test_intruder_without_sandbox(void **state)
{
	struct sx_tools tools = t_tools_open(&t_tools()->limits);
	char directory[] = "/tmp/sx-sandbox-XXXXXX", *said, *end;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	f = fopen("secret", "we");
	assert_non_null(f);
	fputs("word", f);
	fclose(f);
	said = intrude(&tools);
	unlink("secret");
	assert_int_equal(chdir("/"), 0);
	rmdir(directory);
	end = strstr(said, "-:");
	assert_non_null(end);
	*end = '\0';
	if (strstr(said, ": no"))
		fail_msg("%s", said);
	free(said);
}

/* It holds stderr open and waits; when this returns nobody does any more. */
static void test_time(void **state)
{
	static const char *const argv[] = { "-cc1", "wait", NULL };
	struct sx_tools tools = intruder(t_tools());
	struct sx_output o;
	char input[1024 * 1024] = "";

	(void)state;
	tools.limits.wall_ms = 300;
	assert_int_equal(run(&tools, argv, input, sizeof(input), &o), 0);
	if (!o.limit)
		fail_msg("ended by itself: %d: %s", o.exited, o.err ? o.err : "");
	assert_string_equal(o.limit, "it took too long");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	sx_output_release(&o);
}

static const char *const waiting[] = { "-cc1", "wait", NULL };

/* Of a process and all below it, as many as there are; n so far. */
static size_t descendants(pid_t pid, pid_t *all, size_t n, size_t max)
{
	char path[64];
	int child;
	FILE *f;

	if (n == max)
		return n;
	all[n++] = pid;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1)
		n = descendants(child, all, n, max);
	if (f)
		fclose(f);
	return n;
}

/* One that nobody has collected yet counts as gone: it holds nothing. */
static bool is_there(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (f)
		fclose(f);
	return state != 'Z';
}

/* bubblewrap, its process 1, the compiler. */
#define PROCESSES	3

static void start_waiting(const struct sx_tools *tools, struct sx_sandbox *run, pid_t *all)
{
	assert_int_equal(sx_sandbox_start(tools, waiting, run), 0);
	while (descendants(run->pid, all, 0, PROCESSES) < PROCESSES)
		assert_true(sx_sandbox_waits(run));
}

static void drop_all(struct sx_sandbox *run, const pid_t *all)
{
	uint64_t end = sx_now_ms() + 10000;

	sx_sandbox_drop(run);
	for (size_t i = 0; i < PROCESSES; i++)
		while (is_there(all[i]))
			assert_true(sx_now_ms() < end);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_false(sx_sandbox_waits(run));
}

static void test_dropped(void **state)
{
	struct sx_tools tools = intruder(t_tools());
	struct sx_sandbox run;
	pid_t all[PROCESSES];

	(void)state;
	start_waiting(&tools, &run, all);
	while (!sx_sandbox_loaded(&run))
		assert_true(sx_sandbox_waits(&run));
	drop_all(&run, all);
	sx_sandbox_drop(&run);
}

/*
 * Process 1 is stopped as soon as it has started the compiler: mostly before it
 * has asked to die with bubblewrap.
 */
static void test_dropped_early(void **state)
{
	struct sx_tools tools = intruder(t_tools());
	struct sx_sandbox run;
	pid_t all[PROCESSES];

	(void)state;
	for (int i = 0; i < 10; i++) {
		start_waiting(&tools, &run, all);
		kill(all[1], SIGSTOP);
		drop_all(&run, all);
	}
}

/* What died while it waited is known to have, and can only be dropped. */
static void test_dead(void **state)
{
	struct sx_tools tools = intruder(t_tools());
	int before = dup(0), after;
	struct sx_sandbox run;

	(void)state;
	assert_int_equal(sx_sandbox_start(&tools, waiting, &run), 0);
	while (!sx_sandbox_loaded(&run))
		assert_true(sx_sandbox_waits(&run));
	kill(run.pid, SIGKILL);
	while (sx_sandbox_waits(&run))
		;
	sx_sandbox_drop(&run);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	after = dup(0);
	assert_int_equal(after, before + 1);	/* every descriptor is free again */
	close(before);
	close(after);
}

/* However long it has waited, the time is that of the work. */
static void test_late_input(void **state)
{
	static const char source[] = "int late(void) { return 1; }";
	struct sx_tools tools = *t_tools();
	const char *argv[SX_ARGV];
	struct sx_sandbox run;
	struct sx_output o;
	uint64_t begin = sx_now_ms();

	(void)state;
	tools.limits.wall_ms = 3000;
	sx_compiler_argv(SX_STEP_ASSEMBLY, tools.cpu, argv);
	assert_int_equal(sx_sandbox_start(&tools, argv, &run), 0);
	while (!sx_sandbox_loaded(&run) || sx_now_ms() <= begin + tools.limits.wall_ms)
		assert_true(sx_sandbox_waits(&run));
	assert_int_equal(sx_sandbox_finish(&run, source, strlen(source), &o), 0);
	if (o.limit || o.exited)
		fail_msg("%d, %s: %s", o.exited, o.limit ? o.limit : "", o.err ? o.err : "");
	assert_non_null(strstr(o.out, "late:"));
	sx_output_release(&o);
}

/* Nor does one that waits lend the next its descriptors. */
static void test_intruder_beside_another(void **state)
{
	struct sx_tools tools = intruder(t_tools());
	struct sx_sandbox run;
	char *said;

	(void)state;
	assert_int_equal(sx_sandbox_start(&tools, waiting, &run), 0);
	said = intrude(t_tools());
	sx_sandbox_drop(&run);
	assert_non_null(strstr(said, "use_descriptors: no"));
	free(said);
}

static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int ret = fd >= 0 && write(fd, text, strlen(text)) > 0 ? 0 : -errno;

	close(fd);
	return ret;
}

static int no_namespaces(struct sx_tools *tools)
{
	(void)tools;
	if (unshare(CLONE_NEWUSER)) {
		perror("unshare");
		return -errno;
	}
	return put("/proc/sys/user/max_user_namespaces", "0");
}

/* As a container has it: bubblewrap could not turn off namespaces inside its own. */
static int read_only_settings(struct sx_tools *tools)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char users[32], groups[32];

	(void)tools;
	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || put("/proc/self/setgroups", "deny") ||
	    put("/proc/self/uid_map", users) || put("/proc/self/gid_map", groups) ||
	    mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL))
		return -errno;
	return mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL);
}

static int few_descriptors(struct sx_tools *tools)
{
	const struct rlimit few = { 8, 8 };

	(void)tools;
	return setrlimit(RLIMIT_NOFILE, &few);
}

/* A kernel without seccomp says EINVAL. */
static int no_seccomp(struct sx_tools *tools)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	(void)tools;
	if (!ctx || seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
				     SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)))
		return -EINVAL;
	return seccomp_load(ctx);
}

static int no_bubblewrap(struct sx_tools *tools)
{
	strcpy(tools->bwrap, "/nonexistent");
	return 0;
}

/* Says nothing and succeeds, but has started nothing. */
static int other_bubblewrap(struct sx_tools *tools)
{
	strcpy(tools->bwrap, "/bin/true");
	return 0;
}

static int no_library(struct sx_tools *tools)
{
	memcpy(tools->libraries, "/nonexistent", 12);
	return 0;
}

/* Also says of nothing that it was the author's fault. */
static int compile_without(int (*spoil)(struct sx_tools *), int to)
{
	static struct sx_result r;
	struct sx_tools tools = *t_tools();
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "x.c", .source = GOOD,
			      .length = strlen(GOOD) };

	if (spoil(&tools))
		return 2;
	if (!sx_pipeline_run(&tools, &job, &r))
		return 3;
	dprintf(to, "%s", r.status.message);
	return r.status.code == DIO_E_INTERNAL ? 0 : 4;
}

static void refuses(int (*spoil)(struct sx_tools *), const char *part, const char *advice)
{
	char said[4096] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	t_tools();
	pid = fork();
	if (!pid)
		_exit(compile_without(spoil, fds[1]));
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (read(fds[0], said, sizeof(said) - 1) < 0)
		fail();
	close(fds[0]);
	if (status || strncmp(said, "nothing is compiled", 19) || !strstr(said, part) || !strstr(said, advice))
		fail_msg("status %x: %s", status, said);
}

static void test_fails_closed(void **state)
{
	(void)state;
	refuses(no_namespaces, "namespace", "sysctl user.max_user_namespaces");
	refuses(read_only_settings, "Read-only file system", "systempaths=unconfined");
	refuses(few_descriptors, "Too many open files", "ulimit -n");
	refuses(no_seccomp, "system call filter", "CONFIG_SECCOMP_FILTER");
	refuses(no_bubblewrap, "bubblewrap cannot be run", "install bubblewrap");
	refuses(other_bubblewrap, "bubblewrap cannot be run", "install bubblewrap");
	refuses(no_library, "/nonexistent", "must be readable");
}

/* What bubblewrap says where this machine can't be made to let it. */
static void test_advice(void **state)
{
	static const char *const said[][2] = {
		{ "bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns" },
		{ "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "a profile with \"userns,\"" },
		{ "bwrap: setting up uid map: Operation not permitted", "CAP_SETFCAP" },
		{ "bwrap: No permissions to create new namespace, likely because the kernel does not allow "
		  "non-privileged user namespaces.", "seccomp=unconfined" },
		{ "bwrap: Creating new namespace failed: Resource temporarily unavailable", "ulimit -u" },
		{ "bwrap: Failed to make / slave: Permission denied", "apparmor=unconfined" },
		{ "bwrap: Unknown option --disable-userns", "0.8 or newer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (!strstr(sx_advice(said[i][0]), said[i][1]))
			fail_msg("%s%s", said[i][0], sx_advice(said[i][0]));
	assert_string_equal(sx_advice("bwrap: no such words"), "");
}

/* Limits of who calls stay, those that are lower and that of the user's processes. */
static void test_limits(void **state)
{
	const struct rlimit few = { 20, 20 };
	struct rlimit before, after, files;
	int status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (setrlimit(RLIMIT_NOFILE, &few) || getrlimit(RLIMIT_NPROC, &before) ||
		    sx_world_limit(&t_tools()->limits) || getrlimit(RLIMIT_NPROC, &after) ||
		    getrlimit(RLIMIT_NOFILE, &files))
			_exit(1);
		_exit(files.rlim_cur != 20 ? 2 : before.rlim_max != after.rlim_max ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The author does not get to say that it was the machine's fault. */
static void test_author_is_not_the_sandbox(void **state)
{
	static struct sx_result r;

	(void)state;
	assert_int_not_equal(t_run(SAFEX_KIND_MONITOR, "#line 1 \"bwrap: No permissions to create new namespace\"\n"
				   "nonsense\n", &r), 0);
	assert_int_equal(r.status.code, DIO_E_COMPILE);
}

/* Turning off the warning does not give the time of day. */
static void test_no_time(void **state)
{
	static const char source[] = "#pragma clang diagnostic ignored \"-Wdate-time\"\n"
		"const char *volatile p = \"<\" __DATE__ __TIME__ __TIMESTAMP__ \">\";\n" GOOD;
	struct t_seen seen;

	(void)state;
	t_see(t_tools(), source, &seen);
	assert_true(t_contains(&seen, "<nonenonenone>"));
	free(seen.text);
}

/* Nor to steer the terminal of who reads the compiler's words. */
static void test_escapes(void **state)
{
	static const char *const sources[] = {
		"#line 1 \"\\033]0;x\\007\\033[2J\"\nnonsense\n", "#error \x1b[31m\n", "#error \xe2\x80\xae\n",
		"#pragma message(\"\\033[2J\\b\\b\")\nnonsense\n", "#warning \xff\xfe\n", "int \"\x01\x02\n",
		"#line 1 \"a\\nsafexd: error: b\"\nnonsense\n", "#define \xc2\x9b x\nnonsense\n",
	};
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		assert_int_not_equal(t_run(SAFEX_KIND_MONITOR, sources[i], &r), 0);
		assert_true(*r.status.message);
		for (const char *c = r.status.message; *c; c++)
			assert_true(*c == '\n' || *c == '\t' || (*c >= ' ' && *c <= '~'));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intruder_can_nothing), cmocka_unit_test(test_intruder_sees_nothing),
		cmocka_unit_test(test_intruder_without_sandbox), cmocka_unit_test(test_time),
		cmocka_unit_test(test_dropped), cmocka_unit_test(test_dropped_early),
		cmocka_unit_test(test_dead), cmocka_unit_test(test_late_input),
		cmocka_unit_test(test_intruder_beside_another),
		cmocka_unit_test(test_fails_closed), cmocka_unit_test(test_author_is_not_the_sandbox),
		cmocka_unit_test(test_advice), cmocka_unit_test(test_limits), cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_escapes),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
