/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told, and to whom: listings with counters, exit records, places. */
#include "ns_testing.h"

#include <string.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR

struct listing {
	bool		done;
	enum dio_error	code;
	unsigned int	n;
	dio_x_entry	entry[32];
	char		name[32][96], program[32][32];
};

static void keep_list(void *arg, dio_x_list_result *r)
{
	struct listing *l = arg;
	unsigned int i;

	l->done = true;
	l->code = r->status.code;
	l->n = r->entries.entries_len;
	for (i = 0; i < l->n; i++) {
		l->entry[i] = r->entries.entries_val[i];
		strcpy(l->name[i], l->entry[i].key.name);
		strcpy(l->program[i], l->entry[i].command);
	}
}

static unsigned int list(struct world *w, unsigned int kind, uint64_t cd, struct listing *l)
{
	ns_list_args a = { .kind = kind, .cd = cd };

	memset(l, 0, sizeof(*l));
	ns_list(w->ns, &w->who, &a, keep_list, l);
	world_wait(w, &l->done);
	assert_int_equal(l->code, 0);
	return l->n;
}

static void test_list(void **state)
{
	struct world *w = *state;
	struct listing l;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(list(w, 0, 0, &l), 5);
	assert_int_equal(list(w, 0, cd, &l), 4);
	assert_int_equal(list(w, MONITOR, 0, &l), 1);
	assert_string_equal(l.name[0], "cpu/usage");
	assert_int_equal(l.entry[0].active, 1);
	assert_true(l.entry[0].stat.runs >= 100);
	assert_int_equal(l.entry[0].period, 10000000);
	assert_int_equal(l.entry[0].budget, 50000);
	assert_int_equal(l.entry[0].pid, 0);
	assert_int_equal(list(w, CLASS, 0, &l), 1);
	assert_int_equal(l.entry[0].pid, getpid());
	assert_string_equal(l.program[0], "test_ns_list");
	w->who.uid = 1001;
	assert_int_equal(list(w, 0, 0, &l), 1);
	assert_int_equal(l.entry[0].key.kind, MANAGER);
	assert_int_equal(list(w, 0, cd, &l), 0);
	w->who.uid = 0;
	assert_int_equal(list(w, 0, 0, &l), 5);
	w->who.local = false;
	assert_int_equal(list(w, 0, 0, &l), 1);
}

/* Many ask at once: the host is asked once. */
static void test_list_together(void **state)
{
	struct world *w = *state;
	struct listing l[8] = { 0 };
	ns_list_args a = { 0 };
	unsigned int before, i;	/* a report is kept for a while */

	world_start(w);
	do_everything(w);
	before = w->host.calls[SX_REPORT];
	for (i = 0; i < 8; i++)
		ns_list(w->ns, &w->who, &a, keep_list, &l[i]);
	for (i = 0; i < 8; i++)
		world_wait(w, &l[i].done);
	assert_int_equal(w->host.calls[SX_REPORT], before + 1);
	/* The host goes: the list is told, with nothing running. */
	w->host.down = true;
	for (i = 0; i < 10000 && list(w, MONITOR, 0, &l[0]) == 1 && l[0].entry[0].active; i++)
		world_turn(w);
	assert_int_equal(l[0].entry[0].active, 0);
	assert_int_equal(l[0].entry[0].stat.runs, 0);
}

struct recorded {
	bool	     done;
	int	     code;
	unsigned int n;
	uint64_t     seq;
};

static void keep_records(void *arg, dio_x_records_result *r)
{
	struct recorded *k = arg;

	k->done = true;
	k->code = r->status.code;
	k->n = r->records.records_len;
	k->seq = k->n ? r->records.records_val[0].seq : 0;
}

static struct recorded records(struct world *w, uint64_t cd)
{
	dio_x_records_args a = { .cd = cd, .first = 5 };
	struct recorded k = { 0 };

	ns_records(w->ns, &w->who, &a, keep_records, &k);
	world_wait(w, &k.done);
	return k;
}

static void test_records(void **state)
{
	struct world *w = *state;
	struct recorded k;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	k = records(w, cd);
	assert_int_equal(k.code, 0);
	assert_int_equal(k.n, 1);
	assert_int_equal(k.seq, 5);
	k = records(w, 0);
	assert_int_equal(k.n, 1);	/* the manager's own, not the stranger's */
	/* Pages that hold nothing for the caller are not the end. */
	w->host.secret_before = 10;
	k = records(w, 0);
	assert_int_equal(k.n, 1);
	assert_int_equal(k.seq, 11);
	w->host.secret_before = 0;
	w->who.uid = 1001;
	assert_int_equal(records(w, cd).code, DIO_E_DENIED);
	w->who.uid = 0;
	assert_int_equal(records(w, 0).n, 2);
	w->who.local = false;
	assert_int_equal(records(w, 0).code, DIO_E_DENIED);
	w->who.local = true;
	w->host.down = true;
	assert_int_equal(records(w, cd).code, DIO_E_UNREACHABLE);
}

static void test_locate(void **state)
{
	struct world *w = *state;
	struct dio_status st;
	dio_x_key key = { .kind = CLASS, .name = "cpu", .second = "" };
	const char *at;

	world_start(w);
	key.cd = do_everything(w);
	assert_int_equal(ns_locate(w->ns, &w->who, &key, &st, &at), 0);
	assert_string_equal(at, "unix:/run/safexd/app");
	key.name = "mem";
	assert_int_equal(ns_locate(w->ns, &w->who, &key, &st, &at), DIO_E_NO_CLASS);
	key.name = "cpu";
	w->who.uid = 1001;
	assert_int_equal(ns_locate(w->ns, &w->who, &key, &st, &at), DIO_E_DENIED);
	key.cd = 0;
	key.kind = MANAGER;
	assert_int_equal(ns_locate(w->ns, &w->who, &key, &st, &at), DIO_E_NO_CLASS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list), TEST(test_list_together), TEST(test_records), TEST(test_locate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
