/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server whose process has no descriptor left: it does not spin, and who connects is
 * not left waiting. Clients' sockets are made before the limit is set.
 */
#include "dio_rpc_testing_room.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dio_error.h"
#include "dio_rpc_addr.h"
#include "dio_rpc_room.h"

#define NEVER_MS	1000000	/* idle_ms: nothing is idle */
#define HELD		8
#define FILL_MAX	1024

static struct rlimit before;
static int fill[FILL_MAX], n_fill;

static int unconnected(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static void connect_to_server(int fd)
{
	struct dio_rpc_addr a;

	assert_int_equal(dio_rpc_addr_parse(r_unix, &a), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a.sa, a.len), 0);
}

/* No more can be opened: the limit is near, and what is below it is taken. */
static void starve(void)
{
	struct rlimit low;
	int fd = dup(0);

	assert_true(fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){ (rlim_t)fd + 64, before.rlim_max };
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (n_fill < FILL_MAX && (fd = fcntl(0, F_DUPFD_CLOEXEC, 3)) >= 0)
		fill[n_fill++] = fd;
	assert_in_range(n_fill, 1, FILL_MAX - 1);
}

static void feed(void)
{
	t_close_all(fill, n_fill);
	n_fill = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* Passes of the loop in so much time, while it has nothing to do. */
static int passes_in(int ms)
{
	struct timeval limit = { 0, ms * 1000 };
	int passes = 0;

	event_base_loopexit(r_base, &limit);
	while (!event_base_got_exit(r_base) && passes < 100000) {
		event_base_loop(r_base, EVLOOP_ONCE);
		passes++;
	}
	return passes;
}

static void make_clients(int *held, int *late)
{
	int i;

	for (i = 0; i < HELD; i++)
		late[i] = unconnected();
	for (i = 0; i < HELD; i++) {
		held[i] = t_connect(r_unix);
		assert_int_equal(r_ask(held[i], NULL), DIO_E_OK);
	}
}

/* At once, without a pause: also the first, who finds one descriptor and needs two. */
static void idle_one_gives(void **state)
{
	int held[HELD], late[HELD], i;

	(void)state;
	make_clients(held, late);
	starve();
	close(fill[--n_fill]);
	for (i = 0; i < HELD; i++) {
		connect_to_server(late[i]);
		assert_int_equal(r_ask(late[i], NULL), DIO_E_OK);
		assert_in_range(r_turns, 1, 100);
	}
	assert_in_range(r_count_open(held, HELD), 0, 1);
	feed();
	t_close_all(held, HELD);
	t_close_all(late, HELD);
}

/* Nobody is idle: told to come again, in time, one after the other; and then served. */
static void told_to_come_again(void **state)
{
	int held[HELD], late[HELD], i, last = unconnected();

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	make_clients(held, late);
	starve();
	for (i = 0; i < HELD; i++) {
		connect_to_server(late[i]);
		assert_int_equal(r_ask(late[i], NULL), DIO_E_BUSY);
	}
	assert_int_equal(r_ask(held[0], NULL), DIO_E_OK);
	assert_int_equal(r_count_open(held, HELD), HELD);
	assert_in_range(passes_in(300), 1, 50);
	feed();
	connect_to_server(last);
	assert_int_equal(r_ask(last, NULL), DIO_E_OK);
	close(last);
	t_close_all(held, HELD);
	t_close_all(late, HELD);
}

/* Of one who has many, one is given to who has none, idle or not. */
static void surplus_is_given(void **state)
{
	int held[HELD], late = unconnected(), i;

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	for (i = 0; i < HELD; i++) {
		held[i] = t_adopt_from(r_server, R_FIRST);
		assert_int_equal(r_ask(held[i], NULL), DIO_E_OK);
	}
	starve();
	connect_to_server(late);
	assert_int_equal(r_ask(late, NULL), DIO_E_OK);
	assert_int_equal(r_count_open(held, HELD), HELD - 1);
	feed();
	t_close_all(held, HELD);
	close(late);
}

/* Not even the spares help: no spin, and the one who waits comes in when some are free. */
static void nothing_to_be_had(void **state)
{
	struct rlimit none;
	int fd = unconnected();

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 3, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	connect_to_server(fd);
	assert_in_range(passes_in(300), 1, 50);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	close(fd);
}

/* With few descriptors the server has few places, so that some are left for all else. */
static void places_by_descriptors(void **state)
{
	(void)state;
	assert_int_equal(dio_rpc_room_places(DIO_RPC_DESCRIPTORS), DIO_RPC_CONNECTIONS);
	assert_int_equal(dio_rpc_room_places(UINT64_MAX), DIO_RPC_CONNECTIONS);
	assert_int_equal(dio_rpc_room_places(256), 42);
	assert_int_equal(dio_rpc_room_places(3), 1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, r_setup, r_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(idle_one_gives), TEST(told_to_come_again), TEST(surplus_is_given),
		TEST(nothing_to_be_had), TEST(places_by_descriptors),
	};

	if (geteuid() != 0)
		return 77;	/* it must be able to become others */
	r_descriptors();
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("dio_rpc_starved", tests, NULL, NULL);
}
