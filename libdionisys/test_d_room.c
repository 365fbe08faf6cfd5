/* SPDX-License-Identifier: GPL-2.0-only */
/* More processes at one nameserver than it has room for connections. */
#include "d_fake.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "dio_rpc.h"
#include "dio_rpc_room.h"
#include "dionisys_rpc.h"

#define LIVE		80
#define NEVER_MS	1000000	/* idle_ms: nothing is idle */

static int held[DIO_RPC_PER_UID];

static int setup(void **state)
{
	dio_rpc_idle_ms = DIO_RPC_IDLE_MS;
	return fake_setup(state);
}

/* Connections of somebody who has all that he can get and asks nothing. */
static void hold_all(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct dio_rpc_wait *last;
	int i;

	strncpy(sun.sun_path, getenv("DIONISYS_NAMESERVER") + 5, sizeof(sun.sun_path) - 1);
	for (i = 0; i < DIO_RPC_PER_UID; i++) {
		held[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(held[i], (struct sockaddr *)&sun, sizeof(sun)), 0);
	}
	/* Who came after them is answered: they are all in. */
	last = dio_rpc_wait_new(getenv("DIONISYS_NAMESERVER"), DIONISYS_PROG, DIONISYS_V1);
	assert_int_equal(dio_rpc_wait_call(last, 0, dio_xdr_void, NULL, dio_xdr_void, NULL, 10000), 0);
	dio_rpc_wait_free(last);
}

static void hold_none(void)
{
	int i;

	for (i = 0; i < DIO_RPC_PER_UID; i++)
		close(held[i]);
}

/* An application that lives on, with a descriptor or without, until end is closed. */
static void live(int told, int end)
{
	char served = DinitApp() == FAKE_CD ? 'y' : 'n';

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(told, &served, 1) == 1 && read(end, &served, 1) == 0)
		_exit(0);
	_exit(1);
}

static void applications_live(void **state)
{
	int told[2], end[2], i, served = 0;
	pid_t pids[LIVE];
	char c;

	(void)state;
	alarm(60);	/* a child that dies early would be waited for */
	assert_int_equal(pipe(told), 0);
	assert_int_equal(pipe(end), 0);
	for (i = 0; i < LIVE; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(end[1]);
			live(told[1], end[0]);
		}
		assert_int_equal(read(told[0], &c, 1), 1);
		served += c == 'y';
	}
	close(end[1]);
	for (i = 0; i < LIVE; i++)
		waitpid(pids[i], NULL, 0);
	close(end[0]);
	close(told[0]);
	close(told[1]);
	alarm(0);
	assert_int_equal(served, LIVE);
}

/* Told to come again while none of them is idle: nobody but the library knows of it. */
static void comes_again(void **state)
{
	(void)state;
	hold_all();
	assert_true(DinitApp() == FAKE_CD);
	assert_int_equal(fake_count(NS_INIT_APP), 1);
	hold_none();
}

/* There was no call when its connection was closed: that is not to be noticed. */
static void closed_between_calls(void **state)
{
	(void)state;
	dio_rpc_idle_ms = 0;
	assert_true(DinitApp() == FAKE_CD);
	hold_all();
	assert_true(DinitApp() == FAKE_CD);
	assert_int_equal(fake_count(NS_INIT_APP), 2);
	hold_none();
}

/* The caller is told so in time, and that it may try again. */
static void no_room_to_the_end(void **state)
{
	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	hold_all();
	assert_true(DinitApp() == 0);
	assert_error(DIO_E_BUSY, "too many connections are in use");
	assert_in_range(DRetryAfter(), 1, NEVER_MS);
	assert_int_equal(fake_count(NS_INIT_APP), 0);
	hold_none();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(applications_live), TEST(comes_again), TEST(closed_between_calls),
		TEST(no_room_to_the_end),
	};

	dio_daemon_descriptors(DIO_RPC_DESCRIPTORS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
