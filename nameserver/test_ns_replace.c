/* SPDX-License-Identifier: GPL-2.0-only */
/* New versions of monitors and handlers: what the rows say of them. */
#include "ns_safexd_internal.h"
#include "ns_testing.h"

#include <string.h>

#include "ns_version.h"

#define MONITOR "cpu/usage"

static uint64_t set_up(struct world *w)
{
	w->host.probation = true;
	world_start(w);
	return do_everything(w);
}

static struct fake_object *at_host(struct world *w)
{
	return fake_find(&w->host, SAFEX_KIND_MONITOR, MONITOR);
}

static void row_of(struct world *w, uint64_t cd, struct ns_object *o)
{
	struct ns_id id = { .kind = SAFEX_KIND_MONITOR, .cd = cd };

	assert_int_equal(dio_name_parse(MONITOR, true, &id.name), 0);
	assert_int_equal(ns_object_get(w->disk, &id, o), 0);
}

static void replace_wish(struct wish *x, struct world *w, uint64_t cd, const char *text)
{
	wish_make(x, w, SAFEX_KIND_MONITOR, cd, MONITOR, NULL);
	x->args.spec.source.source_val = (char *)text;
	x->args.spec.source.source_len = strlen(text);
	x->args.spec.period = 0;
}

static int replace(struct world *w, uint64_t cd, uint64_t request, const char *text,
		   struct said *said)
{
	struct wish x;

	replace_wish(&x, w, cd, text);
	if (request)
		x.args.request = request;
	return do_replace(w, &x, said);
}

/* Until no version is on probation. */
static void settle(struct world *w, uint64_t cd, struct ns_object *o)
{
	for (int i = 0; i < 20000; i++) {
		row_of(w, cd, o);
		if (!ns_version_on_probation(o))
			return;
		world_turn(w);
	}
	fail_msg("%s", "still on probation");
}

static void go_back(struct world *w, uint32_t cause)
{
	struct fake_object *o = at_host(w);

	o->failed = o->version;
	o->cause = cause;
	o->version = o->previous;
	o->previous = 0;
}

static void test_replaced(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	unsigned int prepares;
	struct ns_object o;
	struct said s;

	assert_int_equal(replace(w, cd, 77, "second", &s), 0);
	assert_int_equal(s.cd, 2);
	assert_true(s.layout.kept);
	assert_int_equal(at_host(w)->version, 2);
	row_of(w, cd, &o);
	assert_int_equal(o.version, 2);
	assert_int_equal(o.n_versions, 2);
	assert_int_equal(o.versions[0].state, NS_VERSION_REPLACED);
	assert_int_equal(o.versions[1].state, NS_VERSION_PROBATION);
	assert_int_equal(o.period, 10000000);
	assert_memory_equal(o.digest, o.versions[1].digest, sizeof(o.digest));
	assert_memory_not_equal(o.digest, o.versions[0].digest, sizeof(o.digest));
	prepares = w->host.calls[SX_PREPARE];
	assert_int_equal(replace(w, cd, 77, "second", &s), 0);
	assert_int_equal(s.cd, 2);
	assert_true(s.layout.kept);
	assert_int_equal(replace(w, cd, 0, "third", &s), DIO_E_BUSY);
	assert_non_null(strstr(s.status.message, "version 2 is on probation"));
	assert_int_equal(w->host.calls[SX_PREPARE], prepares);
	at_host(w)->previous = 0;
	settle(w, cd, &o);
	assert_int_equal(o.versions[1].state, NS_VERSION_RUNS);
	assert_int_equal(replace(w, cd, 0, "third", &s), 0);
	assert_int_equal(s.cd, 3);
	assert_false(s.layout.kept);
	assert_consistent(w);
}

/* What its host says of a source that it takes reaches who has sent it. */
static void test_warnings(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct wish x;
	struct said s;

	assert_int_equal(replace(w, cd, 0, "warns", &s), 0);
	assert_string_equal(s.status.message, FAKE_WARNING);
	at_host(w)->previous = 0;
	wish_make(&x, w, SAFEX_KIND_MONITOR, cd, "cpu/other", NULL);
	x.args.spec.source.source_val = "warns";
	x.args.spec.source.source_len = 5;
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_string_equal(s.status.message, FAKE_WARNING);
	wish_make(&x, w, SAFEX_KIND_MONITOR, cd, "cpu/third", NULL);
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_string_equal(s.status.message, "");
}

/* The second version runs, as a pass has said; the disk stands, and does not have that yet. */
static void settle_unwritten(struct world *w, uint64_t cd)
{
	struct ns_object o;
	struct said s;

	assert_int_equal(replace(w, cd, 0, "second", &s), 0);
	w->stands = true;
	at_host(w)->previous = 0;
	settle(w, cd, &o);
}

/*
 * What versions are told to run is so from then on: the next is taken also
 * before the disk has it, and answered after that.
 */
static void test_replaced_at_once(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct said s = { 0 };
	struct wish x;

	settle_unwritten(w, cd);
	replace_wish(&x, w, cd, "third");
	wish_replace(w, &x, &s);
	world_turn(w);
	assert_false(s.done);
	world_disk_goes_on(w);
	world_wait(w, &s.done);
	assert_int_equal(s.status.code, 0);
	assert_int_equal(s.cd, 3);
	assert_consistent(w);
}

static bool is_unheard(void *arg)
{
	return ((struct ns_safexd *)arg)->silent;
}

/* A pass whose last step is the disk's ends well; the host has gone meanwhile, and is not ready. */
static void test_gone_while_written(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_safexd *h = w->ns->host[0];
	struct dio_status why;

	settle_unwritten(w, cd);
	w->host.down = true;
	dio_status_set(&why, DIO_E_UNREACHABLE, "a call has failed");
	ns_safexd_lost(h, &why);
	world_until(w, is_unheard, h);
	world_disk_goes_on(w);
	assert_int_equal(do_create(w, SAFEX_KIND_MANAGER, 0, "mem", NULL), DIO_E_UNREACHABLE);
	w->host.down = false;
}

/* After that the old one is what is wanted, also by a host that lost all. */
static void test_goes_back(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_object o;
	struct said s;

	assert_int_equal(replace(w, cd, 0, "second", &s), 0);
	go_back(w, SAFEX_END_BUDGET);
	settle(w, cd, &o);
	assert_int_equal(o.version, 1);
	assert_int_equal(o.versions[0].state, NS_VERSION_RUNS);
	assert_int_equal(o.versions[1].state, NS_VERSION_BACK);
	assert_int_equal(o.versions[1].cause, SAFEX_END_BUDGET);
	assert_memory_equal(o.digest, o.versions[0].digest, sizeof(o.digest));
	assert_int_equal(replace(w, cd, 0, "third", &s), 0);
	assert_int_equal(s.cd, 3);
	go_back(w, SAFEX_END_CONTRACT);
	settle(w, cd, &o);
	fake_restart(&w->host, true);
	for (int i = 0; i < 20000 && w->host.n < 5; i++)
		world_turn(w);
	assert_int_equal(at_host(w)->version, 1);
}

/* On probation when the nameserver ends, and gone back from before it is there again. */
static void test_restart(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_object o;

	assert_int_equal(replace(w, cd, 0, "second", NULL), 0);
	world_crash(w);
	go_back(w, SAFEX_END_THROWN);
	world_start(w);
	settle(w, cd, &o);
	assert_int_equal(o.version, 1);
	assert_int_equal(o.versions[1].state, NS_VERSION_BACK);
	assert_consistent(w);
}

static void test_refused(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_object o;
	struct said s;

	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_code = DIO_E_COMPILE;
	assert_int_equal(replace(w, cd, 0, "second", &s), DIO_E_COMPILE);
	row_of(w, cd, &o);
	assert_int_equal(o.version, 1);
	assert_int_equal(o.n_versions, 1);
	assert_int_equal(at_host(w)->version, 1);
	assert_consistent(w);
	assert_int_equal(replace(w, cd + 1, 0, "second", &s), DIO_E_INVALID);
	w->who.uid = 4711;
	assert_int_equal(replace(w, cd, 0, "second", &s), DIO_E_DENIED);
}

/* The host takes it and then does not start it: the row goes back. */
static void test_commit_refused(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_object o;
	struct said s;

	w->host.refuse_proc = SX_COMMIT;
	w->host.refuse_code = DIO_E_INTERNAL;
	assert_int_equal(replace(w, cd, 0, "second", &s), DIO_E_INTERNAL);
	at_host(w)->previous = 0;
	w->host.probation = false;
	settle(w, cd, &o);
	assert_int_equal(at_host(w)->version, o.version);
	assert_consistent(w);
}

/* The latest are kept, and the one that would be gone back to. */
static void test_many(void **state)
{
	struct world *w = *state;
	uint64_t cd = set_up(w);
	struct ns_object o;
	struct said s;

	w->host.probation = false;
	for (unsigned int i = 2; i < 2 + 2 * NS_VERSIONS_MAX; i++) {
		assert_int_equal(replace(w, cd, 0, "next", &s), 0);
		assert_int_equal(s.cd, i);
		settle(w, cd, &o);
	}
	assert_int_equal(o.n_versions, NS_VERSIONS_MAX);
	assert_int_equal(o.versions[NS_VERSIONS_MAX - 1].number, o.version);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replaced), TEST(test_replaced_at_once), TEST(test_gone_while_written), TEST(test_goes_back),
		TEST(test_restart),  TEST(test_refused),	  TEST(test_commit_refused),
		TEST(test_many),     TEST(test_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
