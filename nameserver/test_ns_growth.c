/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a caller costs, and the end of a process, does not grow with what others
 * have: counted in rows that are read, and in commits.
 */
#include "ns_testing.h"

#include <sys/resource.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR

#define OTHER	2000	/* a user */
#define FEW	50
#define MANY	500

struct cost {
	unsigned int rows, commits, reports;
};

static struct cost since(struct world *w, const struct cost *before)
{
	return (struct cost){
		w->rows_read - before->rows, w->commits - before->commits,
		w->host.calls[SX_REPORT] - before->reports,
	};
}

static struct cost now(struct world *w)
{
	return since(w, &(struct cost){ 0 });
}

static unsigned int seeded(struct world *w)
{
	return (unsigned int)rows(w, NS_PREFIX_OBJECTS "000000010");
}

static bool sweep_rests(void *ns)
{
	return ns_sweep_rests(ns);
}

/* More rows of another user: the nameserver is to read them at its start only. */
static void others_have(struct world *w, unsigned int n)
{
	unsigned int there = seeded(w);

	world_crash(w);
	seed_rows(w->disk, OTHER, "far", there, n - there);
	world_start(w);
	world_until(w, sweep_rests, w->ns);
}

static struct cost cost_of_end(struct world *w, bool with_class)
{
	size_t before = rows(w, "app/");
	pid_t pid = start_process();
	struct cost c;
	uint64_t cd;

	w->who.pid = pid;
	assert_int_equal(do_init(w, 0, &cd), 0);
	if (with_class)
		assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	c = now(w);
	end_process(pid);
	wait_rows(w, "app/", before);
	w->who.pid = getpid();
	return since(w, &c);
}

static void test_end_of_a_process(void **state)
{
	struct world *w = *state;
	struct cost few, many;

	world_start(w);
	others_have(w, FEW);
	few = cost_of_end(w, false);
	others_have(w, MANY);
	many = cost_of_end(w, false);
	print_message("rows read at the end of a process: %u beside %d of others, %u beside %d\n",
		      few.rows, FEW, many.rows, MANY);
	assert_int_equal(many.rows, few.rows);
	assert_true(many.rows <= 4);
	assert_int_equal(many.reports, 0);
}

static void test_end_of_a_process_with_a_class(void **state)
{
	struct world *w = *state;
	struct cost few, many;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	others_have(w, FEW);
	few = cost_of_end(w, true);
	others_have(w, MANY);
	many = cost_of_end(w, true);
	assert_int_equal(many.rows, few.rows);
	assert_true(many.rows <= 10);
	assert_int_equal(many.reports, 0);
	assert_int_equal(w->host.n, 1);
}

static void test_end_of_an_application(void **state)
{
	struct world *w = *state;
	unsigned int cost[2], i;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	for (i = 0; i < 2; i++) {
		others_have(w, i ? MANY : FEW);
		assert_int_equal(do_init(w, 0, &cd), 0);
		assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
		cost[i] = w->rows_read;
		assert_int_equal(do_end(w, 0, cd), 0);
		cost[i] = w->rows_read - cost[i];
	}
	assert_int_equal(cost[0], cost[1]);
}

/* Of one process: they go as many at a time as a transaction holds, one in a turn. */
static void test_many_applications_of_a_process(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	unsigned int i, before, in_turn, most = 0;
	uint64_t cd;

	world_start(w);
	w->who.pid = pid;
	w->who.uid = 0;
	for (i = 0; i < 100; i++)
		assert_int_equal(do_init(w, 0, &cd), 0);
	before = w->commits;
	end_process(pid);
	for (i = 0; i < 10000 && rows(w, "app/"); i++) {
		in_turn = w->commits;
		event_base_loop(w->base, EVLOOP_ONCE);
		in_turn = w->commits - in_turn;
		most = in_turn > most ? in_turn : most;
	}
	assert_int_equal(rows(w, "app/"), 0);
	assert_int_equal(w->commits - before, 100 / NS_TXN_MAX + 1);
	assert_int_equal(most, 1);
}

/* The store fails: they are not forgotten. */
static void test_store_fails_meanwhile(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	uint64_t cd;

	world_start(w);
	w->who.pid = pid;
	assert_int_equal(do_init(w, 0, &cd), 0);
	ns_store_mem_fail(w->disk, 1, -5);
	end_process(pid);
	wait_rows(w, "app/", 0);
	assert_int_equal(ns_index_apps(w->ns, w->who.uid), 0);
}

static void listed(void *arg, dio_x_list_result *r)
{
	*(int *)arg = r->status.code ? -1 : (int)r->entries.entries_len;
}

static void paged(void *arg, ns_list_page_result *r)
{
	*(int *)arg = r->status.code || r->next[0] ? -1 : (int)r->entries.entries_len;
}

/* Rows that are read for a listing, in both forms; it has n entries. */
static unsigned int cost_of_list(struct world *w, unsigned int kind, uint64_t cd, int n)
{
	ns_list_args args = { .kind = kind, .cd = cd };
	ns_list_page_args page = { .kind = kind, .cd = cd, .after = "" };
	unsigned int before = w->rows_read;
	int told = -2, told_page = -2;

	ns_list(w->ns, &w->who, &args, listed, &told);
	ns_list_page(w->ns, &w->who, &page, paged, &told_page);
	while (told == -2 || told_page == -2)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_int_equal(told, n);
	assert_int_equal(told_page, n);
	return w->rows_read - before;
}

/* Who has nothing, who has something, and a stranger: beside 500 rows of another and 5,000. */
static void test_list(void **state)
{
	static const unsigned int beside[] = { 500, 5000 };
	struct world *w = *state;
	unsigned int i;
	uint64_t own;

	world_start(w);
	own = do_everything(w);
	for (i = 0; i < 2; i++) {
		others_have(w, beside[i]);
		w->who.uid = 1001;
		assert_int_equal(cost_of_list(w, 0, 0, 1), 2);	/* the manager, twice */
		assert_int_equal(cost_of_list(w, MANAGER, 0, 1), 2);
		assert_int_equal(cost_of_list(w, CLASS, 0, 0), 0);
		assert_int_equal(cost_of_list(w, 0, SEEDED_CD, 0), 0);
		w->who.uid = 1000;
		assert_int_equal(cost_of_list(w, 0, 0, 5), 10);
		assert_int_equal(cost_of_list(w, 0, own, 4), 8);
		w->who.local = false;
		assert_int_equal(cost_of_list(w, 0, 0, 1), 2);
		assert_int_equal(cost_of_list(w, 0, SEEDED_CD, 0), 0);
		w->who.local = true;
	}
}

static void test_create(void **state)
{
	struct world *w = *state;
	unsigned int cost[2], i;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	for (i = 0; i < 2; i++) {
		others_have(w, i ? MANY : FEW);
		assert_int_equal(do_init(w, 0, &cd), 0);
		cost[i] = w->rows_read;
		assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
		cost[i] = w->rows_read - cost[i];
	}
	assert_int_equal(cost[0], cost[1]);
}

/* Made, refused, removed, lost with a process: what is counted is what there is. */
static void test_counts_are_right(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	uint64_t cd, other;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(ns_index_objects(w->ns, "local"), 5);
	assert_int_equal(ns_index_app(w->ns, cd)->objects, 4);
	w->host.refuse_proc = SX_PREPARE;
	w->host.refuse_code = DIO_E_COMPILE;
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/bad", NULL), DIO_E_COMPILE);
	w->host.refuse_proc = SX_COMMIT;
	w->host.refuse_code = DIO_E_LOAD;
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/bad", NULL), DIO_E_LOAD);
	assert_int_equal(do_destroy(w, 0, SAFEX_KIND_CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_int_equal(ns_index_objects_of(w->ns, "local", w->who.uid), 4);
	w->who.pid = pid;
	assert_int_equal(do_init(w, 0, &other), 0);
	assert_int_equal(do_create(w, CLASS, other, "cpu", NULL), 0);
	assert_int_equal(ns_index_objects(w->ns, "local"), 5);
	end_process(pid);
	wait_rows(w, "app/", 1);
	assert_int_equal(ns_index_objects(w->ns, "local"), 4);
	world_crash(w);
	world_start(w);
	assert_int_equal(ns_index_objects_of(w->ns, "local", w->who.uid), 4);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(ns_index_objects_of(w->ns, "local", w->who.uid), 1);
	assert_int_equal(ns_index_apps(w->ns, w->who.uid), 0);
}

#define DESCRIPTORS 256

/* Takes all but some of the descriptors that this process may have. */
struct taken {
	struct rlimit all;
	int fd[DESCRIPTORS];
	unsigned int n;
};

static void take_descriptors(struct taken *t, unsigned int leave)
{
	struct rlimit few;

	getrlimit(RLIMIT_NOFILE, &t->all);
	few = t->all;
	few.rlim_cur = DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &few);
	for (t->n = 0; t->n < DESCRIPTORS && (t->fd[t->n] = dup(STDERR_FILENO)) >= 0; t->n++)
		;
	while (leave--)
		close(t->fd[--t->n]);
}

static void give_descriptors(struct taken *t)
{
	while (t->n)
		close(t->fd[--t->n]);
	setrlimit(RLIMIT_NOFILE, &t->all);
}

#define PROCESSES 6

/*
 * There are descriptors for a part of the processes: the others get theirs in
 * turn, and that they have none is not taken for their end.
 */
static void test_few_descriptors(void **state)
{
	struct world *w = *state;
	pid_t pid[PROCESSES];
	struct taken taken;
	uint64_t cd;
	int i;

	world_start(w);
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = w->who.pid = start_process();
		assert_int_equal(do_init(w, 0, &cd), 0);
	}
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	world_crash(w);
	take_descriptors(&taken, PROCESSES / 2);
	world_start(w);
	world_until(w, sweep_rests, w->ns);
	assert_int_equal(rows(w, "app/"), PROCESSES);
	assert_consistent(w);
	for (i = 0; i < PROCESSES; i++)
		end_process(pid[i]);
	wait_rows(w, "app/", 0);
	give_descriptors(&taken);
	assert_int_equal(w->host.n, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_end_of_a_process), TEST(test_end_of_a_process_with_a_class),
		TEST(test_end_of_an_application), TEST(test_many_applications_of_a_process),
		TEST(test_store_fails_meanwhile), TEST(test_list), TEST(test_create), TEST(test_counts_are_right),
		TEST(test_few_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
