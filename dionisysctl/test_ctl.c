/* SPDX-License-Identifier: GPL-2.0-only */
/* What dionisysctl says of what the nameserver tells it, and its exit code. */
#include "d_fake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dionisys_rpc.h"

#define PROGRAM	"dionisysctl/dionisysctl"
#define WHY	"it cannot be reached"

static char said[16384];

/* The exit code of the program with these arguments; what it prints is in `said`. */
static int ctl(const char *arguments)
{
	char command[512];
	size_t n;
	FILE *f;
	int status;

	snprintf(command, sizeof(command), PROGRAM " %s 2>&1", arguments);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	status = pclose(f);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void says(const char *part)
{
	if (!strstr(said, part))
		fail_msg("\"%s\" is not in: %s", part, said);
}

static void says_not(const char *part)
{
	if (strstr(said, part))
		fail_msg("\"%s\" is in: %s", part, said);
}

static dio_x_entry told[] = {
	{ .key = { SAFEX_KIND_MANAGER, 0, "cpu", "" }, .command = "" },
	{ .key = { SAFEX_KIND_CLASS, FAKE_CD, "cpu", "" }, .pid = 77, .command = "mpeg" },
	{ .key = { SAFEX_KIND_MONITOR, FAKE_CD, "cpu/usage", "" }, .command = "" },
	{ .key = { SAFEX_KIND_HANDLER, FAKE_CD, "cpu/pid", "" }, .command = "" },
	{ .key = { SAFEX_KIND_CLASS, FAKE_CD + 1, "cpu", "" }, .pid = 78, .command = "other",
	  .uid = 4000000000u },
};

static void tell(unsigned int known)
{
	fake.entries = told;
	fake.n_entries = sizeof(told) / sizeof(told[0]);
	for (unsigned int i = 0; i < fake.n_entries; i++) {
		told[i].unknown = !known;
		told[i].active = known;
	}
}

/* Nothing is said of what is not known, as if it were zero. */
static void no_safexd(void **state)
{
	(void)state;
	tell(0);
	fake.host_state = DHOST_SILENT;
	fake.host_why = WHY;
	assert_int_equal(ctl("list"), 3);
	says("host local: safexd does not answer (" WHY ")\n");
	says("1122334455667788 class   cpu                unknown, process 77 mpeg of root\n");
	says("1122334455667788 monitor cpu/usage          unknown\n");
	says_not("missed");
	says_not("0.00");
	says_not(" no ");
	assert_int_equal(ctl("status"), 3);
	says("host local: safexd does not answer (" WHY ")\n");
	says("class       2, of which 0 run, 2 are not known\n");
	says("contracts: not known\nextensions: not known\n");
	fake.n_entries = 0;
	assert_int_equal(ctl("status"), 3);
	says("0 applications");
	says("host local: safexd does not answer (" WHY ")\n");
	/* A host that the nameserver has no more. */
	tell(0);
	fake.host_state = DHOST_READY;
	assert_int_equal(ctl("list"), 3);
	says("5 of these have a host that the nameserver does not know");
}

static void list(void **state)
{
	(void)state;
	tell(1);
	told[1].stat = (dio_x_stat){ .windows = 40, .violations = 2,
				     .contract = SAFEX_CONTRACT_IN_FORCE };
	told[2].number = 3;
	told[2].previous = 2;
	told[3].number = 1;
	told[3].failed = 2;
	told[3].cause = SAFEX_END_BUDGET;
	assert_int_equal(ctl("list"), 0);
	says_not("host local");
	says(" yes in force, 2 of 40 periods missed, process 77 mpeg of root\n");
	told[1].stat.contract = SAFEX_CONTRACT_SUSPENDED;
	told[1].stat.reason = -EBUSY;
	assert_int_equal(ctl("list"), 0);
	says(" suspended: the scheduler has no bandwidth left, 2 of 40 periods missed, process 77");
	says(", process 78 other of user 4000000000\n");
	says("  version 3, on probation\n");
	says("  version 1, went back from 2: aborted\n");
	says_not("unknown");
	assert_int_equal(ctl("status"), 0);
	says("nameserver answers; 2 applications have objects\nhost local: safexd answers\n");
	says("contracts: 2 of 40 periods missed\n");
	assert_int_equal(ctl("list -k class 1122334455667788"), 0);
	assert_int_equal(fake_last(NS_LIST_PAGE)->kind, SAFEX_KIND_CLASS);
	assert_true(fake_last(NS_LIST_PAGE)->cd == FAKE_CD);
}

static void ends(const char *which, uint64_t cd)
{
	char arguments[64];

	fake.n_calls = 0;
	snprintf(arguments, sizeof(arguments), "end %s", which);
	assert_int_equal(ctl(arguments), 0);
	assert_true(fake_last(NS_END_APP)->cd == cd);
}

static void names(void **state)
{
	(void)state;
	tell(1);
	ends("--pid 77", FAKE_CD);
	ends("--pid=78", FAKE_CD + 1);
	ends("1122334455667789", FAKE_CD + 1);
	assert_int_equal(fake_count(NS_LIST_PAGE), 0);
	ends("0x1122", 0x1122);
	assert_int_equal(ctl("end 1122"), 1);
	says("1122 is 1122334455667788, 1122334455667789 and perhaps more");
	assert_int_equal(ctl("end 3344"), 1);
	says("3344 is no application that you may see");
	assert_int_equal(ctl("end --pid 79"), 1);
	says("pid=79 is no application");
	fake.n_entries = 4;
	ends("1122", FAKE_CD);
	ends("1", FAKE_CD);
}

/* A source with this name, of which the last six letters are X; to be unlinked. */
static void make_source(char *file)
{
	int fd = mkstemp(file);

	assert_int_equal(write(fd, "void monitor(void)\n", 19), 19);
	close(fd);
}

static void replace(const char *options, int code, const char *text)
{
	char file[] = "/tmp/dio-source-XXXXXX", arguments[128];

	make_source(file);
	fake.n_calls = 0;
	snprintf(arguments, sizeof(arguments), "replace %s 1122334455667788 cpu/usage %s 2", options, file);
	assert_int_equal(ctl(arguments), code);
	unlink(file);
	says("cpu/usage: version 3 runs, on probation for 2 s, with the variables of the one before\n");
	says("at its first abort or exception, or if the main thread gets less than its target");
	says(text);
}

static void verdicts(void **state)
{
	static const unsigned int passes[4] = { 2, 2, 1 }, fails[4] = { 2, 2, 3 }, stays[4] = { 2 };

	(void)state;
	replace("", 0, "comes back");
	assert_int_equal(fake_count(NS_VERSIONS), 0);
	memcpy(fake.verdict, passes, sizeof(passes));
	replace("--wait", 0, "cpu/usage: version 3 has passed its probation\n");
	assert_int_equal(fake_count(NS_VERSIONS), 3);
	memcpy(fake.verdict, fails, sizeof(fails));
	replace("--wait", 4, "cpu/usage: went back from version 3: aborted\n");
	memcpy(fake.verdict, stays, sizeof(stays));
	replace("--wait --timeout 0", 3, "cpu/usage: version 3 is still on probation\n");
}

/* What the compiler warned of is shown, though all was taken. */
static void warnings(void **state)
{
	char file[] = "/tmp/dio-source-XXXXXX", arguments[128];

	(void)state;
	fake.message = "m.c:1:6: warning: variable is not used";
	replace("", 0, fake.message);
	make_source(file);
	snprintf(arguments, sizeof(arguments), "create-manager cpu 1 %s", file);
	assert_int_equal(ctl(arguments), 0);
	says(fake.message);
	snprintf(arguments, sizeof(arguments), "check monitor %s", file);
	assert_int_equal(ctl(arguments), 0);
	says(fake.message);
	unlink(file);
}

static void records(void **state)
{
	(void)state;
	setenv("TZ", "UTC-3", 1);
	assert_int_equal(ctl("records"), 0);
	assert_string_equal(said, "1970-01-02 03:00:00.000 7 1122334455667788 cpu/usage: stopped"
				  " (2 times)\n");
	assert_int_equal(ctl("records --warnings"), 0);
	says("stopped");
	fake.guard_record = true;
	assert_int_equal(ctl("records --warnings"), 0);
	assert_string_equal(said, "");
	assert_int_equal(ctl("records"), 0);
	says("stopped");
	unsetenv("TZ");
}

/*
 * A safexd that starts again numbers on, and what it has told before is not told
 * again; one that has lost its numbers begins anew, and all of that is told.
 */
static void follow(void **state)
{
	static const uint64_t numbers[] = { 7, 7, 7, 8, 3, 3, 0 };
	static const char *const told[] = { " 7 1122", " 8 1122", " 3 1122" };
	char line[256];
	int p[2];
	pid_t pid;
	FILE *f;

	(void)state;
	fake.host_boots = numbers;
	fake.host_boot = 1;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid) {
		dup2(p[1], STDOUT_FILENO);
		execl(PROGRAM, PROGRAM, "records", "-f", NULL);
		_exit(127);
	}
	close(p[1]);
	f = fdopen(p[0], "r");
	for (int i = 0; i < 3; i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		assert_non_null(strstr(line, told[i]));
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	fclose(f);
}

static void waits(void **state)
{
	(void)state;
	assert_int_equal(ctl("wait"), 0);
	assert_string_equal(said, "host local: safexd answers\n");
	fake.host_state = DHOST_DRIVEN;
	fake.host_why = "it is asked";
	assert_int_equal(ctl("wait 0"), 3);
	assert_string_equal(said, "host local: safexd is not ready (it is asked)\n");
	fake.n_calls = 0;
	fake.host_answers = 3;
	assert_int_equal(ctl("wait"), 0);
	assert_int_equal(fake_count(NS_HOSTS), 4);
	fake_dies();
	assert_int_equal(ctl("wait 0"), 3);
	says("the nameserver does not run at");
	fake_starts();
	assert_int_equal(ctl("wait"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_safexd), TEST(list), TEST(names), TEST(verdicts), TEST(warnings), TEST(records), TEST(follow),
		TEST(waits),
	};

	return cmocka_run_group_tests_name("dionisysctl", tests, NULL, NULL);
}
