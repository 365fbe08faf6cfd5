/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core lets in, and what it says to the rest. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <event2/event.h>
#include <cmocka.h>

#include "dio_process.h"
#include "sx_judge.h"
#include "sx_members.h"
#include "sx_testing.h"

#define MS	1000000ll
#define OTHER	1001

static void refused(struct fixture *f, const struct sx_spec *spec, enum dio_error code,
		    const char *part)
{
	unsigned int before = sx_core_count(f->core), kernel = f->kernel.n;
	struct answer a = prepare(f, spec);

	assert_int_equal(a.code, code);
	if (!strstr(a.message, part))
		fail_msg("\"%s\" does not say \"%s\"", a.message, part);
	assert_int_equal(sx_core_count(f->core), before);
	assert_int_equal(f->kernel.n, kernel);
}

static void test_whole_path(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy_all(f);
	assert_int_equal(f->kernel.n, 5);
	assert_int_equal(sx_core_count(f->core), 5);
	assert_true(fake_has(&f->kernel, SAFEX_KIND_MONITOR, 0x11, "cpu/m"));
	assert_int_equal(commit(f, &monitor).code, DIO_E_OK);
}

static void test_class_is_laid_out(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;
	struct answer a;

	deploy(f, spec_manager("cpu", "ok"));
	a = prepare(f, &spec);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(a.facts.n_attrs, 4);
	assert_string_equal(a.facts.attrs[0].name, "target_cpu");
	assert_int_equal(a.facts.attrs[0].value, 20 * MS);
	assert_int_equal(a.facts.attrs[1].value, 100 * MS);
	assert_int_equal(a.facts.attrs[2].value, 10 * MS);
	assert_string_equal(a.facts.attrs[3].name, "frames");
	assert_int_equal(a.facts.attrs[3].rights, SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ);
}

static void test_prepared_does_not_run(void **state)
{
	struct sx_spec spec = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	assert_false(f->kernel.objects[2].active);
	assert_int_equal(commit(f, &spec).code, DIO_E_OK);
	assert_true(f->kernel.objects[2].active);
}

static void test_missing_parents(void **state)
{
	struct sx_spec class = spec_class(0x11, "cpu");
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct sx_spec channel = spec_channel(0x11, "cpu/m", "cpu/h");
	struct fixture *f = *state;

	refused(f, &class, DIO_E_NO_MANAGER, "service manager cpu does not exist");
	refused(f, &monitor, DIO_E_NO_CLASS, "attribute class 0x11 of service manager cpu");
	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, class);
	refused(f, &channel, DIO_E_NO_MONITOR, "monitor cpu/m does not exist");
	deploy(f, monitor);
	refused(f, &channel, DIO_E_NO_HANDLER, "handler cpu/h does not exist");
	assert_int_equal(f->refused, 4);
	assert_int_equal(f->refused_stage, SX_STAGE_ADMIT);
}

/* What is prepared may go again at any moment: nothing is put on it. */
static void test_parent_must_run(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok"), class = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	assert_int_equal(prepare(f, &manager).code, DIO_E_OK);
	refused(f, &class, DIO_E_NO_MANAGER, "does not exist");
}

static void test_same_name(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "ok");
	struct fixture *f = *state;

	deploy(f, spec);
	assert_int_equal(prepare(f, &spec).code, DIO_E_OK);
	spec.request++;
	refused(f, &spec, DIO_E_EXISTS, "service manager cpu exists already");
	assert_int_equal(f->kernel.n, 1);
}

static void test_same_request_while_it_compiles(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "slow");
	struct answer a = { 0 }, b = { 0 };
	struct fixture *f = *state;

	sx_core_prepare(f->core, &spec, answer_object, &a);
	sx_core_prepare(f->core, &spec, answer_object, &b);
	await(f, &a);
	await(f, &b);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(b.code, DIO_E_OK);
	assert_int_equal(f->kernel.n, 1);
}

static void test_others_have_no_say(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "ok");
	struct sx_spec class = spec_class(0x11, "cpu");
	struct fixture *f = *state;
	struct answer a = { 0 };

	deploy_all(f);
	monitor.uid = class.uid = OTHER;
	refused(f, &monitor, DIO_E_DENIED, "belongs to user 0, not to user 1001");
	assert_int_equal(destroy(f, &class).code, DIO_E_DENIED);
	assert_int_equal(commit(f, &class).code, DIO_E_DENIED);
	sx_core_open(f->core, 0x11, "cpu", OTHER, answer_open, &a);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_DENIED);
	assert_int_equal(a.fd, -1);
}

static void learned(void *arg)
{
	*(bool *)arg = true;
}

static enum dio_error judge_asked(struct event_base *base, struct sx_members *m, const char *group)
{
	struct dio_status st;
	bool done = false;
	char policy[32];

	sx_members_ask(m, 1, group, learned, &done);
	while (!done)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	snprintf(policy, sizeof(policy), "group:%s", group);
	return sx_judge_manager(m, 1, policy, &st);
}

static void test_words_for_managers(void **state)
{
	struct fixture *f = *state;
	struct sx_members *m = sx_members_new(f->base, sx_members_look_up, 60000);
	struct dio_status st;

	assert_true(sx_judge_policy_valid("root") && sx_judge_policy_valid("any") &&
		    sx_judge_policy_valid("group:root"));
	assert_false(sx_judge_policy_valid("group:") || sx_judge_policy_valid("daemon") ||
		     sx_judge_policy_valid(""));
	assert_int_equal(sx_judge_manager(m, 1, "any", &st), DIO_E_OK);
	assert_int_equal(sx_judge_manager(m, 1, "root", &st), DIO_E_DENIED);
	assert_int_equal(sx_judge_manager(m, 1, "daemon", &st), DIO_E_DENIED);
	assert_int_equal(sx_judge_manager(m, 1, "group:daemon", &st), DIO_E_BUSY);
	assert_int_equal(sx_judge_manager(m, 0, "group:daemon", &st), DIO_E_OK);
	assert_int_equal(judge_asked(f->base, m, "daemon"), DIO_E_OK);
	assert_int_equal(judge_asked(f->base, m, "nogroup"), DIO_E_DENIED);
	sx_members_free(m);
}

static void test_managers_are_not_for_all(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "ok");
	struct fixture *f = *state;

	spec.uid = OTHER;
	refused(f, &spec, DIO_E_DENIED, "user 1001 may not make service managers");
}

static void test_contracts_are_not_for_all(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	f->contracts = "root";
	fixture_restart(f);
	deploy(f, spec_manager("cpu", "ok"));
	spec.uid = OTHER;
	refused(f, &spec, DIO_E_DENIED, "user 1001 may not have contracts on this host (--allow-contracts root)");
	spec.uid = 0;
	deploy(f, spec);
}

/* Vetting asks what fences the process in, here that nothing can be told of it. */
static void test_process_in_a_fence(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	f->fence = (struct sx_fence){ .proc = "/nowhere" };
	fixture_restart(f);
	deploy(f, spec_manager("cpu", "ok"));
	refused(f, &spec, DIO_E_DENIED, "--beyond-limits");
}

static void test_process_of_another(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.uid = geteuid() + OTHER;
	refused(f, &spec, DIO_E_DENIED, "belongs to user");
}

static void test_process_that_is_gone(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	deploy(f, spec_manager("cpu", "ok"));
	spec.pid = pid;
	refused(f, &spec, DIO_E_GONE, "has ended");
}

/* The nameserver's number, but not its process: reused, or of another pid namespace. */
static void test_process_that_is_another(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	int pidfd = dio_process_open(spec.pid);
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.process = dio_process_id(pidfd, spec.pid) + 1;
	refused(f, &spec, DIO_E_GONE, "is not the one that the nameserver means");
	spec.process--;
	deploy(f, spec);
	close(pidfd);
}

static void *waits(void *arg)
{
	*(pid_t *)arg = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void test_thread_for_a_process(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;
	volatile pid_t tid = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, waits, (void *)&tid), 0);
	while (!tid)
		sched_yield();
	deploy(f, spec_manager("cpu", "ok"));
	spec.pid = tid;
	refused(f, &spec, DIO_E_INVALID, "it is that of a thread");
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static void test_contract_by_itself(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.attrs[0].value = 120 * MS;
	refused(f, &spec, DIO_E_CONTRACT, "target_cpu of 120 ms is above period of 100 ms");
	spec.attrs[0].value = 0;
	refused(f, &spec, DIO_E_CONTRACT, "target_cpu of 0 ns is not above 0");
	spec.attrs[0].value = -5;
	refused(f, &spec, DIO_E_CONTRACT, "is not above 0");
	strcpy(spec.attrs[1].name, "period");
	spec.attrs[1].value = 0;
	refused(f, &spec, DIO_E_CONTRACT, "not above 0");
	spec.attrs[0].value = 1000;
	spec.attrs[1].value = MS / 2;
	refused(f, &spec, DIO_E_CONTRACT, "period of 500 us is not between 1 ms and 4.194304 s");
}

static void test_contract_beside_others(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	f->kernel.info.cpu_used_ppm = 850000;
	refused(f, &spec, DIO_E_ADMISSION,
		"sum of targets would be 1.05 of a CPU with the 0.2 asked for, "
		"0.95 is available, 0.1 is left");
	f->kernel.info.cpu_used_ppm = 750000;
	deploy(f, spec);
}

static void test_time_of_extensions(void **state)
{
	struct sx_spec class = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	f->kernel.info.extension_used_ppm = 98000;
	refused(f, &class, DIO_E_ADMISSION,
		"time reserved for extensions would be 10.3 % of a CPU with the 0.5 % asked for, "
		"10 % is allowed, 0.2 % is left");
}

static void test_kernel_admits_less(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	f->kernel.info.extension_used_ppm = 99000;
	fake_refuse(&f->kernel, LD_EXT, -EDQUOT);
	refused(f, &monitor, DIO_E_ADMISSION, "10.4 % of a CPU with the 0.5 % asked for, 10 % is allowed, 0.1 % is left");
}

/* Neither sum is too much. */
static void test_kernel_admits_not_both(void **state)
{
	struct sx_spec class = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	f->kernel.info.host_used_ppm = 985000;
	fake_refuse(&f->kernel, LD_CLASS, -EDQUOT);
	refused(f, &class, DIO_E_ADMISSION, "together take 0.985 of 0.99 CPUs that this host has for them");
}

/* Little in the mean, but too long at once. */
static void test_kernel_admits_no_pass(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	fake_refuse(&f->kernel, LD_EXT, -E2BIG);
	refused(f, &monitor, DIO_E_ADMISSION, "due at once would keep a CPU longer than this host allows");
}

/* What the scheduler says of a contract is told, and nothing of the class stays. */
static void test_contract_not_in_force(void **state)
{
	static const struct {
		int err;
		enum dio_error code;
		const char *says;
	} cases[] = {
		{ -EBUSY, DIO_E_ADMISSION, "no bandwidth left for 0.2 of a CPU: of 0.93 for contracts 0.5 is promised" },
		{ -EEXIST, DIO_E_IN_USE, "has a SCHED_DEADLINE reservation already" },
		{ -EPERM, DIO_E_CONTRACT, "may not run on all CPUs" },
		{ -EINVAL, DIO_E_CONTRACT, "the scheduler takes no period of 100 ms" },
		{ -ESRCH, DIO_E_GONE, "has ended" },
	};
	struct sx_spec class = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	f->kernel.info.cpu_cap_ppm = 930000;
	f->kernel.info.cpu_used_ppm = 500000;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_refuse(&f->kernel, LD_CLASS, cases[i].err);
		refused(f, &class, cases[i].code, cases[i].says);
	}
}

static void test_manager_attributes(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	strcpy(spec.attrs[1].name, "actual_cpu");
	refused(f, &spec, DIO_E_DENIED, "attribute actual_cpu is the manager's to set");
}

static void test_too_many_attributes(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.n_attrs = SAFEX_ATTRS_MAX;
	for (unsigned int i = 1; i < spec.n_attrs; i++)
		sprintf(spec.attrs[i].name, "a%u", i);
	refused(f, &spec, DIO_E_TOO_BIG, "more than 64 attributes");
}

static void test_initial_value_by_zero(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	spec.n_attrs = 0;
	deploy(f, spec_manager("cpu", "ok"));
	refused(f, &spec, DIO_E_CONTRACT, "target_cpu of 0 ns");
}

static void test_period_below_the_tick(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	monitor.period = 9 * MS;
	refused(f, &monitor, DIO_E_RANGE, "shorter than service manager cpu's tick");
}

static void test_one_user_cannot_take_all(void **state)
{
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.pid = 0;
	spec.uid = OTHER;
	for (int i = 0; i < SX_PER_UID; i++) {
		spec.key.cd++;
		deploy(f, spec);
	}
	spec.key.cd++;
	refused(f, &spec, DIO_E_ADMISSION, "user 1001 has 128 objects");
	spec.uid = 0;
	while (sx_core_count(f->core) < SX_OBJECTS_MAX) {
		spec.key.cd++;
		deploy(f, spec);
	}
	spec.key.cd++;
	refused(f, &spec, DIO_E_ADMISSION, "this host has 512 objects");
}

/* With n classes of each of as many users as it takes. */
static void fill(struct fixture *f, struct sx_spec *spec, unsigned int n, unsigned int until)
{
	for (unsigned int i = 0; sx_core_count(f->core) < until; i++) {
		spec->uid += !(i % n);
		spec->key.cd++;
		deploy(f, *spec);
	}
	spec->key.cd++;
}

static void test_places_are_kept(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct sx_spec spec = spec_class(0x11, "cpu");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	spec.pid = 0;
	spec.uid = monitor.uid = OTHER;
	deploy(f, spec);
	deploy(f, monitor);
	for (int i = 0; i < SX_FIRST; i++) {
		spec.key.cd++;
		deploy(f, spec);
	}
	fill(f, &spec, SX_PER_UID - 1, SX_OBJECTS_MAX - SX_FOR_ROOT - SX_FOR_FIRST);
	refused(f, &spec, DIO_E_ADMISSION,
		"the last 96 places are kept for root, and for users who have fewer than 8");
	fill(f, &spec, SX_FIRST, SX_OBJECTS_MAX - SX_FOR_ROOT - SX_FIRST);
	refused(f, &spec, DIO_E_ADMISSION, "for users who have fewer than 8");
	fill(f, &spec, SX_FIRST, SX_OBJECTS_MAX - SX_FOR_ROOT);
	spec.uid++;
	refused(f, &spec, DIO_E_ADMISSION, "the last 32 places are kept for root");
	spec.uid = 0;
	deploy(f, spec);
	/* A new version is no other object. */
	monitor.version++;
	monitor.request++;
	deploy(f, monitor);
}

static void test_open(void **state)
{
	struct fixture *f = *state;
	struct answer a = { 0 }, b = { 0 };

	deploy_all(f);
	sx_core_open(f->core, 0x11, "cpu", 0, answer_open, &a);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(a.facts.n_attrs, 4);
	assert_true(a.fd >= 0);
	close(a.fd);
	sx_core_open(f->core, 0x12, "cpu", 0, answer_open, &b);
	await(f, &b);
	assert_int_equal(b.code, DIO_E_NO_CLASS);
}

/* Whose place in the loader's queue it takes: of who opens or makes. */
static void test_whose_call(void **state)
{
	struct sx_spec spec = spec_class(0x12, "cpu");
	struct fixture *f = *state;
	struct answer opening = { 0 }, making = { 0 };

	deploy_all(f);
	spec.uid = OTHER;
	spec.pid = 0;
	deploy(f, spec);
	f->kernel.hold = true;
	sx_core_open(f->core, 0x12, "cpu", OTHER, answer_open, &opening);
	assert_int_equal(f->kernel.calls[0].uid, OTHER);
	spec.key.cd++;
	sx_core_prepare(f->core, &spec, answer_object, &making);
	assert_int_equal(f->kernel.calls[1].uid, OTHER);
	fake_release(&f->kernel);
	await(f, &making);
	await(f, &opening);
	assert_int_equal(making.code, DIO_E_OK);
	close(opening.fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_whole_path), T(test_class_is_laid_out), T(test_prepared_does_not_run),
		T(test_missing_parents), T(test_parent_must_run), T(test_same_name),
		T(test_same_request_while_it_compiles), T(test_others_have_no_say),
		T(test_managers_are_not_for_all), T(test_words_for_managers), T(test_process_of_another),
		T(test_contracts_are_not_for_all), T(test_process_in_a_fence),
		T(test_process_that_is_gone), T(test_process_that_is_another),
		T(test_thread_for_a_process), T(test_contract_by_itself),
		T(test_contract_beside_others), T(test_time_of_extensions),
		T(test_kernel_admits_less), T(test_kernel_admits_not_both),
		T(test_kernel_admits_no_pass),
		T(test_contract_not_in_force), T(test_manager_attributes),
		T(test_too_many_attributes), T(test_initial_value_by_zero),
		T(test_period_below_the_tick), T(test_one_user_cannot_take_all), T(test_open),
		T(test_places_are_kept),
		T(test_whose_call), 
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
