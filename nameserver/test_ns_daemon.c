/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon itself, over its sockets: authority, hostile arguments, sudden death. */
#include "ns_testing_rpc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR
#define HANDLER SAFEX_KIND_HANDLER
#define CHANNEL SAFEX_KIND_CHANNEL

static void assert_objects(struct stage *s, int n)
{
	unsigned int active;

	assert_int_equal(ask_list(s, &active), n);
	assert_int_equal(active, n);
	assert_int_equal(ask_report(s, &active), n);
	assert_int_equal(active, n);
}

static void test_whole_way(void **state)
{
	struct stage *s = *state;
	uint64_t cd, r = 1;

	assert_int_equal(ask_init(s, r++, &cd), 0);
	assert_int_equal(ask_create(s, r++, CLASS, cd, "cpu", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(ask_create(s, r++, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, r++, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, r++, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(ask_create(s, r++, HANDLER, cd, "cpu/pid", NULL), 0);
	assert_int_equal(ask_create(s, r++, CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_int_equal(ask_create(s, r++, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_EXISTS);
	assert_objects(s, 5);
	/* Ended in order and started again, it knows everything. */
	stage_kill(&s->nameserver_pid, SIGTERM);
	assert_true(ask_end(s, r, cd) < 0);
	stage_start_nameserver(s);
	assert_int_equal(ask_destroy(s, r++, MANAGER, 0, "cpu", NULL), DIO_E_IN_USE);
	assert_objects(s, 5);
	assert_int_equal(ask_end(s, r++, cd), 0);
	assert_objects(s, 1);
	assert_int_equal(ask_destroy(s, r++, MANAGER, 0, "cpu", NULL), 0);
	assert_objects(s, 0);
}

/*
 * A damaged database that the start does not notice is found out while it is
 * served; then nobody serves it. Here the header tells of a free page that
 * there is not.
 */
static void test_damaged(void **state)
{
	static const unsigned char free_pages[4] = { 0, 0, 0, 1 };
	struct stage *s = *state;
	int status;
	FILE *f;

	stage_kill(&s->nameserver_pid, SIGTERM);
	f = fopen(s->database, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 36, SEEK_SET), 0);
	assert_int_equal(fwrite(free_pages, sizeof(free_pages), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	stage_start_nameserver(s);
	assert_int_equal(waitpid(s->nameserver_pid, &status, 0), s->nameserver_pid);
	s->nameserver_pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

/* It serves on, and knows everything. */
static void test_hangup(void **state)
{
	struct stage *s = *state;
	uint64_t cd;

	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	kill(s->nameserver_pid, SIGHUP);
	/* The second call is answered after the signal was dealt with. */
	assert_int_equal(ask_create(s, 3, CLASS, cd, "cpu", NULL), 0);
	assert_objects(s, 2);
	assert_int_equal(waitpid(s->nameserver_pid, NULL, WNOHANG), 0);
}

static void test_over_tcp(void **state)
{
	struct stage *s = *state;
	struct dio_rpc_wait *local = s->ns;
	unsigned int active;
	uint64_t cd, other;

	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, 3, CLASS, cd, "cpu", NULL), 0);
	s->ns = dio_rpc_wait_new(s->tcp, DIONISYS_PROG, DIONISYS_V1);
	assert_non_null(s->ns);
	assert_int_equal(ask_init(s, 1, &other), DIO_E_DENIED);
	assert_int_equal(ask_create(s, 5, MANAGER, 0, "mem", NULL), DIO_E_DENIED);
	assert_int_equal(ask_create(s, 6, MONITOR, cd, "cpu/spy", NULL), DIO_E_DENIED);
	assert_int_equal(ask_destroy(s, 7, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(ask_end(s, 8, cd), DIO_E_DENIED);
	assert_int_equal(ask_list(s, &active), 1);
	dio_rpc_wait_free(s->ns);
	s->ns = local;
	assert_objects(s, 2);
}

/* code: that it ends with. */
static unsigned int lines_of(const char *command, int code, char first[512])
{
	FILE *f = popen(command, "r");
	char line[512];
	unsigned int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!n++)
			strcpy(first, line);
	assert_int_equal(pclose(f), code << 8);
	return n;
}

/* All 1,002 of two hosts that are no more, through the library and the tool. */
static void test_long_list(void **state)
{
	struct stage *s = *state;
	char first[512];

	stage_kill(&s->nameserver_pid, SIGTERM);
	stage_seed(s, geteuid(), "far", 0, 501);
	stage_seed(s, geteuid(), "further", 501, 501);
	stage_start_nameserver(s);
	setenv("DIONISYS_NAMESERVER", s->address, 1);
	assert_int_equal(lines_of("dionisysctl/dionisysctl wait", 0, first), 1);
	assert_string_equal(first, "host local: safexd answers\n");
	assert_int_equal(lines_of("dionisysctl/dionisysctl list", 3, first), 1004);
	assert_int_equal(lines_of("dionisysctl/dionisysctl list -k class", 3, first), 1004);
	lines_of("dionisysctl/dionisysctl status", 3, first);
	assert_non_null(strstr(first, " 1002 applications"));
}

/* What goes on in the kernel without a safexd is not said to have ended. */
static void test_listed_without_safexd(void **state)
{
	static const char list[] = "dionisysctl/dionisysctl list | tail -n 1";
	struct stage *s = *state;
	char text[512];
	uint64_t cd;

	setenv("DIONISYS_NAMESERVER", s->address, 1);
	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, 3, CLASS, cd, "cpu", NULL), 0);
	lines_of(list, 0, text);
	assert_non_null(strstr(text, " yes 0 of 0 periods missed, process "));
	stage_kill(&s->safexd_pid, SIGKILL);
	while (!system("dionisysctl/dionisysctl wait 0 >/dev/null 2>&1"))
		;	/* while the last report is new */
	assert_int_equal(lines_of("dionisysctl/dionisysctl list", 3, text), 4);
	assert_non_null(strstr(text, "host local: safexd does not answer (safexd of host local at "));
	lines_of(list, 0, text);
	assert_non_null(strstr(text, " unknown, process "));
	stage_start_safexd(s);
	lines_of("dionisysctl/dionisysctl wait", 0, text);
	lines_of(list, 0, text);
	assert_non_null(strstr(text, " yes 0 of 0 periods missed, process "));
}

/* As a client writes that does not keep to the bounds. */
struct wild {
	char *name;
};

static bool_t xdr_wild(XDR *x, ...)
{
	static u_long request = 5;
	static u_int kind = SAFEX_KIND_MANAGER;
	struct wild *w;
	u_quad_t number = request, zero = 0;
	va_list ap;

	va_start(ap, x);
	w = va_arg(ap, struct wild *);
	va_end(ap);
	return xdr_u_quad_t(x, &number) && xdr_u_int(x, &kind) && xdr_u_quad_t(x, &zero) &&
	       xdr_string(x, &w->name, 1000000);
}

static void test_name_without_bound(void **state)
{
	struct stage *s = *state;
	ns_create_result r = { 0 };
	struct wild w = { .name = calloc(1, 10001) };

	memset(w.name, 'a', 10000);
	assert_int_equal(dio_rpc_wait_call(s->ns, NS_CREATE_SM, xdr_wild, &w,
					   (xdrproc_t)xdr_ns_create_result, &r, 5000), -EPROTO);
	free(w.name);
	assert_int_equal(ask_create(s, 9, MANAGER, 0, "cpu", NULL), 0);
	assert_objects(s, 1);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Asks what safexd runs until it is n objects or fewer, for 30 s at most. */
static int report_falls_to(struct stage *s, int n)
{
	time_t until = seconds() + 30;
	unsigned int active;
	int found;

	do
		found = ask_report(s, &active);
	while (found > n && seconds() < until);
	return found;
}

static void test_safexd_restarts(void **state)
{
	struct stage *s = *state;
	uint64_t cd;
	time_t until;
	int code = -1;

	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, 3, CLASS, cd, "cpu", NULL), 0);
	stage_kill(&s->safexd_pid, SIGKILL);
	assert_int_equal(ask_create(s, 4, MONITOR, cd, "cpu/usage", NULL), DIO_E_UNREACHABLE);
	stage_start_safexd(s);
	/* Empty, it is driven to what was there before the request is served. */
	until = seconds() + 30;
	while (code && seconds() < until)
		code = ask_create(s, 4, MONITOR, cd, "cpu/usage", NULL);
	assert_int_equal(code, 0);
	assert_objects(s, 3);
}

/* A client that dies without a word leaves nothing. */
static void test_client_dies(void **state)
{
	struct stage *s = *state;
	uint64_t cd;
	pid_t pid;
	int p[2];
	char byte;

	assert_int_equal(ask_create(s, 1, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid) {
		s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
		if (ask_init(s, 2, &cd) || ask_create(s, 3, CLASS, cd, "cpu", NULL) ||
		    ask_create(s, 4, MONITOR, cd, "cpu/usage", NULL) || write(p[1], "R", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(p[0], &byte, 1), 1);
	assert_objects(s, 3);
	kill(pid, SIGKILL);
	assert_int_equal(report_falls_to(s, 1), 1);
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
}

/* One life of an application; each request is repeated until it is answered. */
#define INSIST(call) do { while ((code = (call)) < 0) stage_retry(s); } while (0)

static void stage_retry(struct stage *s)
{
	dio_rpc_wait_free(s->ns);
	s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
}

static int insist_on_life(struct stage *s, uint64_t r)
{
	char manager[16], usage[32], pid[32];
	uint64_t cd = 0;
	int code, bad = 0;

	snprintf(manager, sizeof(manager), "m%llu", (unsigned long long)r);
	snprintf(usage, sizeof(usage), "%s/usage", manager);
	snprintf(pid, sizeof(pid), "%s/pid", manager);
	INSIST(ask_init(s, r + 1, &cd));
	bad = bad ? bad : code;
	INSIST(ask_create(s, r + 2, MANAGER, 0, manager, NULL));
	bad = bad ? bad : code;
	INSIST(ask_create(s, r + 3, CLASS, cd, manager, NULL));
	bad = bad ? bad : code;
	INSIST(ask_create(s, r + 4, MONITOR, cd, usage, NULL));
	bad = bad ? bad : code;
	INSIST(ask_create(s, r + 5, HANDLER, cd, pid, NULL));
	bad = bad ? bad : code;
	INSIST(ask_create(s, r + 6, CHANNEL, cd, usage, pid));
	bad = bad ? bad : code;
	INSIST(ask_end(s, r + 7, cd));
	bad = bad ? bad : code;
	INSIST(ask_destroy(s, r + 8, MANAGER, 0, manager, NULL));
	return bad ? bad : code;
}

/* In a child: lives, one after another, and their number through the pipe. */
static void live_for_ever(struct stage *s, int out)
{
	uint64_t r;
	int code;

	s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
	for (r = 1000;; r += 1000) {
		code = insist_on_life(s, r);
		if (write(out, &code, sizeof(code)) != sizeof(code) || code)
			_exit(1);
	}
}

#define KILLS 25

/* kill -9 at any moment: no request is lost or done twice, and nothing is left. */
static void test_killed(void **state)
{
	struct stage *s = *state;
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();
	int p[2], i, code, lives = 0;
	pid_t pid;

	print_message("DIO_TEST_SEED=%u\n", seed);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid)
		live_for_ever(s, p[1]);
	close(p[1]);
	for (i = 0; i < KILLS; i++) {
		struct timespec until_then = { 0, (rand_r(&seed) % 40000) * 1000l };

		nanosleep(&until_then, NULL);	/* the moment is what is random here */
		stage_kill(&s->nameserver_pid, SIGKILL);
		stage_start_nameserver(s);
		assert_int_equal(read(p[0], &code, sizeof(code)), sizeof(code));
		assert_int_equal(code, 0);
		lives++;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (read(p[0], &code, sizeof(code)) == sizeof(code))
		lives++;
	close(p[0]);
	print_message("%d lives, %d deaths\n", lives, KILLS);
	/* The client is dead in the middle of its last: its managers are all that may stay. */
	assert_true(report_falls_to(s, 1) <= 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_way), TEST(test_hangup), TEST(test_over_tcp), TEST(test_long_list), TEST(test_listed_without_safexd),
		TEST(test_name_without_bound),
		TEST(test_safexd_restarts), TEST(test_damaged), TEST(test_client_dies), TEST(test_killed),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
