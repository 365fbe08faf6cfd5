/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes useless goes, and what is used stays. In virtual time. */
#include "dio_virtual_time.h"
#include "ns_process.h"
#include "ns_testing.h"

#define S_NS	1000000000ll
#define YEAR_S	(365 * 24 * 3600)

static void stored(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

static void run(struct world *w, long seconds)
{
	struct timeval tv = { seconds, 0 };

	event_base_loopexit(w->base, &tv);
	event_base_dispatch(w->base);
}

static void put_request(struct world *w, uint64_t number, const char *boot, uint64_t since_boot)
{
	ns_x_request r = { .verb = NS_VERB_INIT, .key = { .name = "", .second = "" },
			   .boot = (char *)boot, .since_boot = since_boot };
	char key[NS_KEY_MAX];
	struct ns_txn t;

	ns_key_request(1000, number, key);
	ns_txn_begin(&t);
	ns_row_put(&t, key, (xdrproc_t)xdr_ns_x_request, &r);
	ns_store_commit(w->disk, &t, stored, NULL);
	ns_txn_end(&t);
}

/* Several pages of them, with the young among the old. */
static void test_old_requests(void **state)
{
	struct world *w = *state;
	uint64_t i, now, old = ns_now_boot();
	char boot[NS_BOOT_MAX];

	run(w, 3600);
	now = ns_now_boot();
	ns_process_boot(boot);
	for (i = 1; i <= 700; i++)
		put_request(w, i, boot, i % 10 ? old : now);
	world_start(w);
	wait_rows(w, NS_PREFIX_REQUESTS, 70);
}

/* A request that is repeated is the same one, whatever was done to the wall clock. */
static void clock_steps(struct world *w, long long by)
{
	uint64_t cd, again;

	assert_int_equal(do_init(w, 7777, &cd), 0);
	dio_wall_step_ns += by;
	world_crash(w);
	world_start(w);
	run(w, 200);
	assert_int_equal(do_init(w, 7777, &again), 0);
	assert_int_equal(again, cd);
	run(w, 500);
	assert_int_equal(rows(w, NS_PREFIX_REQUESTS), 0);
}

static void test_clock_steps(void **state)
{
	struct world *w = *state;

	dio_wall_step_ns = 2 * YEAR_S * S_NS;
	world_start(w);
	clock_steps(w, 700 * S_NS);
	clock_steps(w, YEAR_S * S_NS);
	clock_steps(w, -YEAR_S * S_NS);
	clock_steps(w, -YEAR_S * S_NS);
	dio_wall_step_ns = 0;
}

/* Of an earlier boot, whose clock says nothing now: kept from the start on. */
static void test_earlier_boot(void **state)
{
	struct world *w = *state;

	run(w, 1000);
	put_request(w, 1, "earlier", ns_now_boot() + 3600 * S_NS);
	put_request(w, 2, "", 0);
	world_start(w);
	run(w, 500);
	assert_int_equal(rows(w, NS_PREFIX_REQUESTS), 2);
	run(w, 200);
	assert_int_equal(rows(w, NS_PREFIX_REQUESTS), 0);
}

static void test_unused_sources(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(rows(w, NS_PREFIX_SOURCES), 1);	/* one text for all three */
	world_crash(w);
	world_start(w);
	wait_rows(w, NS_PREFIX_SOURCES, 1);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(do_destroy(w, 0, SAFEX_KIND_MANAGER, 0, "cpu", NULL), 0);
	world_crash(w);
	world_start(w);
	wait_rows(w, NS_PREFIX_SOURCES, 0);
}

/* What the host refuses is not kept for a moment. */
static void test_refused_source(void **state)
{
	struct world *w = *state;

	world_start(w);
	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_code = DIO_E_COMPILE;
	assert_int_equal(do_create(w, SAFEX_KIND_MANAGER, 0, "cpu", NULL), DIO_E_COMPILE);
	assert_int_equal(rows(w, NS_PREFIX_SOURCES), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_old_requests), TEST(test_clock_steps), TEST(test_earlier_boot),
		TEST(test_unused_sources), TEST(test_refused_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
