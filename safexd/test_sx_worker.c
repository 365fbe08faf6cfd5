/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiles that fail in every way, and what they leave: nothing. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <errno.h>
#include <event2/event.h>
#include <cmocka.h>

#include "sx_job.h"
#include "sx_testing.h"

static void fails(struct fixture *f, const char *source, enum dio_error code, const char *part)
{
	struct sx_spec spec = spec_manager("cpu", source);
	struct answer a = prepare(f, &spec);

	assert_int_equal(a.code, code);
	if (!strstr(a.message, part))
		fail_msg("\"%s\" does not say \"%s\"", a.message, part);
	assert_int_equal(sx_core_count(f->core), 0);
	assert_int_equal(f->kernel.n, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_bad_source(void **state)
{
	struct fixture *f = *state;

	fails(f, "bad", DIO_E_COMPILE, "manager.c:1: it is bad");
	assert_int_equal(f->refused_stage, SX_STAGE_COMPILE);
}

static void test_crash(void **state)
{
	fails(*state, "crash", DIO_E_INTERNAL, "manager.c: the compile ended without a result");
}

/* Of the whole service: what is under way goes on. */
static void test_hangup(void **state)
{
	struct fixture *f = *state;

	signal(SIGHUP, SIG_DFL);
	deploy(f, spec_manager("cpu", "HUP"));
	assert_int_equal(f->kernel.n, 1);
}

static void test_hang(void **state)
{
	struct fixture *f = *state;

	f->limits.wall_ms = 100;
	fixture_restart(f);
	fails(f, "hang", DIO_E_COMPILE, "took too long");
}

static void test_flood(void **state)
{
	fails(*state, "flood", DIO_E_TOO_BIG, "result is too large");
}

static void test_queue_full(void **state)
{
	struct fixture *f = *state;
	struct answer a[8] = { 0 }, refused;
	struct sx_spec spec = spec_manager("", "slow");

	for (int i = 0; i < 6; i++) {
		spec.key.name[0] = 'a' + i;
		sx_core_prepare(f->core, &spec, answer_object, &a[i]);
	}
	spec.key.name[0] = 'z';
	refused = prepare(f, &spec);
	assert_int_equal(refused.code, DIO_E_BUSY);
	assert_non_null(strstr(refused.message, "too many compiles wait: try again in "));
	for (int i = 0; i < 6; i++) {
		await(f, &a[i]);
		assert_int_equal(a[i].code, DIO_E_OK);
	}
	assert_int_equal(f->kernel.n, 6);
}

struct order {
	char *at, of[6];
};

struct turn {
	struct order *order;
	char name;
};

static void note_turn(void *arg, struct sx_result *result)
{
	struct turn *t = arg;

	*t->order->at++ = t->name;
	sx_result_release(result);
}

/* One user's jobs do not fill the queue: another's has room. */
static void test_queue_of_one_user(void **state)
{
	struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "f.c", .source = "slow", .length = 4 };
	struct fixture *f = *state;
	struct order order;
	struct turn turn;

	f->limits.queued_per_uid = 2;
	fixture_restart(f);
	order.at = order.of;
	turn = (struct turn){ &order, 'a' };
	for (int i = 0; i < 4; i++)
		assert_int_equal(sx_workers_submit(f->workers, 1000, &job, note_turn, &turn), 0);
	assert_int_equal(sx_workers_submit(f->workers, 1000, &job, note_turn, &turn), -EBUSY);
	assert_true(sx_workers_wait_ms(f->workers) >= 500);
	assert_int_equal(sx_workers_submit(f->workers, 1001, &job, note_turn, &turn), 0);
	while (order.at < order.of + 5)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_true(sx_workers_wait_ms(f->workers) < 500);
}

/* The second of one user waits for the first; another user's passes. */
static void test_turns(void **state)
{
	static const char *const words[] = { "hang", "ok", "ok" };
	struct order order = { .at = order.of };
	struct turn turns[] = { { &order, 'a' }, { &order, 'b' }, { &order, 'c' } };
	struct fixture *f = *state;

	f->limits.per_uid = 1;
	f->limits.wall_ms = 500;
	fixture_restart(f);
	for (int i = 0; i < 3; i++) {
		struct sx_job job = { .role = SAFEX_KIND_MONITOR, .file = "f.c",
				      .source = words[i], .length = strlen(words[i]) };

		assert_int_equal(sx_workers_submit(f->workers, i < 2 ? 1000 : 1001, &job,
						   note_turn, &turns[i]), 0);
	}
	while (order.at < order.of + 3)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_string_equal(order.of, "cab");
}

/* What does not come to its turn in time is told so, and leaves its place; what runs goes on. */
static void test_waits_too_long(void **state)
{
	struct sx_spec cpu = spec_manager("cpu", "hang"), mem = spec_manager("mem", "ok");
	struct fixture *f = *state;
	struct answer a = { 0 }, late;

	f->limits.at_once = 1;
	f->limits.wait_ms = 100;
	f->limits.wall_ms = 500;
	fixture_restart(f);
	sx_core_prepare(f->core, &cpu, answer_object, &a);
	late = prepare(f, &mem);
	assert_int_equal(late.code, DIO_E_BUSY);
	assert_non_null(strstr(late.message, "too many compiles wait: try again in "));
	assert_false(a.come);
	assert_int_equal(sx_core_count(f->core), 1);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_COMPILE);
	assert_int_equal(sx_core_count(f->core), 0);
}

/* A second of the same is not compiled again: it would hang now. */
static void test_cached(void **state)
{
	struct sx_spec cpu = spec_manager("cpu", "ok"), mem = spec_manager("mem", "ok");
	struct fixture *f = *state;
	struct answer a = { 0 };

	deploy(f, cpu);
	f->kernel.hold = true;
	sx_core_prepare(f->core, &mem, answer_object, &a);
	assert_int_equal(f->kernel.n_calls, 1);
	fake_release(&f->kernel);
	await(f, &a);
	assert_int_equal(a.code, DIO_E_OK);
}

static void test_kernel_refuses_the_program(void **state)
{
	struct fixture *f = *state;

	f->kernel.fail_op = LD_MANAGER;
	f->kernel.fail_error = -EACCES;
	f->kernel.fail_step = LD_STEP_LOAD;
	f->kernel.fail_message = "R1 invalid mem access 'scalar'";
	fails(f, "ok", DIO_E_LOAD, "cpu: R1 invalid mem access");
	assert_int_equal(f->refused_stage, SX_STAGE_LOAD);
}

static void test_loader_busy(void **state)
{
	struct fixture *f = *state;

	f->kernel.full = 1;
	fails(f, "ok", DIO_E_BUSY, "cpu: too much waits for the loader: try again in ");
}

static void test_ends_while_it_compiles(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "hang");
	struct fixture *f = *state;
	struct answer a = { 0 };

	sx_core_prepare(f->core, &spec, answer_object, &a);
	fixture_restart(f);
	assert_int_equal(a.code, DIO_E_GONE);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Its process; the only one while nothing is compiled. */
static pid_t await_spare(struct fixture *f)
{
	uint64_t end = sx_now_ms() + 10000;
	char path[64];
	int pid = 0;
	FILE *list;

	while (!sx_workers_spare_loaded(f->workers)) {
		assert_true(sx_now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	list = fopen(path, "re");
	assert_non_null(list);
	assert_int_equal(fscanf(list, "%d", &pid), 1);
	assert_int_equal(fscanf(list, "%*d"), EOF);
	fclose(list);
	return pid;
}

static pid_t begin_with_spare(struct fixture *f)
{
	f->limits.spare = true;
	fixture_restart(f);
	return await_spare(f);
}

/* It does the next job and is gone after; then there is another. */
static void test_spare(void **state)
{
	struct fixture *f = *state;
	pid_t first = begin_with_spare(f);

	deploy(f, spec_manager("cpu", "ok"));
	assert_int_equal(kill(first, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_not_equal(await_spare(f), first);
	deploy(f, spec_manager("mem", "other"));
}

/* Nobody's job fails, and the next has one again. */
static void test_spare_is_dead(void **state)
{
	struct fixture *f = *state;
	pid_t pid = begin_with_spare(f);
	siginfo_t info;

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	deploy(f, spec_manager("cpu", "ok"));
	assert_int_not_equal(await_spare(f), pid);
}

static bool spare_is_dropped(struct fixture *f)
{
	siginfo_t info;

	(void)f;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static void test_spare_dies_and_is_dropped(void **state)
{
	struct fixture *f = *state;

	kill(begin_with_spare(f), SIGKILL);
	await_true(f, spare_is_dropped);
	deploy(f, spec_manager("cpu", "ok"));
	await_spare(f);
}

/* It was given the job, and does not come to it. */
static void test_spare_dies_with_a_job(void **state)
{
	struct sx_spec spec = spec_manager("cpu", "ok");
	struct fixture *f = *state;
	pid_t pid = begin_with_spare(f);
	struct answer a = { 0 };

	kill(pid, SIGSTOP);
	sx_core_prepare(f->core, &spec, answer_object, &a);
	kill(pid, SIGKILL);
	await(f, &a);
	assert_string_equal(a.message, "");
	assert_int_equal(a.code, DIO_E_OK);
	await_spare(f);
}

/* Its job's own fault is the job's, as without it. */
static void test_spare_crashes(void **state)
{
	struct fixture *f = *state;
	struct sx_spec spec = spec_manager("cpu", "crash");

	begin_with_spare(f);
	assert_int_equal(prepare(f, &spec).code, DIO_E_INTERNAL);
	await_spare(f);
}

/* Its time is that of its job. */
static void test_spare_has_time(void **state)
{
	struct fixture *f = *state;
	struct sx_spec hang = spec_manager("cpu", "hang");
	uint64_t begin;

	f->limits.wall_ms = 2000;
	begin_with_spare(f);
	for (begin = sx_now_ms(); sx_now_ms() <= begin + f->limits.wall_ms;)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	deploy(f, spec_manager("mem", "slow"));
	await_spare(f);
	assert_int_equal(prepare(f, &hang).code, DIO_E_COMPILE);
}

static void test_spare_goes_too(void **state)
{
	struct fixture *f = *state;

	begin_with_spare(f);
	f->limits.spare = false;
	fixture_restart(f);
	assert_true(spare_is_dropped(f));
}

/* As large as can be. */
static void large_job(struct sx_job *job)
{
	static struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static char source[SX_SOURCE_MAX], file[SX_JOB_FILE];

	memset(source, 'x', sizeof(source));
	memset(file, 'f', sizeof(file) - 1);
	for (int i = 0; i < SAFEX_ATTRS_MAX; i++) {
		snprintf(attrs[i].name, sizeof(attrs[i].name), "attribute_%d", i);
		attrs[i].rights = (uint32_t)i;
		attrs[i].value = -i;
	}
	*job = (struct sx_job){ .role = SAFEX_KIND_HANDLER, .file = file, .source = source,
				.length = sizeof(source), .attrs = attrs, .n_attrs = SAFEX_ATTRS_MAX,
				.explain = true };
}

static void test_job_as_bytes(void **state)
{
	static _Alignas(uint64_t) uint8_t bytes[SX_JOB_MAX];
	struct sx_job job, back = { 0 };
	size_t size;

	(void)state;
	large_job(&job);
	assert_int_equal(sx_job_pack(&job, bytes, &size), 0);
	assert_int_equal(sx_job_unpack(bytes, size, &back), 0);
	assert_int_equal(back.role, job.role);
	assert_true(back.explain);
	assert_string_equal(back.file, job.file);
	assert_int_equal(back.length, job.length);
	assert_memory_equal(back.source, job.source, job.length);
	assert_int_equal(back.n_attrs, job.n_attrs);
	assert_memory_equal(back.attrs, job.attrs, sizeof(*job.attrs) * job.n_attrs);
	assert_int_equal(sx_job_unpack(bytes, size - 1, &back), -EPROTO);
	job.length++;
	assert_int_equal(sx_job_pack(&job, bytes, &size), -EFBIG);
}

static void note_digest(void *arg, struct sx_result *result)
{
	memcpy(arg, result->digest, SX_DIGEST);
	sx_result_release(result);
}

/* The same with a spare as without, and as the front has it. */
static void test_job_arrives(void **state)
{
	static const struct sx_tools tools;
	static const uint8_t none[SX_DIGEST];
	struct fixture *f = *state;
	uint8_t sent[SX_DIGEST], came[2][SX_DIGEST] = { 0 };
	uint64_t end = sx_now_ms() + 20000;
	struct sx_job job;

	large_job(&job);
	sx_pipeline_digest(&tools, &job, sent);
	begin_with_spare(f);
	for (int i = 0; i < 2; i++)
		assert_int_equal(sx_workers_submit(f->workers, 1000, &job, note_digest, came[i]), 0);
	while (!memcmp(came[0], none, SX_DIGEST) || !memcmp(came[1], none, SX_DIGEST)) {
		assert_true(sx_now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_memory_equal(came[0], sent, SX_DIGEST);
	assert_memory_equal(came[1], sent, SX_DIGEST);
	job.length++;
	assert_int_equal(sx_workers_submit(f->workers, 1000, &job, note_digest, came[0]), -EINVAL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_bad_source), T(test_crash), T(test_hangup), T(test_hang), T(test_flood), T(test_queue_full), T(test_queue_of_one_user),
		T(test_turns), T(test_waits_too_long),
		T(test_cached), T(test_kernel_refuses_the_program), T(test_loader_busy),
		T(test_ends_while_it_compiles),
		T(test_spare), T(test_spare_is_dead), T(test_spare_dies_and_is_dropped), T(test_spare_dies_with_a_job),
		T(test_spare_crashes), T(test_spare_has_time), T(test_spare_goes_too), T(test_job_as_bytes),
		T(test_job_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
