/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user without objects asks for listings as fast as he can, on many connections:
 * what a bystander sees of it, and that this does not grow with what others have.
 * Times are judged as ratios to each other, in one run.
 */
#include "ns_testing_rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS	16
#define PIPELINED	64	/* calls that a connection sends at once */
#define CALLS		400	/* of the bystander */
#define OTHER		2000	/* a user */
#define NOBODY		65534
#define CALL_MS		60000

/* A call of NS_LIST as it is sent, without credentials, for all kinds and applications. */
struct sent_call {
	uint32_t record, xid, is_reply, rpc, program, version, proc, auth[4], kind, cd[2];
};

static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    fcntl(fd, F_SETFL, O_NONBLOCK))
		_exit(1);
	return fd;
}

static void flood_more(struct pollfd *p, const void *calls, size_t size, size_t *at)
{
	static char answers[65536];
	ssize_t n;

	if (p->revents & POLLIN)
		while (read(p->fd, answers, sizeof(answers)) > 0)
			;
	if (p->revents & (POLLHUP | POLLERR))
		_exit(2);
	if (!(p->revents & POLLOUT))
		return;
	n = write(p->fd, (const char *)calls + *at, size - *at);
	if (n > 0)
		*at = (*at + (size_t)n) % size;
}

/* In a child: until killed. */
static void flood(const char *path, int ready)
{
	struct sent_call calls[PIPELINED];
	struct pollfd p[CONNECTIONS];
	size_t at[CONNECTIONS] = { 0 };
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!geteuid() && (setegid(NOBODY) || seteuid(NOBODY)))
		_exit(1);
	for (i = 0; i < PIPELINED; i++)
		calls[i] = (struct sent_call){
			.record = htonl(0x80000000u | (sizeof(calls[i]) - 4)), .xid = htonl(i),
			.rpc = htonl(2), .program = htonl(DIONISYS_PROG),
			.version = htonl(DIONISYS_V1), .proc = htonl(NS_LIST),
		};
	for (i = 0; i < CONNECTIONS; i++)
		p[i] = (struct pollfd){ .fd = connect_to(path), .events = POLLIN | POLLOUT };
	if (write(ready, "R", 1) != 1)
		_exit(1);
	for (;;) {
		poll(p, CONNECTIONS, -1);
		for (i = 0; i < CONNECTIONS; i++)
			flood_more(&p[i], calls, sizeof(calls), &at[i]);
	}
}

static pid_t flood_begin(struct stage *s)
{
	char byte;
	pid_t pid;
	int p[2];

	/* The flood comes from another user, if that can be. */
	assert_int_equal(chmod(s->dir, 0755), 0);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid)
		flood(s->address + strlen("unix:"), p[1]);
	close(p[1]);
	assert_int_equal(read(p[0], &byte, 1), 1);
	close(p[0]);
	return pid;
}

struct waits {
	double p50, p99;	/* us */
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* NULL calls, one after another. */
static struct waits bystander(struct stage *s)
{
	static double us[CALLS];
	unsigned int i;

	for (i = 0; i < CALLS; i++) {
		us[i] = now_us();
		assert_int_equal(dio_rpc_wait_call(s->ns, 0, dio_xdr_void, NULL, dio_xdr_void, NULL,
						   CALL_MS), 0);
		us[i] = now_us() - us[i];
	}
	qsort(us, CALLS, sizeof(us[0]), ascending);
	return (struct waits){ us[CALLS / 2], us[CALLS * 99 / 100] };
}

static struct waits under_flood(struct stage *s)
{
	pid_t pid = flood_begin(s);
	struct waits w = bystander(s);
	int status;

	/* It has gone on until now. */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	stage_kill(&pid, SIGKILL);
	return w;
}

static void others_have(struct stage *s, unsigned int first, unsigned int n)
{
	stage_kill(&s->nameserver_pid, SIGTERM);
	stage_seed(s, OTHER, "far", first, n);
	stage_start_nameserver(s);
}

static void test_listings_of_who_has_nothing(void **state)
{
	static const unsigned int beside[] = { 0, 500, 5000 };
	struct stage *s = *state;
	struct waits alone, with[3];
	unsigned int i;

	assert_int_equal(ask_create(s, 1, SAFEX_KIND_MANAGER, 0, "cpu", NULL), 0);
	bystander(s);
	alone = bystander(s);
	print_message("NULL alone: p50 %.0f us, p99 %.0f us\n", alone.p50, alone.p99);
	for (i = 0; i < 3; i++) {
		if (i)
			others_have(s, beside[i - 1], beside[i] - beside[i - 1]);
		with[i] = under_flood(s);
		print_message("NULL while LIST floods from %d connections, %u objects of another: "
			      "p50 %.1f, p99 %.1f times alone\n", CONNECTIONS, beside[i],
			      with[i].p50 / alone.p50, with[i].p99 / alone.p99);
	}
	/* The same work: that it is 5,000 rows each time would be a thousand times as long. */
	assert_true(with[2].p50 < 50 * with[0].p50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_listings_of_who_has_nothing, stage_set_up,
						stage_tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
