/* SPDX-License-Identifier: GPL-2.0-only */
/* The decisions: what is made, what is refused and how, and by whom. */
#include "ns_testing.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANAGER SAFEX_KIND_MANAGER
#define CLASS	SAFEX_KIND_CLASS
#define MONITOR SAFEX_KIND_MONITOR
#define HANDLER SAFEX_KIND_HANDLER
#define CHANNEL SAFEX_KIND_CHANNEL

static void test_everything(void **state)
{
	struct world *w = *state;
	uint64_t cd, other;

	world_start(w);
	cd = do_everything(w);
	assert_consistent(w);
	assert_int_equal(w->host.n, 5);
	assert_non_null(fake_find(&w->host, HANDLER, "cpu/pid"));
	assert_int_equal(do_init(w, 0, &other), 0);
	assert_true(other != cd);
	assert_int_equal(other >> 32, cd >> 32);

	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/pid", NULL), 0);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(w->host.n, 0);
	assert_int_equal(rows(w, "object/") + rows(w, "manager/"), 0);
}

/* An engine that answers later must not change the outcome. */
static void test_everything_later(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	w->asynchronous = true;
	world_start(w);
	cd = do_everything(w);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(w->host.n, 0);
	w->asynchronous = false;
}

static void test_layout(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_int_equal(s.layout.n, 3);
	assert_string_equal(s.layout.attr[0].name, "actual_cpu");
	assert_string_equal(s.layout.attr[2].name, "frames");
	/* Again, with the same number: the same answer, and nothing happens. */
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_int_equal(s.layout.n, 3);
	assert_int_equal(w->host.calls[SX_PREPARE], 2);
	assert_consistent(w);
}

static void test_missing(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_create(w, HANDLER, cd, "cpu/pid", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_NO_MONITOR);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_NO_HANDLER);
	/* A monitor is no handler. */
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", "cpu/usage"), DIO_E_NO_HANDLER);
	assert_int_equal(do_create(w, CLASS, cd, "mars/cpu", NULL), DIO_E_NO_HOST);
	assert_int_equal(do_create(w, CLASS, cd + 77, "cpu", NULL), DIO_E_INVALID);

	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "mem", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "mem", NULL), DIO_E_NO_CLASS);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/x", NULL), DIO_E_NO_MONITOR);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/usage", NULL), DIO_E_NO_HANDLER);
	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/a", "cpu/b"), DIO_E_GONE);
	assert_int_equal(do_end(w, 0, cd + 77), DIO_E_INVALID);
	assert_consistent(w);
}

static void test_duplicates(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(do_create(w, MANAGER, 0, "local/cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, HANDLER, cd, "cpu/usage", NULL), DIO_E_EXISTS);
	assert_int_equal(do_create(w, CHANNEL, cd, "local/cpu/usage", "cpu/pid"), DIO_E_EXISTS);
	assert_int_equal(w->host.calls[SX_PREPARE], 5);
	assert_consistent(w);
}

static void test_in_use(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "cpu", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, MONITOR, cd, "cpu/usage", NULL), DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, HANDLER, cd, "cpu/pid", NULL), DIO_E_IN_USE);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_int_equal(w->host.n, 1);
	assert_int_equal(rows(w, "app/"), 0);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_INVALID);
	assert_consistent(w);
}

/* The host says no: its words go on unchanged, and nothing is left. */
static void refuse(struct world *w, uint32_t proc, enum safex_kind kind, enum dio_error code)
{
	w->host.refuse_proc = proc;
	w->host.refuse_kind = kind;
	w->host.refuse_code = code;
}

static void test_refused_by_host(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	refuse(w, SX_PREPARE, MANAGER, DIO_E_COMPILE);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_COMPILE);
	assert_string_equal(s.status.message, "monitor.c:3: the host says 14");
	assert_int_equal(rows(w, "manager/"), 0);
	refuse(w, SX_COMMIT, MANAGER, DIO_E_ADMISSION);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_ADMISSION);
	assert_int_equal(rows(w, "manager/"), 0);
	assert_int_equal(w->host.n, 0);
	/* The number of a request that failed is not used up. */
	assert_int_equal(do_wish(w, &x, &s), 0);
	refuse(w, SX_DESTROY, MANAGER, DIO_E_IN_USE);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_IN_USE);
	assert_consistent(w);
	assert_int_equal(w->host.n, 1);
	refuse(w, SX_PREPARE, CLASS, 999);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_PROTOCOL);
	assert_consistent(w);
}

static void test_unreachable(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;

	w->host.down = true;
	world_begin(w);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	assert_int_equal(do_wish(w, &x, &s), DIO_E_UNREACHABLE);
	assert_non_null(strstr(s.status.message, "unix:/fake"));
	assert_int_equal(rows(w, "manager/"), 0);
	/* Back: the next request asks at once. */
	w->host.down = false;
	assert_int_equal(do_wish(w, &x, &s), 0);
	assert_consistent(w);
	w->host.down = true;
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_UNREACHABLE);
	w->host.down = false;
	world_crash(w);
	world_start(w);
	assert_consistent(w);
	assert_int_equal(w->host.n, 0);
}

/* The request is sent again while the first is under way: one effect, two answers. */
static void test_repeated(void **state)
{
	struct world *w = *state;
	struct said first, second;
	struct wish x;
	uint64_t cd, again;

	world_start(w);
	assert_int_equal(do_init(w, 7777, &cd), 0);
	assert_int_equal(do_init(w, 7777, &again), 0);
	assert_int_equal(cd, again);
	w->host.hang_prepare = true;
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	wish_send(w, &x, &first);
	wish_send(w, &x, &second);
	world_turn(w);
	world_turn(w);
	assert_false(first.done || second.done);
	fake_release(&w->host);
	world_wait(w, &first.done);
	world_wait(w, &second.done);
	assert_int_equal(first.status.code, 0);
	assert_int_equal(second.status.code, 0);
	assert_int_equal(w->host.calls[SX_PREPARE], 1);
	assert_int_equal(do_destroy(w, 8888, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 8888, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_destroy(w, 8889, MANAGER, 0, "cpu", NULL), DIO_E_NO_MANAGER);
	/* A number belongs to what it was used for, and to one user. */
	assert_int_equal(do_destroy(w, 7777, MANAGER, 0, "cpu", NULL), DIO_E_INVALID);
	w->who.uid = 1001;
	assert_int_equal(do_init(w, 7777, &again), 0);
	assert_true(again != cd);
	w->who.uid = 1000;
	assert_int_equal(do_end(w, 9999, cd), 0);
	assert_int_equal(do_end(w, 9999, cd), 0);
	x.args.request = 0;
	assert_int_equal(do_wish(w, &x, &first), DIO_E_INVALID);
}

/* A removal that did not reach the host is driven on by its repetition. */
static void test_repeated_removal(void **state)
{
	struct world *w = *state;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	w->host.down = true;
	assert_int_equal(do_destroy(w, 500, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_UNREACHABLE);
	assert_int_equal(w->host.n, 5);
	assert_int_equal(state_of(w, CHANNEL, cd, "cpu/usage", "cpu/pid"), NS_DESTROYING);
	assert_int_equal(do_end(w, 501, cd), DIO_E_UNREACHABLE);
	w->host.down = false;
	assert_int_equal(do_destroy(w, 500, CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	assert_null(fake_find(&w->host, CHANNEL, "cpu/usage"));
	assert_int_equal(do_end(w, 501, cd), 0);
	assert_int_equal(w->host.n, 1);
	assert_consistent(w);
}

/* The application ends while one of its requests waits for the host. */
static void test_ends_meanwhile(void **state)
{
	struct world *w = *state;
	struct said made, ended = { 0 };
	ns_destroy_args a = { .request = 77, .key = { .name = "", .second = "" } };
	struct wish x;
	uint64_t cd;

	world_begin(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	wish_send(w, &x, &made);
	a.key.cd = cd;
	ns_end_app(w->ns, &w->who, &a, said_answer, &ended);
	world_wait(w, &made.done);
	world_wait(w, &ended.done);
	assert_int_equal(made.status.code, DIO_E_INVALID);
	assert_int_equal(ended.status.code, 0);
	assert_int_equal(rows(w, "app/"), 0);
}

/* While something is being made, others cannot use or remove it. */
static void test_in_hand(void **state)
{
	struct world *w = *state;
	struct said s;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	w->host.hang_prepare = true;
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	wish_send(w, &x, &s);
	world_turn(w);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_NO_MANAGER);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), DIO_E_EXISTS);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_BUSY);
	/* Nor does a pass over the host take it away. */
	ns_safexd_tidy(w->ns->host[0], NULL, NULL);
	world_turn(w);
	world_turn(w);
	fake_release(&w->host);
	world_wait(w, &s.done);
	assert_int_equal(s.status.code, 0);
	assert_consistent(w);
	assert_int_equal(w->host.n, 1);
}

static void expect_wish(struct world *w, struct wish *x, int code)
{
	struct said s;

	x->args.request = w->next_request++;
	assert_int_equal(do_wish(w, x, &s), code);
}

static void test_bounds(void **state)
{
	struct world *w = *state;
	char long_part[40] = "cpu/", file[] = "a\"b.c";
	struct wish x;
	uint64_t cd;
	int i;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	wish_make(&x, w, MANAGER, 0, "cpu", NULL);
	x.args.spec.period = 0;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.period = 999999;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.period = (uint64_t)-5;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.period = 10000000;
	x.args.spec.budget = 10000001;
	expect_wish(w, &x, DIO_E_RANGE);
	x.args.spec.budget = 0;
	x.args.spec.source.source_len = 0;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.source.source_len = 4;
	x.args.spec.file = file;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.file = "";
	x.args.spec.pid = 3;
	expect_wish(w, &x, DIO_E_INVALID);
	memset(long_part + 4, 'x', sizeof(long_part) - 5);
	assert_int_equal(do_create(w, MONITOR, cd, long_part, NULL), DIO_E_TOO_BIG);
	assert_int_equal(do_create(w, MANAGER, 0, "a/b/c", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "-rf", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 0, "c p", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MANAGER, 5, "cpu", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MONITOR, 0, "cpu/usage", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, MONITOR, cd, "usage", NULL), DIO_E_INVALID);
	assert_int_equal(do_create(w, CHANNEL, cd, "cpu/usage", NULL), DIO_E_INVALID);
	for (i = -1; i < 9; i++)
		if (i < 1 || i > 6 || i == SAFEX_KIND_GUARD)
			assert_int_equal(do_create(w, i, cd, "cpu", NULL), DIO_E_INVALID);
	assert_int_equal(rows(w, "manager/") + rows(w, "object/"), 0);
	assert_int_equal(w->host.calls[SX_PREPARE], 0);
}

static void test_class_bounds(void **state)
{
	struct world *w = *state;
	struct wish x;
	uint64_t cd;

	world_start(w);
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	x.attr[1].name = "target_cpu";
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].name = "a/b";
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].name = "b";
	x.attr[1].rights = SAFEX_MGR_WRITE;
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].rights = 0;
	x.attr[1].role = SAFEX_ROLE_SHARE;
	expect_wish(w, &x, DIO_E_INVALID);
	x.attr[1].role = 0;
	x.args.spec.pid = -1;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.pid = 0x7ffffff0;
	expect_wish(w, &x, DIO_E_GONE);
	x.args.spec.pid = 0;
	x.args.spec.period = 5;
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.period = 0;
	x.args.spec.file = "x.c";
	expect_wish(w, &x, DIO_E_INVALID);
	x.args.spec.file = "";
	expect_wish(w, &x, 0);
	assert_consistent(w);
}

/* Each verb, on what one user owns, by another, by root, and by a stranger. */
static void test_owners(void **state)
{
	struct world *w = *state;
	uint64_t cd, own;

	world_start(w);
	cd = do_everything(w);
	w->who.uid = 1001;
	assert_int_equal(do_init(w, 0, &own), 0);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/spy", NULL), DIO_E_DENIED);
	assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, CHANNEL, cd, "cpu/usage", "cpu/pid"), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_end(w, 0, cd), DIO_E_DENIED);
	assert_int_equal(do_create(w, CLASS, own, "cpu", NULL), 0);
	w->who.local = false;
	assert_int_equal(do_init(w, 0, &own), DIO_E_DENIED);
	assert_int_equal(do_create(w, MANAGER, 0, "mem", NULL), DIO_E_DENIED);
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/spy", NULL), DIO_E_DENIED);
	assert_int_equal(do_destroy(w, 0, MANAGER, 0, "cpu", NULL), DIO_E_DENIED);
	assert_int_equal(do_end(w, 0, cd), DIO_E_DENIED);
	w->who.local = true;
	w->who.uid = 0;
	assert_int_equal(do_create(w, MONITOR, cd, "cpu/root", NULL), 0);
	assert_int_equal(do_end(w, 0, cd), 0);
	assert_consistent(w);
}

struct listing {
	bool		done;
	enum dio_error	code;
	unsigned int	n;
	dio_x_entry	entry[32];
	char		name[32][96];
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

static pid_t start_process(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void wait_rows(struct world *w, const char *prefix, size_t n)
{
	int i;

	for (i = 0; i < 10000 && rows(w, prefix) != n; i++)
		world_turn(w);
	assert_int_equal(rows(w, prefix), n);
}

/* Killed, it cannot end its application: the nameserver does, and only it. */
static void test_process_ends(void **state)
{
	struct world *w = *state;
	pid_t pid = start_process();
	uint64_t stays;

	world_start(w);
	stays = do_everything(w);
	w->who.pid = pid;
	assert_int_equal(do_destroy(w, 0, CHANNEL, stays, "cpu/usage", "cpu/pid"), 0);
	{
		uint64_t cd;

		assert_int_equal(do_init(w, 0, &cd), 0);
		assert_int_equal(do_create(w, CLASS, cd, "cpu", NULL), 0);
		assert_int_equal(do_create(w, MONITOR, cd, "cpu/usage", NULL), 0);
	}
	assert_int_equal(rows(w, "app/"), 2);
	assert_int_equal(w->host.n, 6);
	kill(pid, SIGKILL);
	wait_rows(w, "app/", 1);
	waitpid(pid, NULL, 0);
	assert_int_equal(w->host.n, 4);
	assert_consistent(w);
	assert_int_equal(do_end(w, 0, stays), 0);
}

/* What began the application ends, but its contract is another process's. */
static void test_starter_ends(void **state)
{
	struct world *w = *state;
	pid_t starter = start_process();
	unsigned int before;
	struct wish x;
	uint64_t cd;
	int i;

	world_start(w);
	w->who.pid = starter;
	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, MANAGER, 0, "cpu", NULL), 0);
	wish_make(&x, w, CLASS, cd, "cpu", NULL);
	x.args.spec.pid = getpid();
	assert_int_equal(do_wish(w, &x, NULL), 0);
	before = w->host.calls[SX_REPORT];
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	for (i = 0; i < 10000 && w->host.calls[SX_REPORT] == before; i++)
		world_turn(w);
	for (i = 0; i < 5; i++)
		world_turn(w);
	assert_int_equal(rows(w, "app/"), 1);
	assert_int_equal(w->host.n, 2);
	assert_int_equal(do_destroy(w, 0, CLASS, cd, "cpu", NULL), 0);
	ns_safexd_tidy(w->ns->host[0], NULL, NULL);
	wait_rows(w, "app/", 0);
}

static void test_too_many(void **state)
{
	struct world *w = *state;
	struct said s[NS_OPS_PER_UID + 1];
	static struct wish x[NS_OPS_PER_UID + 1];
	char name[16];
	uint64_t cd;
	int i;

	world_start(w);
	for (i = 0; i < NS_APPS_PER_UID; i++)
		assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_init(w, 0, &cd), DIO_E_TOO_BIG);
	w->host.down = false;
	for (i = 0; i <= NS_OPS_PER_UID; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		w->host.hang_prepare = !i;
		wish_make(&x[i], w, MANAGER, 0, strdup(name), NULL);
		wish_send(w, &x[i], &s[i]);
	}
	assert_true(s[NS_OPS_PER_UID].done);
	assert_int_equal(s[NS_OPS_PER_UID].status.code, DIO_E_BUSY);
	fake_release(&w->host);
	for (i = 0; i <= NS_OPS_PER_UID; i++) {
		world_wait(w, &s[i].done);
		free(x[i].args.spec.key.name);
	}
	assert_int_equal(rows(w, "manager/"), NS_OPS_PER_UID);
	assert_consistent(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything), TEST(test_everything_later), TEST(test_layout),
		TEST(test_missing), TEST(test_duplicates), TEST(test_in_use),
		TEST(test_refused_by_host), TEST(test_unreachable), TEST(test_repeated),
		TEST(test_in_hand), TEST(test_bounds), TEST(test_class_bounds),
		TEST(test_owners), TEST(test_list), TEST(test_list_together), TEST(test_records),
		TEST(test_locate), TEST(test_process_ends), TEST(test_starter_ends),
		TEST(test_repeated_removal), TEST(test_ends_meanwhile), TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
