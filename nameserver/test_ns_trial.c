/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked about without being made: who may ask, what is told, and that nothing is left. */
#include "ns_testing.h"

#include <string.h>

#define MANAGER SAFEX_KIND_MANAGER
#define MONITOR SAFEX_KIND_MONITOR

struct told {
	bool	     done;
	unsigned int times;
	int	     code;
	unsigned int stage, kind, uses;
	char	     message[512], compiler[64];
};

static char source[] = "void monitor(void) { }\n";

static dio_x_check question(unsigned int kind, uint64_t cd, const char *name)
{
	return (dio_x_check){
		.kind = kind, .cd = cd, .host = "", .manager = "cpu", .name = (char *)name,
		.file = "monitor.c", .source = { sizeof(source) - 1, source },
	};
}

static void keep(void *arg, dio_x_check_result *r)
{
	struct told *t = arg;

	t->done = true;
	t->times++;
	t->code = r->status.code;
	t->stage = r->stage;
	t->kind = r->kind;
	t->uses = r->uses.uses_len;
	strncpy(t->message, r->status.message, sizeof(t->message) - 1);
	strncpy(t->compiler, r->compiler, sizeof(t->compiler) - 1);
}

/* Also that neither the store nor the host has anything that it had not. */
static struct told ask(struct world *w, const dio_x_check *asked)
{
	uint64_t before = ns_store_revision(w->disk);
	unsigned int objects = w->host.n;
	unsigned int prepares = w->host.calls[SX_PREPARE];
	struct told t = { 0 };

	ns_check(w->ns, &w->who, asked, keep, &t);
	world_wait(w, &t.done);
	ns_audit_flush(w->ns);
	assert_int_equal(t.times, 1);
	assert_true(!t.code == !t.message[0]);
	assert_int_equal(ns_store_revision(w->disk), before);
	assert_int_equal(w->host.n, objects);
	assert_int_equal(w->host.calls[SX_PREPARE], prepares);
	assert_int_equal(w->ns->n_ops, 0);
	return t;
}

/* By the nameserver; what the host has is told nevertheless. */
static void refused(struct world *w, const dio_x_check *asked, int code, const char *part)
{
	struct told t = ask(w, asked);

	assert_int_equal(t.code, code);
	if (!strstr(t.message, part))
		fail_msg("\"%s\" does not say \"%s\"", t.message, part);
	assert_int_equal(t.stage, 0);
	assert_string_equal(t.compiler, "clang 14");
}

static void test_taken(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	struct told t;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	x = question(MONITOR, cd, "new");
	t = ask(w, &x);
	assert_int_equal(t.code, 0);
	assert_int_equal(t.stage, 5);
	assert_int_equal(t.uses, 1);
	assert_int_equal(w->host.checked_bytes, sizeof(source) - 1);
	assert_int_equal(w->host.checked_uid, w->who.uid);
	x = question(MONITOR, 0, "usage");	/* of no class: the name says nothing */
	assert_int_equal(ask(w, &x).code, 0);
	x = question(MONITOR, cd, "");
	assert_int_equal(ask(w, &x).code, 0);
	w->host.sees_kind = SAFEX_KIND_HANDLER;
	x = question(0, cd, "new");
	t = ask(w, &x);
	assert_int_equal(t.kind, SAFEX_KIND_HANDLER);
	assert_int_equal(t.code, 0);
	assert_consistent(w);
}

static void test_what_the_host_says(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	struct told t;

	world_start(w);
	x = question(MONITOR, do_everything(w), "new");
	w->host.refuse_proc = SX_CHECK;
	w->host.refuse_code = DIO_E_COMPILE;
	t = ask(w, &x);
	assert_int_equal(t.code, DIO_E_COMPILE);
	assert_int_equal(t.stage, 2);
	assert_string_equal(t.message, "monitor.c:3: the host says 14");
	assert_string_equal(t.compiler, "clang 14");
	/* What a create would be told first is told here, too. */
	x.name = "usage";
	refused(w, &x, DIO_E_EXISTS, "exists already");
}

static void test_names(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	x = question(MONITOR, cd, "usage");
	refused(w, &x, DIO_E_EXISTS, "cpu/usage");
	x = question(MANAGER, 0, "cpu");
	refused(w, &x, DIO_E_EXISTS, "exists already");
	w->host.sees_kind = MANAGER;
	x.kind = 0;
	refused(w, &x, DIO_E_EXISTS, "exists already");
	x.name = "";
	assert_int_equal(ask(w, &x).code, 0);
	x = question(MONITOR, 0, "");
	x.manager = "mem";
	refused(w, &x, DIO_E_NO_MANAGER, "does not exist");
	x.cd = cd;
	refused(w, &x, DIO_E_NO_MANAGER, "does not exist");
	assert_int_equal(do_create(w, MANAGER, 0, "mem", NULL), 0);
	refused(w, &x, DIO_E_NO_CLASS, "does not exist");
	x.cd = 77;
	refused(w, &x, DIO_E_INVALID, "its application has ended or never was");
}

static void test_who_may(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	struct told t;
	uint64_t cd;

	world_start(w);
	cd = do_everything(w);
	w->who.uid = 1001;
	x = question(MONITOR, cd, "new");
	refused(w, &x, DIO_E_DENIED, "belongs to another user, not to uid 1001");
	x = question(MONITOR, 0, "");
	assert_int_equal(ask(w, &x).code, 0);
	x = question(MANAGER, 0, "other");
	w->policy.managers = NS_MANAGERS_ROOT;
	w->ns->policy.managers = NS_MANAGERS_ROOT;
	refused(w, &x, DIO_E_DENIED, "uid 1001 may not create");
	w->who.local = false;
	w->host.checked_bytes = 99;
	t = ask(w, &x);
	assert_int_equal(t.code, DIO_E_DENIED);
	assert_string_equal(t.compiler, "");
	assert_int_equal(w->host.checked_bytes, 99);	/* a stranger costs no host anything */
}

static void test_form(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	struct told t;

	world_start(w);
	x = question(MONITOR, do_everything(w), "");
	x.period = 1;
	refused(w, &x, DIO_E_RANGE, "period 1 ns");
	assert_int_equal(w->host.checked_bytes, 0);	/* not compiled */
	x.period = 0;
	x.budget = 1ull << 60;
	refused(w, &x, DIO_E_RANGE, "budget");
	x.budget = 0;
	x.file = "a\nb";
	refused(w, &x, DIO_E_INVALID, "control characters");
	x.file = "a";
	x.kind = SAFEX_KIND_CLASS;
	refused(w, &x, DIO_E_INVALID, "has no");
	x.kind = MONITOR;
	x.name = "a/b";
	t = ask(w, &x);
	assert_int_equal(t.code, DIO_E_INVALID);
}

static void test_hosts(void **state)
{
	struct world *w = *state;
	dio_x_check x;
	struct told t;

	world_start(w);
	x = question(MONITOR, do_everything(w), "");
	x.host = "node7";
	t = ask(w, &x);
	assert_int_equal(t.code, DIO_E_NO_HOST);
	assert_string_equal(t.message, "host node7 is not known to the nameserver; it knows: local");
	x.host = "local";
	assert_int_equal(ask(w, &x).code, 0);
	w->host.down = true;
	t = ask(w, &x);
	assert_int_equal(t.code, DIO_E_UNREACHABLE);
	assert_string_equal(t.compiler, "");
}

/* In the same limits as what changes something. */
static void test_many(void **state)
{
	struct told t[NS_OPS_PER_UID + 1] = { 0 };
	struct world *w = *state;
	unsigned int i;
	dio_x_check x;

	world_start(w);
	x = question(MONITOR, do_everything(w), "");
	for (i = 0; i <= NS_OPS_PER_UID; i++)
		ns_check(w->ns, &w->who, &x, keep, &t[i]);
	assert_int_equal(t[NS_OPS_PER_UID].code, DIO_E_BUSY);
	for (i = 0; i < NS_OPS_PER_UID; i++) {
		world_wait(w, &t[i].done);
		assert_int_equal(t[i].code, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_taken), TEST(test_what_the_host_says), TEST(test_names), TEST(test_who_may),
		TEST(test_form), TEST(test_hosts), TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
