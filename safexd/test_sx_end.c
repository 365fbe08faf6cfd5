/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends: asked for, of a process, of a deadline, of the loader; and what a restart finds. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sx_testing.h"

static bool is_empty(struct fixture *f)
{
	return !sx_core_count(f->core) && !f->kernel.n;
}

static bool is_manager_alone(struct fixture *f)
{
	return sx_core_count(f->core) == 1 && f->kernel.n == 1;
}

static bool is_nothing_left(struct fixture *f)
{
	return !f->kernel.n && !sx_core_count(f->core);
}

static bool is_idle(struct fixture *f)
{
	return !f->kernel.n_calls;
}

static void test_destroy_in_order(void **state)
{
	struct sx_spec manager = spec_manager("cpu", ""), class = spec_class(0x11, "cpu");
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "");
	struct sx_spec channel = spec_channel(0x11, "cpu/m", "cpu/h");
	struct sx_spec handler = spec_ext(SAFEX_KIND_HANDLER, 0x11, "cpu/h", "");
	struct fixture *f = *state;
	struct answer a;

	deploy_all(f);
	a = destroy(f, &manager);
	assert_int_equal(a.code, DIO_E_IN_USE);
	assert_non_null(strstr(a.message, "in use by attribute class cpu"));
	assert_int_equal(destroy(f, &class).code, DIO_E_IN_USE);
	assert_int_equal(destroy(f, &monitor).code, DIO_E_IN_USE);
	assert_int_equal(destroy(f, &handler).code, DIO_E_IN_USE);
	assert_int_equal(destroy(f, &channel).code, DIO_E_OK);
	assert_int_equal(destroy(f, &monitor).code, DIO_E_OK);
	assert_int_equal(destroy(f, &handler).code, DIO_E_OK);
	assert_int_equal(destroy(f, &class).code, DIO_E_OK);
	assert_int_equal(destroy(f, &manager).code, DIO_E_OK);
	assert_true(is_empty(f));
	assert_int_equal(destroy(f, &manager).code, DIO_E_NO_MANAGER);
	assert_int_equal(destroy(f, &class).code, DIO_E_NO_CLASS);
	assert_int_equal(destroy(f, &handler).code, DIO_E_NO_HANDLER);
	assert_int_equal(commit(f, &monitor).code, DIO_E_NO_MONITOR);
}

static void test_destroy_twice_at_once(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok");
	struct answer a = { 0 }, b = { 0 }, c;
	struct fixture *f = *state;

	deploy(f, manager);
	f->kernel.hold = true;
	sx_core_destroy(f->core, &manager.key, 0, answer_object, &a);
	sx_core_destroy(f->core, &manager.key, 0, answer_object, &b);
	c = prepare(f, &manager);
	assert_int_equal(c.code, DIO_E_BUSY);
	fake_release(&f->kernel);
	await(f, &a);
	await(f, &b);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(b.code, DIO_E_OK);
	assert_true(is_empty(f));
}

static void test_kernel_keeps_it(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok");
	struct fixture *f = *state;

	deploy(f, manager);
	fake_refuse(&f->kernel, LD_DESTROY, -EBUSY);
	assert_int_equal(destroy(f, &manager).code, DIO_E_IN_USE);
	assert_int_equal(sx_core_count(f->core), 1);
	assert_int_equal(destroy(f, &manager).code, DIO_E_OK);
	assert_true(is_empty(f));
}

/* What was only prepared does not run for that its abort has failed. */
static void test_kernel_keeps_what_does_not_run(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, spec_class(0x11, "cpu"));
	assert_int_equal(prepare(f, &monitor).code, DIO_E_OK);
	fake_refuse(&f->kernel, LD_DESTROY, -EBUSY);
	assert_int_equal(abort_it(f, &monitor).code, DIO_E_IN_USE);
	assert_false(fake_find(&f->kernel, "cpu/m")->active);
	assert_int_equal(commit(f, &monitor).code, DIO_E_OK);
	assert_true(fake_find(&f->kernel, "cpu/m")->active);
}

static void test_abort(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok"), other = manager;
	struct fixture *f = *state;

	assert_int_equal(prepare(f, &manager).code, DIO_E_OK);
	other.request++;
	assert_int_equal(abort_it(f, &other).code, DIO_E_OK);
	other = manager;
	other.uid++;
	assert_int_equal(abort_it(f, &other).code, DIO_E_OK);
	assert_int_equal(f->kernel.n, 1);
	assert_int_equal(abort_it(f, &manager).code, DIO_E_OK);
	assert_true(is_empty(f));
	assert_int_equal(abort_it(f, &manager).code, DIO_E_OK);
	assert_int_equal(commit(f, &manager).code, DIO_E_NO_MANAGER);
}

static void test_abort_while_it_compiles(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "slow");
	struct answer a = { 0 }, b = { 0 };
	struct fixture *f = *state;

	sx_core_prepare(f->core, &manager, answer_object, &a);
	sx_core_abort(f->core, &manager.key, manager.request, manager.uid, answer_object, &b);
	assert_int_equal(a.code, DIO_E_GONE);
	await(f, &b);
	assert_true(is_empty(f));
}

static void test_abort_while_it_loads(void **state)
{
	struct sx_spec class = spec_class(0x11, "cpu");
	struct answer a = { 0 }, b = { 0 };
	struct fixture *f = *state;

	deploy(f, spec_manager("cpu", "ok"));
	f->kernel.hold = true;
	sx_core_prepare(f->core, &class, answer_object, &a);
	sx_core_abort(f->core, &class.key, class.request, class.uid, answer_object, &b);
	assert_int_equal(a.code, DIO_E_GONE);
	fake_release(&f->kernel);
	await(f, &b);
	assert_int_equal(b.code, DIO_E_OK);
	assert_true(is_manager_alone(f));
}

static void test_commit_that_does_not_come(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok");
	struct fixture *f = *state;

	f->prepare_ms = 50;
	fixture_restart(f);
	assert_int_equal(prepare(f, &manager).code, DIO_E_OK);
	await_true(f, is_empty);
	assert_int_equal(commit(f, &manager).code, DIO_E_NO_MANAGER);
}

static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* It would hold the log open of a test that fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void deploy_for(struct fixture *f, pid_t pid)
{
	struct sx_spec class = spec_class(0x11, "cpu");

	class.pid = pid;
	deploy(f, spec_manager("cpu", "ok"));
	deploy(f, class);
	deploy(f, spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok"));
	deploy(f, spec_ext(SAFEX_KIND_HANDLER, 0x11, "cpu/h", "ok"));
	deploy(f, spec_channel(0x11, "cpu/m", "cpu/h"));
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_process_ends(void **state)
{
	static const uint32_t order[] = {
		SAFEX_KIND_CHANNEL, SAFEX_KIND_HANDLER, SAFEX_KIND_MONITOR, SAFEX_KIND_CLASS,
	};
	struct fixture *f = *state;
	pid_t pid = start_process();

	deploy_for(f, pid);
	end_process(pid);
	await_true(f, is_manager_alone);
	assert_int_equal(f->kernel.n_destroyed, 4);
	assert_memory_equal(f->kernel.destroyed, order, sizeof(order));
}

/* Of one that compiles for the class meanwhile, nothing may stay. */
static void test_process_ends_during_a_compile(void **state)
{
	struct sx_spec slow = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/slow", "slow");
	struct fixture *f = *state;
	pid_t pid = start_process();
	struct answer a = { 0 };
	uint32_t last_id;

	deploy_for(f, pid);
	last_id = f->kernel.last_id;
	sx_core_prepare(f->core, &slow, answer_object, &a);
	end_process(pid);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_GONE);
	await_true(f, is_manager_alone);
	assert_int_equal(f->kernel.last_id, last_id);
}

static void test_process_ends_during_a_load(void **state)
{
	struct sx_spec more = spec_ext(SAFEX_KIND_HANDLER, 0x11, "cpu/more", "ok");
	struct fixture *f = *state;
	pid_t pid = start_process();
	struct answer a = { 0 };

	deploy_for(f, pid);
	f->kernel.hold = true;
	sx_core_prepare(f->core, &more, answer_object, &a);
	end_process(pid);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_GONE);
	fake_release(&f->kernel);
	await_true(f, is_manager_alone);
}

/* More ends than the loader's queue takes at once. */
static void test_process_ends_with_the_queue_full(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_process();
	struct sx_spec more = spec_ext(SAFEX_KIND_HANDLER, 0x11, "", "ok");

	deploy_for(f, pid);
	for (int i = 0; i < FAKE_CALLS; i++) {
		snprintf(more.key.name, sizeof(more.key.name), "cpu/h%d", i);
		deploy(f, more);
	}
	end_process(pid);
	await_true(f, is_manager_alone);
}

static void test_loader_gone(void **state)
{
	struct sx_spec mem = spec_manager("mem", "ok"), cpu = spec_manager("cpu", "ok");
	struct answer a = { 0 };
	struct fixture *f = *state;

	deploy(f, cpu);
	f->kernel.hold = true;
	sx_core_destroy(f->core, &cpu.key, 0, answer_object, &a);
	fake_lose(&f->kernel);
	assert_int_equal(a.code, DIO_E_INTERNAL);
	assert_non_null(strstr(a.message, "the loader of this host has ended"));
	assert_int_not_equal(prepare(f, &mem).code, DIO_E_OK);
	assert_int_equal(sx_core_count(f->core), 1);
}

static void test_restart_adopts(void **state)
{
	struct sx_spec channel = spec_channel(0x11, "cpu/m", "cpu/h");
	struct sx_spec other = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/n", "ok");
	struct fixture *f = *state;
	struct answer a = { 0 };

	deploy_all(f);
	fixture_restart(f);
	assert_int_equal(sx_core_count(f->core), 5);
	assert_int_equal(f->kernel.n, 5);
	sx_core_open(f->core, 0x11, "cpu", 0, answer_open, &a);
	await(f, &a);
	assert_int_equal(a.facts.n_attrs, 4);
	assert_string_equal(a.facts.attrs[3].name, "frames");
	close(a.fd);
	deploy(f, other);
	assert_int_equal(destroy(f, &channel).code, DIO_E_OK);
}

/* /sys/fs/bpf was unmounted meanwhile, or emptied: what has no program goes. */
static void test_restart_without_programs(void **state)
{
	struct fixture *f = *state;

	deploy_all(f);
	for (unsigned int i = 0; i < f->kernel.n; i++) {
		f->kernel.objects[i].active = false;
		f->kernel.objects[i].unpinned = true;
	}
	fixture_restart(f);
	await_true(f, is_nothing_left);
}

static bool has_no_extensions(struct fixture *f)
{
	return !fake_find(&f->kernel, "cpu/m") && !fake_find(&f->kernel, "cpu/h");
}

/* However many have lost theirs, and few may be asked for at once. */
static void test_restart_with_few_calls(void **state)
{
	struct fixture *f = *state;

	deploy_all(f);
	for (unsigned int i = 0; i < 2; i++) {
		struct fake_object *o = fake_find(&f->kernel, i ? "cpu/h" : "cpu/m");

		o->active = false;
		o->unpinned = true;
	}
	f->kernel.most = 1;
	fixture_restart(f);
	await_true(f, has_no_extensions);
	await_true(f, is_idle);
}

/* Its owner commits it while the kernel is asked for its program. */
static void test_commit_after_restart(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/m", "ok");
	struct fixture *f = *state;
	struct answer a = { 0 };

	deploy_all(f);
	fake_find(&f->kernel, "cpu/m")->active = false;
	f->kernel.hold = true;
	fixture_restart(f);
	sx_core_commit(f->core, &monitor.key, monitor.uid, answer_object, &a);
	assert_false(a.come);
	f->kernel.hold = false;
	fake_release(&f->kernel);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_OK);
}

/* One that aborted too often is off, and stays so until it is replaced. */
static void test_restart_after_aborts(void **state)
{
	struct fixture *f = *state;

	deploy_all(f);
	fake_find(&f->kernel, "cpu/m")->active = false;
	fixture_restart(f);
	await_true(f, is_idle);
	assert_int_equal(sx_core_count(f->core), 5);
	assert_int_equal(f->kernel.n, 5);
}

/* Initial values are the manager's, also after a restart. */
static void test_restart_keeps_declarations(void **state)
{
	struct sx_spec class = spec_class(0x12, "cpu");
	struct fixture *f = *state;
	struct answer a;

	deploy_all(f);
	fixture_restart(f);
	a = prepare(f, &class);
	assert_int_equal(a.code, DIO_E_OK);
	assert_int_equal(a.facts.attrs[1].value, 100000000);
}

static void test_restart_after_its_process(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_process();

	deploy_for(f, pid);
	f->kernel.hold = true;
	end_process(pid);
	f->kernel.hold = false;
	fixture_restart(f);
	await_true(f, is_manager_alone);
}

static unsigned int without_descriptors;	/* so many times */

int __real_dio_process_open_id(pid_t pid, uint64_t id);
int __wrap_dio_process_open_id(pid_t pid, uint64_t id);

int __wrap_dio_process_open_id(pid_t pid, uint64_t id)
{
	if (!without_descriptors)
		return __real_dio_process_open_id(pid, id);
	without_descriptors--;
	return -EMFILE;
}

static bool has_decided(struct fixture *f)
{
	return !without_descriptors || is_manager_alone(f);
}

/* A contract goes on whose process can't be held at once, and ends with it all the same. */
static void test_restart_without_descriptors(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_process();

	deploy_for(f, pid);
	without_descriptors = 2;
	fixture_restart(f);
	await_true(f, has_decided);
	assert_int_equal(sx_core_count(f->core), 5);
	end_process(pid);
	await_true(f, is_manager_alone);
}

static void test_restart_finds_the_unfinished(void **state)
{
	struct sx_spec monitor = spec_ext(SAFEX_KIND_MONITOR, 0x11, "cpu/x", "ok");
	struct fixture *f = *state;
	char path[128];

	deploy_all(f);
	assert_int_equal(prepare(f, &monitor).code, DIO_E_OK);
	snprintf(path, sizeof(path), "%s/%u", f->dir, f->kernel.last_id);
	assert_int_equal(unlink(path), 0);
	fixture_restart(f);
	assert_int_equal(f->kernel.n, 6);
	await_true(f, is_idle);
	assert_false(fake_has(&f->kernel, SAFEX_KIND_MONITOR, 0x11, "cpu/x"));
}

/* Nobody knows then what they declare, and whose they are. */
static void test_restart_without_files(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok");
	struct fixture *f = *state;
	char path[128];

	deploy_all(f);
	for (uint32_t id = 1; id <= f->kernel.last_id; id++) {
		snprintf(path, sizeof(path), "%s/%u", f->dir, id);
		unlink(path);
	}
	fixture_restart(f);
	await_true(f, is_nothing_left);
	deploy(f, manager);
	deploy(f, spec_class(0x11, "cpu"));
}

static void test_restart_with_prepared(void **state)
{
	struct sx_spec manager = spec_manager("cpu", "ok");
	struct fixture *f = *state;

	assert_int_equal(prepare(f, &manager).code, DIO_E_OK);
	f->prepare_ms = 50;
	fixture_restart(f);
	assert_int_equal(sx_core_count(f->core), 1);
	await_true(f, is_empty);
}

static void count(void *arg, const struct sx_entry *obj, const struct safex_stat *stat)
{
	(void)obj;
	(void)stat;
	++*(unsigned int *)arg;
}

/* An operator has stopped safex and allowed it again: all can be made anew. */
static void test_stopped(void **state)
{
	struct fixture *f = *state;
	unsigned int n = 0;

	deploy_all(f);
	f->kernel.n = 0;
	sx_core_report(f->core, count, &n);
	assert_int_equal(n, 0);
	await_true(f, is_empty);
	deploy_all(f);
	sx_core_report(f->core, count, &n);
	assert_int_equal(n, 5);
	assert_int_equal(f->kernel.n, 5);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_destroy_in_order), T(test_destroy_twice_at_once), T(test_kernel_keeps_it),
		T(test_kernel_keeps_what_does_not_run),
		T(test_abort), T(test_abort_while_it_compiles), T(test_abort_while_it_loads),
		T(test_commit_that_does_not_come), T(test_process_ends),
		T(test_process_ends_during_a_compile), T(test_process_ends_during_a_load),
		T(test_process_ends_with_the_queue_full),
		T(test_loader_gone), T(test_restart_adopts), T(test_restart_without_programs), T(test_restart_after_aborts),
		T(test_restart_with_few_calls), T(test_commit_after_restart),
		T(test_restart_keeps_declarations),
		T(test_restart_after_its_process), T(test_restart_without_descriptors),
		T(test_restart_finds_the_unfinished),
		T(test_restart_without_files), T(test_restart_with_prepared), T(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
