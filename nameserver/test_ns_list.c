/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told, and to whom: listings with counters, exit records, places. */
#include "ns_testing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR

static void row_put(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

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
	assert_int_equal(l.entry[0].uid, 1000);
	assert_int_equal(l.entry[0].unknown, 0);
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
	/* The host goes: what there is is told, and that no more is known of it. */
	w->host.down = true;
	for (i = 0; i < 10000 && list(w, MONITOR, 0, &l[0]) == 1 && l[0].entry[0].active; i++)
		world_turn(w);
	assert_int_equal(l[0].entry[0].unknown, 1);
	assert_int_equal(l[0].entry[0].active, 0);
	assert_int_equal(l[0].entry[0].stat.runs, 0);
}

struct hosts {
	bool	     done;
	int	     code;
	unsigned int n, state;		/* of the first */
	uint64_t     boot;
	char	     name[32], why[512];
};

static void keep_hosts(void *arg, ns_hosts_result *r)
{
	const ns_host_state *first = r->hosts.hosts_val;
	struct hosts *k = arg;

	k->done = true;
	k->code = r->status.code;
	k->n = r->hosts.hosts_len;
	if (!k->n)
		return;
	k->state = first->state;
	k->boot = first->boot;
	strcpy(k->name, first->name);
	strcpy(k->why, first->why);
}

static struct hosts hosts(struct world *w)
{
	struct hosts k = { 0 };

	ns_hosts(w->ns, &w->who, keep_hosts, &k);
	world_wait(w, &k.done);
	return k;
}

static bool is_ready(void *arg)
{
	return hosts(arg).state == NS_HOST_READY;
}

/* As it is now, not as it was at the last heartbeat. */
static void test_hosts(void **state)
{
	struct world *w = *state;
	struct hosts k;

	world_begin(w);
	k = hosts(w);
	assert_int_equal(k.n, 1);
	assert_string_equal(k.name, "local");
	assert_int_not_equal(k.state, NS_HOST_READY);
	assert_string_not_equal(k.why, "");
	world_until(w, is_ready, w);
	k = hosts(w);
	assert_string_equal(k.why, "");
	assert_int_equal(k.boot, w->host.boot);
	w->host.down = true;
	while (hosts(w).state == NS_HOST_READY)	/* while the last report is new */
		world_turn(w);
	k = hosts(w);
	assert_int_equal(k.state, NS_HOST_SILENT);
	assert_non_null(strstr(k.why, "cannot be reached"));
	w->who.uid = 1001;
	assert_int_equal(hosts(w).code, 0);
	w->who.local = false;
	k = hosts(w);
	assert_int_equal(k.code, DIO_E_DENIED);
	assert_int_equal(k.n, 0);
}

/* Pages of a listing. */
struct paging {
	bool	     done;
	int	     code;
	unsigned int n, pages, cut;
	uint64_t     last;		/* descriptor of the entry before */
	char	     after[DIO_X_CURSOR + 1];
	unsigned int told[2000];	/* times, of seeded applications */
};

static void keep_page(void *arg, ns_list_page_result *r)
{
	struct paging *p = arg;
	unsigned int i;

	p->done = true;
	p->code = r->status.code;
	assert_true(r->entries.entries_len <= DIO_X_ENTRIES);
	for (i = 0; i < r->entries.entries_len; i++) {
		uint64_t cd = r->entries.entries_val[i].key.cd;

		assert_true(cd >= p->last);
		p->cut += !i && p->pages && cd == p->last;
		p->last = cd;
		if (cd >= SEEDED_CD && cd < SEEDED_CD + 2000)
			p->told[cd - SEEDED_CD]++;
	}
	p->n += i;
	p->pages++;
	strcpy(p->after, r->next);
}

static void next_page(struct world *w, struct paging *p, unsigned int kind, uint64_t cd)
{
	char after[DIO_X_CURSOR + 1];
	ns_list_page_args a = { .kind = kind, .cd = cd, .after = after };

	strcpy(after, p->after);
	p->done = false;
	ns_list_page(w->ns, &w->who, &a, keep_page, p);
	world_wait(w, &p->done);
}

static struct paging all_pages(struct world *w, unsigned int kind)
{
	struct paging p = { 0 };

	do
		next_page(w, &p, kind, 0);
	while (!p.code && p.after[0]);
	assert_int_equal(p.code, 0);
	return p;
}

static void put_monitor(struct world *w, uint64_t cd, unsigned int number, const char *host)
{
	struct ns_object o = {
		.id = { .kind = MONITOR, .cd = cd, .name = { .manager = "cpu" } },
		.state = NS_COMMITTED, .uid = w->who.uid,
	};
	struct ns_txn t;

	strcpy(o.id.name.host, host);
	snprintf(o.id.name.extension, sizeof(o.id.name.extension), "m%u", number);
	ns_txn_begin(&t);
	ns_object_put(&t, &o);
	ns_store_commit(w->disk, &t, row_put, NULL);
	ns_txn_end(&t);
}

static void count_list(void *arg, dio_x_list_result *r)
{
	*(int *)arg = r->status.code ? -1 : (int)r->entries.entries_len;
}

/* 1,002 rows on two hosts: each is told once, and an application is in one page. */
static void test_pages(void **state)
{
	static const char *const hosts[] = { "far", "further" };
	struct world *w = *state;
	ns_list_args first = { 0 };
	struct paging p;
	unsigned int i;
	int told = 0;

	seed_rows(w->disk, 1000, "far", 0, 334);
	for (i = 0; i < 2 * 334; i++)
		put_monitor(w, SEEDED_CD + i % 334, i, hosts[i / 334]);
	world_start(w);
	w->who.uid = 0;
	p = all_pages(w, 0);
	assert_int_equal(p.n, 1002);
	assert_int_equal(p.pages, 2);
	assert_int_equal(p.cut, 0);
	for (i = 0; i < 334; i++)
		assert_int_equal(p.told[i], 3);
	assert_int_equal(all_pages(w, MONITOR).n, 668);
	assert_int_equal(all_pages(w, MANAGER).n, 0);
	/* As programs from before ask. */
	ns_list(w->ns, &w->who, &first, count_list, &told);
	assert_int_equal(told, DIO_X_ENTRIES);
	/* The owner sees the same, another nothing: also with the owner's cursor. */
	w->who.uid = 1000;
	p = all_pages(w, 0);
	assert_int_equal(p.n, 1002);
	memset(&p, 0, sizeof(p));
	next_page(w, &p, 0, 0);
	assert_true(p.after[0] && p.n);
	w->who.uid = 1001;
	p.n = 0;
	next_page(w, &p, 0, 0);
	assert_true(!p.code && !p.n && !p.after[0]);
	assert_int_equal(all_pages(w, 0).n, 0);
}

/* More of one application than a page holds: it is cut, and nothing is lost. */
static void test_pages_of_one(void **state)
{
	struct world *w = *state;
	struct paging p = { 0 };
	unsigned int i;

	seed_rows(w->disk, 1000, "far", 0, 3);
	for (i = 0; i < 1100; i++)
		put_monitor(w, SEEDED_CD + 1, i, "far");
	world_start(w);
	p = all_pages(w, 0);
	assert_int_equal(p.n, 1103);
	assert_int_equal(p.told[1], 1101);
	assert_true(p.cut > 0);
	memset(&p, 0, sizeof(p));
	do
		next_page(w, &p, 0, SEEDED_CD + 1);
	while (p.after[0]);
	assert_int_equal(p.n, 1101);
}

/* A cursor is the client's word: it is bounded, and leads nowhere else. */
static void test_bad_cursors(void **state)
{
	static const char *const bad[] = { "x", "app/0000", "object", "source/", "manager/a b", "\xff" };
	struct world *w = *state;
	struct paging p;
	unsigned int i;

	world_start(w);
	do_everything(w);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&p, 0, sizeof(p));
		strcpy(p.after, bad[i]);
		next_page(w, &p, 0, 0);
		assert_int_equal(p.code, DIO_E_INVALID);
		assert_int_equal(p.n, 0);
	}
	memset(&p, 0, sizeof(p));
	memset(p.after, 'z', DIO_X_CURSOR);
	memcpy(p.after, "object/", 7);
	next_page(w, &p, 0, 0);
	assert_true(!p.code && !p.n && !p.after[0]);
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
		TEST(test_list), TEST(test_list_together), TEST(test_hosts), TEST(test_pages),
		TEST(test_pages_of_one), TEST(test_bad_cursors), TEST(test_records), TEST(test_locate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
