/* SPDX-License-Identifier: GPL-2.0-only */
/* What each call asks of the nameserver, and what becomes of its answer. */
#include "d_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dionisys_rpc.h"

static char source[64];

static int setup(void **state)
{
	int fd;

	strcpy(source, "/tmp/dio-source-XXXXXX");
	fd = mkstemp(source);
	assert_int_equal(write(fd, "void monitor(void)\n", 19), 19);
	close(fd);
	return fake_setup(state);
}

static int teardown(void **state)
{
	unlink(source);
	return fake_teardown(state);
}

static void init(void **state)
{
	(void)state;
	assert_true(DinitApp() == FAKE_CD);
	assert_true(fake_last(NS_INIT_APP)->request != 0);
	assert_true(strstr(fake_last(NS_INIT_APP)->name, "test_d_calls"));
}

static void requests_differ(void **state)
{
	uint64_t first;

	(void)state;
	assert_true(DinitApp() == FAKE_CD);
	first = fake_last(NS_INIT_APP)->request;
	assert_true(DinitApp() == FAKE_CD);
	assert_true(fake_last(NS_INIT_APP)->request != first);
}

static void manager(void **state)
{
	const struct fake_call *c;

	(void)state;
	assert_int_equal(DCreateSM("cpu", 2, source), 0);
	c = fake_last(NS_CREATE_SM);
	assert_int_equal(c->kind, SAFEX_KIND_MANAGER);
	assert_string_equal(c->name, "cpu");
	assert_true(c->period == UINT64_C(2000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
	assert_int_equal(c->source, 19);
	assert_string_equal(c->file, source);
	assert_true(c->cd == 0 && c->budget == 0);
}

static void monitor_and_handler(void **state)
{
	DOptions_t o = { .size = sizeof(o), .period_ns = 1234567, .budget_ns = 777 };
	const struct fake_call *c;

	(void)state;
	assert_int_equal(DCreateMonitor(FAKE_CD, "cpu/usage", 1, source), 0);
	c = fake_last(NS_CREATE_MONITOR);
	assert_true(c->cd == FAKE_CD);
	assert_string_equal(c->name, "cpu/usage");
	assert_int_equal(c->kind, SAFEX_KIND_MONITOR);
	assert_int_equal(DxCreateMonitor(FAKE_CD, "node1/cpu/usage", source, &o), 0);
	c = fake_last(NS_CREATE_MONITOR);
	assert_true(c->period == 1234567 && c->budget == 777);
	assert_string_equal(c->name, "node1/cpu/usage");
	assert_int_equal(DCreateHandler(FAKE_CD, "cpu/pid", source), 0);
	c = fake_last(NS_CREATE_HANDLER);
	assert_int_equal(c->kind, SAFEX_KIND_HANDLER);
	assert_true(c->period == 0);
}

static void channel(void **state)
{
	const struct fake_call *c;

	(void)state;
	assert_int_equal(DCreateEventChannel(FAKE_CD, "cpu/usage", "cpu/pid"), 0);
	c = fake_last(NS_CREATE_CHANNEL);
	assert_int_equal(c->kind, SAFEX_KIND_CHANNEL);
	assert_string_equal(c->name, "cpu/usage");
	assert_string_equal(c->second, "cpu/pid");
}

static void destroy(void **state)
{
	(void)state;
	assert_int_equal(DDestroySM("cpu"), 0);
	assert_int_equal(fake_last(NS_DESTROY)->kind, SAFEX_KIND_MANAGER);
	assert_int_equal(DDestroyMonitor(FAKE_CD, "cpu/usage"), 0);
	assert_int_equal(fake_last(NS_DESTROY)->kind, SAFEX_KIND_MONITOR);
	assert_int_equal(DDestroyHandler(FAKE_CD, "cpu/pid"), 0);
	assert_int_equal(fake_last(NS_DESTROY)->kind, SAFEX_KIND_HANDLER);
	assert_int_equal(DDestroyEventChannel(FAKE_CD, "cpu/usage", "cpu/pid"), 0);
	assert_string_equal(fake_last(NS_DESTROY)->second, "cpu/pid");
	assert_int_equal(DDestroyAttrClass(FAKE_CD, "cpu"), 0);
	assert_int_equal(fake_last(NS_DESTROY)->kind, SAFEX_KIND_CLASS);
	assert_int_equal(DendApp(FAKE_CD), 0);
	assert_true(fake_last(NS_END_APP)->cd == FAKE_CD);
}

static void check(void **state)
{
	DCheckOptions_t o = { .size = sizeof(o), .host = "node1", .manager = "mem", .name = "usage",
			      .cd = FAKE_CD, .kind = SAFEX_KIND_MONITOR, .period_ns = 7, .budget_ns = 8 };
	const struct fake_call *call;
	DChecked_t c;

	(void)state;
	assert_int_equal(DCheck(source, NULL, &c), 0);
	assert_string_equal(fake_last(NS_CHECK)->name, "/cpu/");
	assert_true(c.answered && c.kind == SAFEX_KIND_MONITOR && c.features == 5);
	assert_true(c.used_ppm == 10 && c.asked_ppm == 20 && c.allowed_ppm == 30 && c.abi == 1);
	assert_string_equal(c.compiler, "clang");
	assert_string_equal(c.release, "6.12.0");
	assert_int_equal(c.n_uses, 2);
	assert_string_equal(c.uses[1].name, "wish");
	assert_true(c.uses[0].gets && !c.uses[0].sets && c.uses[1].sets);
	assert_int_equal(DCheck(source, &o, NULL), 0);
	call = fake_last(NS_CHECK);
	assert_string_equal(call->name, "node1/mem/usage");
	assert_true(call->cd == FAKE_CD && call->kind == SAFEX_KIND_MONITOR);
	assert_true(call->period == 7 && call->budget == 8 && call->source == 19);
	assert_string_equal(call->file, source);
}

/* Nothing is asked with what cannot be meant; what is refused is told with what the host has. */
static void check_refused(void **state)
{
	DCheckOptions_t o = { .size = sizeof(o), .host = "node/1" };
	DChecked_t c;

	(void)state;
	fake.code = DIO_E_COMPILE;
	fake.message = "monitor.c:3: said by the host";
	assert_int_equal(DCheck(source, NULL, &c), DIO_E_COMPILE);
	assert_error(DIO_E_COMPILE, "said by the host");
	assert_true(c.answered && c.stage == 2);
	fake.no_host = true;
	assert_int_equal(DCheck(source, NULL, &c), DIO_E_COMPILE);
	assert_false(c.answered);
	assert_int_equal(DCheck(source, &o, &c), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "\"node/1\" is not the name of a host");
	assert_int_equal(DCheck("/nowhere.c", NULL, &c), DIO_E_INVALID);
	o.size = 3;
	assert_int_equal(DCheck(source, &o, NULL), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "sizeof(DCheckOptions_t)");
	assert_int_equal(fake_count(NS_CHECK), 2);
}

static void every_code_comes_through(void **state)
{
	int code;

	(void)state;
	fake.message = "monitor.c:3: said by the nameserver";
	for (code = 1; code <= DIO_E_INTERNAL; code++) {
		fake.code = code;
		assert_int_equal(DCreateMonitor(FAKE_CD, "cpu/usage", 1, source), code);
		assert_error(code, "monitor.c:3: said by the nameserver");
		assert_int_equal(DCreateEventChannel(FAKE_CD, "cpu/usage", "cpu/pid"), code);
		assert_int_equal(DCreateSM("cpu", 1, source), -1);
		assert_int_equal(DError(), code);
		assert_int_equal(DDestroySM("cpu"), code);
		assert_int_equal(DendApp(FAKE_CD), code);
		assert_true(DinitApp() == 0);
		assert_int_equal(DError(), code);
	}
}

static void busy(void **state)
{
	(void)state;
	DSetDeadline(1000);
	fake.code = DIO_E_BUSY;
	fake.retry_ms = 2350;
	assert_int_equal(DDestroySM("cpu"), DIO_E_BUSY);
	assert_int_equal(DRetryAfter(), 2350);
	fake.code = DIO_E_DENIED;
	assert_int_equal(DDestroySM("cpu"), DIO_E_DENIED);
	assert_int_equal(DRetryAfter(), 0);
}

/* Of a source that was taken; what fails says all in its text. */
static void warnings(void **state)
{
	DCheckOptions_t o = { .size = sizeof(o) };

	(void)state;
	assert_string_equal(DWarnings(), "");
	fake.message = "m.c:4:14: warning: odd";
	assert_int_equal(DCreateMonitor(FAKE_CD, "cpu/usage", 1, source), 0);
	assert_string_equal(DWarnings(), "m.c:4:14: warning: odd");
	fake.message = NULL;
	assert_int_equal(DCreateMonitor(FAKE_CD, "cpu/usage", 1, source), 0);
	assert_string_equal(DWarnings(), "");
	fake.message = "m.c:5:1: warning: odd";
	assert_int_equal(DCheck(source, &o, NULL), 0);
	assert_string_equal(DWarnings(), "m.c:5:1: warning: odd");
	assert_int_equal(DCreateSM("cpu", 1, source), 0);
	assert_string_equal(DWarnings(), "m.c:5:1: warning: odd");
	fake.code = DIO_E_COMPILE;
	assert_int_equal(DCreateHandler(FAKE_CD, "cpu/pid", source), DIO_E_COMPILE);
	assert_string_equal(DWarnings(), "");
	assert_error(DIO_E_COMPILE, "m.c:5:1");
	fake.code = 0;
	assert_int_equal(DCreateHandler(FAKE_CD, "cpu/pid", source), 0);
	assert_int_equal(DDestroySM(NULL), DIO_E_INVALID);
	assert_string_equal(DWarnings(), "");
}

static void odd_answers(void **state)
{
	(void)state;
	fake.code = DIO_E_GUARD;
	assert_int_equal(DDestroySM("cpu"), DIO_E_GUARD);
	assert_error(DIO_E_GUARD, "guard cannot be generated or refused");
	fake.code = -5;
	assert_int_equal(DDestroySM("cpu"), DIO_E_PROTOCOL);
	assert_error(DIO_E_PROTOCOL, "-5");
	fake.code = 0;
	assert_int_equal(DDestroySM("cpu"), 0);
	assert_error(DIO_E_PROTOCOL, "-5");
}

static void listing(void **state)
{
	static DEntry_t all[1002];
	DEntry_t entries[3];
	size_t found = 99, i;

	(void)state;
	fake.n_entries = 512;
	memset(entries, 0x55, sizeof(entries));
	assert_int_equal(DList(FAKE_CD, 4, entries, 2, &found), 0);
	assert_int_equal(found, 512);
	assert_true(entries[1].runs == 2 && entries[1].time_max == 99 && entries[1].cd == FAKE_CD);
	assert_string_equal(entries[1].name, "cpu/usage");
	assert_int_equal(entries[1].pid, 77);
	assert_string_equal(entries[1].program, "mpeg");
	assert_true(entries[1].user == 1000 && entries[1].unknown == 1 && entries[0].unknown == 0);
	assert_true(entries[1].version == 3 && entries[1].previous == 2);
	assert_true(entries[1].failed == 1 && entries[1].cause == SAFEX_END_BUDGET);
	assert_int_equal(entries[2].kind, 0x55555555);
	assert_int_equal(fake_last(NS_LIST_PAGE)->kind, 4);
	assert_true(fake_last(NS_LIST_PAGE)->cd == FAKE_CD);
	/* Of several pages: all of them, each once. */
	fake.n_entries = 1002;
	assert_int_equal(DList(0, 0, entries, 2, &found), 0);
	assert_int_equal(found, 1002);
	assert_int_equal(DList(0, 0, all, 1002, &found), 0);
	assert_int_equal(found, 1002);
	for (i = 0; i < found; i++)
		assert_int_equal(all[i].runs, i + 1);
	fake.same_page = true;
	assert_int_equal(DList(0, 0, NULL, 0, &found), DIO_E_PROTOCOL);
	fake.same_page = false;
	fake.n_entries = 0;
	assert_int_equal(DList(0, 0, NULL, 0, &found), 0);
	assert_int_equal(found, 0);
}

static void hosts(void **state)
{
	DHost_t host[2];
	size_t found = 0;

	(void)state;
	fake.host_boot = 5;
	assert_int_equal(DHosts(host, 2, &found), 0);
	assert_int_equal(found, 1);
	assert_string_equal(host[0].name, "local");
	assert_true(host[0].state == DHOST_READY && host[0].boot == 5 && !host[0].why[0]);
	fake.host_state = DHOST_SILENT;
	fake.host_why = "it cannot be reached";
	assert_int_equal(DHosts(host, 1, &found), 0);
	assert_true(host[0].state == DHOST_SILENT);
	assert_string_equal(host[0].why, "it cannot be reached");
	assert_int_equal(DHosts(NULL, 0, &found), 0);
	assert_int_equal(DHosts(NULL, 1, &found), DIO_E_INVALID);
	fake.code = DIO_E_DENIED;
	assert_int_equal(DHosts(host, 1, &found), DIO_E_DENIED);
}

static void records(void **state)
{
	DRecord_t record;
	size_t found;

	(void)state;
	assert_int_equal(DRecords(FAKE_CD, 1, &record, 1, &found), 0);
	assert_int_equal(found, 1);
	assert_true(record.seq == 7 && record.line == 3 && record.kind == SAFEX_END_BUDGET);
	assert_string_equal(record.message, "stopped");
	assert_true(record.date == UINT64_C(86400000000000));
	assert_int_equal(DRecords(FAKE_CD, 8, &record, 1, &found), 0);
	assert_int_equal(found, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(init),
		TEST(requests_differ),
		TEST(manager),
		TEST(monitor_and_handler),
		TEST(channel),
		TEST(destroy),
		TEST(check),
		TEST(check_refused),
		TEST(every_code_comes_through),
		TEST(busy), TEST(warnings), TEST(odd_answers),
		TEST(listing),
		TEST(hosts),
		TEST(records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
