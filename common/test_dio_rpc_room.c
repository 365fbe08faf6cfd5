/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More connections than there is room for: who has to give his, who is told to come
 * again, and that nobody is locked out. One thread, real users (root becomes them).
 */
#include "dio_rpc_testing_room.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dio_error.h"
#include "dio_rpc_room.h"

#define NEVER_MS	1000000	/* idle_ms: nothing is idle */
#define USERS		(DIO_RPC_CONNECTIONS - DIO_RPC_FOR_ROOT)
#define CALLS		400	/* of which percentiles are taken */

static int fds[DIO_RPC_CONNECTIONS], more[DIO_RPC_CONNECTIONS];

/* As if every process of a user kept one: all of them are served. */
static void own_idle_one_gives(void **state)
{
	int i, fd;

	(void)state;
	r_connect(R_FIRST, fds, DIO_RPC_PER_UID);
	assert_int_equal(r_count_open(fds, DIO_RPC_PER_UID), DIO_RPC_PER_UID);
	for (i = 0; i < 80; i++) {
		r_connect(R_FIRST, &fd, 1);
		assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
		more[i] = fd;
	}
	assert_int_equal(r_count_open(fds, DIO_RPC_PER_UID), DIO_RPC_PER_UID - 80);
	assert_int_equal(r_count_open(more, 80), 80);
	t_close_all(fds, DIO_RPC_PER_UID);
	t_close_all(more, 80);
}

static void used_longest_ago_first(void **state)
{
	(void)state;
	r_connect(R_FIRST, fds, DIO_RPC_PER_UID);
	assert_int_equal(r_ask(fds[0], NULL), DIO_E_OK);
	r_connect(R_FIRST, more, 2);
	t_turn(r_base, 3);
	assert_true(t_is_open(fds[0]));
	assert_false(t_is_open(fds[1]));
	assert_false(t_is_open(fds[2]));
	assert_true(t_is_open(fds[3]));
	t_close_all(fds, DIO_RPC_PER_UID);
	t_close_all(more, 2);
}

/* A call under way, half a request, a request not read yet: none of these is idle. */
static void in_use_is_not_idle(void **state)
{
	(void)state;
	r_connect(R_FIRST, fds, DIO_RPC_PER_UID);
	r_send(fds[0], R_LATER);
	r_send_head(fds[1]);
	t_turn(r_base, 5);
	r_connect(R_FIRST, fds + DIO_RPC_PER_UID, DIO_RPC_PER_UID - 3);
	r_send(fds[DIO_RPC_PER_UID - 1], R_ASK);
	more[0] = t_adopt_from(r_server, R_FIRST);
	t_turn(r_base, 3);
	assert_true(t_is_open(fds[0]));
	assert_true(t_is_open(fds[1]));
	assert_int_equal(r_receive(fds[DIO_RPC_PER_UID - 1], NULL), DIO_E_OK);
	assert_false(t_is_open(fds[DIO_RPC_PER_UID]));
	r_answer_all();
	assert_int_equal(r_receive(fds[0], NULL), DIO_E_OK);
	t_close_all(fds, 2 * DIO_RPC_PER_UID - 3);
	close(more[0]);
}

/* Until there is room, and then on the same connection. */
static void told_to_come_again(void **state)
{
	unsigned retry_ms = 0;
	int fd;

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	r_connect(R_FIRST, fds, DIO_RPC_PER_UID);
	r_connect(R_FIRST, &fd, 1);
	assert_int_equal(r_ask(fd, &retry_ms), DIO_E_BUSY);
	assert_in_range(retry_ms, 1, NEVER_MS);
	assert_int_equal(r_ask(fd, &retry_ms), DIO_E_BUSY);
	assert_int_equal(r_count_open(fds, DIO_RPC_PER_UID), DIO_RPC_PER_UID);
	close(fds[0]);
	t_turn(r_base, 3);
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	r_connect(R_FIRST, fds, 1);
	assert_int_equal(r_ask(fds[0], NULL), DIO_E_BUSY);
	dio_rpc_idle_ms = 0;
	assert_int_equal(r_ask(fds[0], NULL), DIO_E_OK);
	t_close_all(fds, DIO_RPC_PER_UID);
	close(fd);
}

/* Those who are told so are few: the first of them has to go for the next. */
static void guests_are_bounded(void **state)
{
	int other;

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	r_connect(R_FIRST, fds, DIO_RPC_PER_UID);
	r_connect(R_FIRST, more, DIO_RPC_GUESTS_PER_PEER + 5);
	assert_int_equal(r_count_open(more, 5), 0);
	assert_int_equal(r_count_open(more + 5, DIO_RPC_GUESTS_PER_PEER), DIO_RPC_GUESTS_PER_PEER);
	r_connect(R_FIRST + 1, &other, 1);
	assert_int_equal(r_ask(other, NULL), DIO_E_OK);
	t_close_all(fds, DIO_RPC_PER_UID);
	t_close_all(more, DIO_RPC_GUESTS_PER_PEER + 5);
	close(other);
}

#define FEW	(USERS - 3 * DIO_RPC_PER_UID)

/* Full but for root: one has FEW, three all they can get. */
static void fill_with_four(void)
{
	int i, n = FEW;

	r_connect(R_FIRST + 3, fds, FEW);
	for (i = 0; i < 3; i++, n += DIO_RPC_PER_UID)
		r_connect(R_FIRST + i, fds + n, DIO_RPC_PER_UID);
	assert_int_equal(r_count_open(fds, USERS), USERS);
}

/* A newcomer's places are those of who has many. */
static void newcomer_takes_of_many(void)
{
	fill_with_four();
	r_connect(2000, more, 12);
	assert_int_equal(r_ask(more[11], NULL), DIO_E_OK);
	assert_int_equal(r_count_open(fds, USERS), USERS - 12);
	assert_int_equal(r_count_open(fds, FEW), FEW);
	t_close_all(fds, USERS);
	t_close_all(more, 12);
}

/* Who has many gives, although the one with few has used his before them. */
static void heaviest_gives_first(void **state)
{
	(void)state;
	newcomer_takes_of_many();
}

/* Who is never idle keeps no more than others have, as soon as those want it. */
static void surplus_is_given(void **state)
{
	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	newcomer_takes_of_many();
}

/* So many users of one connection each that nobody has one too many. */
static void room_for_root(void **state)
{
	int i, fd;

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	for (i = 0; i < USERS; i++)
		r_connect(R_FIRST + i, &fds[i], 1);
	r_connect(5000, &fd, 1);
	assert_int_equal(r_ask(fd, NULL), DIO_E_BUSY);
	r_connect(0, more, DIO_RPC_FOR_ROOT);
	for (i = 0; i < DIO_RPC_FOR_ROOT; i++)
		assert_int_equal(r_ask(more[i], NULL), DIO_E_OK);
	assert_int_equal(r_count_open(fds, USERS), USERS);
	t_close_all(fds, USERS);
	t_close_all(more, DIO_RPC_FOR_ROOT);
	close(fd);
}

/* However many addresses they come from, strangers leave room for local users. */
static void room_for_local_users(void **state)
{
	int i, fd, local;

	(void)state;
	dio_rpc_idle_ms = NEVER_MS;
	for (i = 0; i < DIO_RPC_STRANGERS; i++) {
		fds[i] = t_connect_from(r_tcp, 2 + i);
		t_turn(r_base, 2);
	}
	fd = t_connect_from(r_tcp, 200);
	assert_int_equal(r_ask(fd, NULL), DIO_E_BUSY);
	local = t_connect(r_unix);
	assert_int_equal(r_ask(local, NULL), DIO_E_OK);
	dio_rpc_idle_ms = 0;
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	assert_int_equal(r_count_open(fds, DIO_RPC_STRANGERS), DIO_RPC_STRANGERS - 1);
	assert_int_equal(r_ask(local, NULL), DIO_E_OK);
	t_close_all(fds, DIO_RPC_STRANGERS);
	close(local);
	close(fd);
}

/* Who asks, leaves and comes back still counts for what was asked. */
static void ask_and_leave(void **state)
{
	int i, fd;

	(void)state;
	for (i = 0; i < DIO_RPC_PER_PEER; i++) {
		fd = t_connect_from(r_tcp, 2);
		t_turn(r_base, 2);
		r_send(fd, R_LATER);
		t_turn(r_base, 3);
		close(fd);
		t_turn(r_base, 3);
	}
	fd = t_connect_from(r_tcp, 2);
	assert_int_equal(r_ask(fd, NULL), DIO_E_BUSY);
	r_answer_all();
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	close(fd);
}

static bool is_root(void *arg, const struct dio_rpc_peer *peer)
{
	(void)arg;
	return peer->local && peer->uid == 0;
}

/* A socket that is not for everybody: others take no place, not for a moment. */
static void only_who_may_connect(void **state)
{
	int fd;

	(void)state;
	dio_rpc_server_admit(r_server, is_root, NULL);
	assert_int_equal(t_adopt_from(r_server, R_FIRST), -EACCES);
	assert_int_equal(seteuid(R_FIRST), 0);
	fd = t_connect(r_unix);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(r_ask(fd, NULL), R_CLOSED);
	close(fd);
	fd = t_connect_from(r_tcp, 2);
	assert_int_equal(r_ask(fd, NULL), R_CLOSED);
	close(fd);
	fd = t_connect(r_unix);
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	close(fd);
}

/* A hundred who connect at once: who is there already is served among the first. */
static void newcomers_wait_for_others(void **state)
{
	int i, fd = t_connect(r_unix), before, more_fds;

	(void)state;
	assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
	for (i = 0; i < 100; i++)
		more[i] = t_connect(r_unix);
	before = t_count_fds();
	r_send(fd, R_ASK);
	while (t_is_open(fd))
		event_base_loop(r_base, EVLOOP_ONCE | EVLOOP_NONBLOCK);	/* one pass */
	more_fds = t_count_fds() - before;
	assert_int_equal(r_receive(fd, NULL), DIO_E_OK);
	assert_in_range(more_fds, 0, 20);
	assert_int_equal(r_ask(more[99], NULL), DIO_E_OK);
	t_close_all(more, 100);
	close(fd);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct percentiles {
	double p50, p99;	/* us */
};

/* Of a program of user that connects, asks and ends, again and again. */
static struct percentiles bystander(uid_t user)
{
	static int64_t took[CALLS];
	int i, fd;

	for (i = 0; i < CALLS; i++) {
		took[i] = now_ns();
		fd = t_adopt_from(r_server, user);
		assert_true(fd >= 0);
		assert_int_equal(r_ask(fd, NULL), DIO_E_OK);
		close(fd);
		took[i] = now_ns() - took[i];
	}
	qsort(took, CALLS, sizeof(took[0]), by_size);
	return (struct percentiles){ took[CALLS / 2] / 1e3, took[CALLS * 99 / 100] / 1e3 };
}

static void compare(const char *who, struct percentiles alone, struct percentiles among)
{
	print_message("%s: alone p50 %.0f, p99 %.0f us; among them %.0f, %.0f: %.1f, %.1f times\n",
		      who, alone.p50, alone.p99, among.p50, among.p99, among.p50 / alone.p50,
		      among.p99 / alone.p99);
	assert_true(among.p50 < 10 * alone.p50);
}

/* 4 x 64 idle connections, and as many as there is room for: nobody waits for them. */
static void among_idle_connections(void **state)
{
	struct percentiles root = bystander(0), user = bystander(2000);
	int i;

	(void)state;
	dio_rpc_idle_ms = DIO_RPC_IDLE_MS;
	for (i = 0; i < 4; i++)
		r_connect(R_FIRST + i, fds + i * 64, 64);
	compare("root, 256 idle", root, bystander(0));
	compare("a user, 256 idle", user, bystander(2000));
	t_close_all(fds, 4 * 64);
	t_turn(r_base, 3);
	fill_with_four();
	compare("root, full", root, bystander(0));
	compare("a user, full", user, bystander(2000));
	t_close_all(fds, USERS);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, r_setup, r_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(own_idle_one_gives), TEST(used_longest_ago_first), TEST(in_use_is_not_idle),
		TEST(told_to_come_again), TEST(guests_are_bounded), TEST(heaviest_gives_first),
		TEST(surplus_is_given), TEST(room_for_root), TEST(room_for_local_users),
		TEST(ask_and_leave), TEST(only_who_may_connect),
		TEST(newcomers_wait_for_others), TEST(among_idle_connections),
	};

	if (geteuid() != 0 || dio_rpc_room_places(r_descriptors()) < DIO_RPC_CONNECTIONS)
		return 77;	/* it must be able to become others, and to open enough */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("dio_rpc_room", tests, NULL, NULL);
}
