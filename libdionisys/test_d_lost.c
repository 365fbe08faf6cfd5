/* SPDX-License-Identifier: GPL-2.0-only */
/* Nameservers that die, hang or babble. */
#include "d_fake.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void never_answers(void **state)
{
	int64_t before;

	(void)state;
	fake.silent = true;
	DSetDeadline(200);
	before = now_ms();
	assert_int_equal(DDestroySM("cpu"), DIO_E_TIMEOUT);
	assert_true(now_ms() - before >= 199);
	assert_true(now_ms() - before < 5000);
	assert_error(DIO_E_TIMEOUT, "did not answer before the call's deadline");
	fake.silent = false;
	assert_int_equal(DDestroySM("cpu"), 0);
}

static void never_reads(void **state)
{
	(void)state;
	fake.connection = FAKE_MUTE;
	DSetDeadline(100);
	assert_true(DinitApp() == 0);
	assert_int_equal(DError(), DIO_E_TIMEOUT);
}

/* The deadline of the options is stronger than the process's. */
static void deadline_of_one_call(void **state)
{
	DAttr_t attrs[] = { { .name = NULL } };
	DOptions_t o = { .size = sizeof(o), .deadline_ms = 100 };
	int64_t before = now_ms();

	(void)state;
	fake.silent = true;
	assert_int_equal(DxCreateAttrClass(FAKE_CD, "cpu", attrs, &o), DIO_E_TIMEOUT);
	assert_true(now_ms() - before < 5000);
}

/* Sent again on a new connection, and as the same request. */
static void dies_once(void **state)
{
	uint64_t request;
	uint32_t wire[2];

	(void)state;
	fake.connection = FAKE_DROP;
	fake.drops = 1;
	assert_true(DinitApp() == FAKE_CD);
	assert_int_equal(fake_count(NS_INIT_APP), 1);
	request = fake_last(NS_INIT_APP)->request;
	wire[0] = htonl((uint32_t)(request >> 32));
	wire[1] = htonl((uint32_t)request);
	assert_true(fake.n_raw > sizeof(wire));
	assert_non_null(memmem(fake.raw, fake.n_raw, wire, sizeof(wire)));
}

static void dies_thrice(void **state)
{
	(void)state;
	fake.connection = FAKE_DROP;
	fake.drops = 3;
	assert_true(DinitApp() == FAKE_CD);
	assert_int_equal(fake_count(NS_INIT_APP), 1);
}

/* It may be the request that it dies of. */
static void dies_each_time(void **state)
{
	(void)state;
	fake.connection = FAKE_DROP;
	fake.drops = 4;
	assert_true(DinitApp() == 0);
	assert_error(DIO_E_UNREACHABLE, "lost in the middle of the call");
	assert_true(DinitApp() == FAKE_CD);
}

/* Of the class at safexd, too. */
static void class_is_opened_at_last(void **state)
{
	DAttr_t attrs[] = { { .name = "target_cpu", .value = 7 }, { .name = NULL } };

	(void)state;
	assert_true(DinitApp() == FAKE_CD);
	fake.connection = FAKE_DROP;
	fake.drops = 3;
	assert_int_equal(DCreateAttrClass(FAKE_CD, "cpu", attrs), 0);
	assert_int_equal(fake_count(1000 + SX_OPEN_CLASS), 1);
	assert_int_equal(fake_count(NS_CREATE_CLASS), 1);
	assert_int_equal(DendApp(FAKE_CD), 0);
}

static void *restart_soon(void *unused)
{
	struct timespec t = { .tv_nsec = 300000000 };

	(void)unused;
	nanosleep(&t, NULL);
	fake_starts();
	return NULL;
}

/* Away for 0.3 s: nobody is told, if he has been served before. */
static void restarts(void **state)
{
	pthread_t t;

	(void)state;
	assert_true(DinitApp() == FAKE_CD);
	fake_dies();
	assert_int_equal(pthread_create(&t, NULL, restart_soon, NULL), 0);
	assert_true(DinitApp() == FAKE_CD);
	pthread_join(t, NULL);
}

/* ... and not for longer than the call may take. */
static void stays_away(void **state)
{
	int64_t before = now_ms();

	(void)state;
	assert_true(DinitApp() == FAKE_CD);
	fake_dies();
	DSetDeadline(600);
	assert_true(DinitApp() == 0);
	assert_error(DIO_E_UNREACHABLE, "does not run at");
	assert_true(now_ms() - before < 5000);
	fake_starts();
}

static void *call_silent(void *unused)
{
	(void)unused;
	DDestroySM("cpu");
	pthread_testcancel();
	return NULL;
}

/* A thread that is cancelled in the middle of a call leaves the library usable. */
static void cancelled(void **state)
{
	pthread_t t;
	void *how;

	(void)state;
	fake.silent = true;
	DSetDeadline(300);
	assert_int_equal(pthread_create(&t, NULL, call_silent, NULL), 0);
	while (__atomic_load_n(&fake.n_calls, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	pthread_cancel(t);
	pthread_join(t, &how);
	assert_ptr_equal(how, PTHREAD_CANCELED);
	fake.silent = false;
	assert_int_equal(DDestroySM("cpu"), 0);
}

static void babbles(const void *bytes, size_t n)
{
	fake.connection = FAKE_BYTES;
	fake.bytes = bytes;
	fake.n_bytes = n;
	DSetDeadline(3000);
	assert_true(DinitApp() == 0);
}

static void is_no_rpc(void **state)
{
	static const char http[] = "HTTP/1.0 400 Bad Request\r\n\r\n";

	(void)state;
	babbles(http, sizeof(http) - 1);
	assert_int_equal(DError(), DIO_E_PROTOCOL);
}

static void announces_2_gib(void **state)
{
	static const unsigned char header[] = { 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4 };

	(void)state;
	babbles(header, sizeof(header));
	assert_int_equal(DError(), DIO_E_PROTOCOL);
}

static void answers_half(void **state)
{
	static const unsigned char half[] = { 0x80, 0, 0, 100, 0, 0, 0, 1 };

	(void)state;
	babbles(half, sizeof(half));
	assert_int_equal(DError(), DIO_E_UNREACHABLE);
}

static void answers_other_xid(void **state)
{
	static const unsigned char reply[] = { 0x80, 0, 0, 24, 9, 9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 0,
					       0,    0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	babbles(reply, sizeof(reply));
	assert_true(DError() == DIO_E_PROTOCOL || DError() == DIO_E_UNREACHABLE);
}

#define THREADS	4

static void *call_often(void *arg)
{
	int i;

	for (i = 0; i < 50; i++)
		if (DinitApp() != FAKE_CD)
			*(int *)arg = DError();
	return NULL;
}

static void threads(void **state)
{
	int errors[THREADS] = { 0 }, i;
	pthread_t t[THREADS];

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, call_often, &errors[i]), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(errors[i], 0);
	}
	assert_int_equal(fake.n_calls, THREADS * 50);
}

static void *call_once(void *arg)
{
	*(int *)arg = DDestroySM("cpu");
	return NULL;
}

/* One thread has the connection for 2 s; the other gives up after its own 100 ms. */
static void deadline_of_the_second_thread(void **state)
{
	DOptions_t o = { .size = sizeof(o), .deadline_ms = 100 };
	DAttr_t attrs[] = { { .name = NULL } };
	int64_t before;
	pthread_t t;
	int result;

	(void)state;
	fake.silent = true;
	DSetDeadline(2000);
	pthread_create(&t, NULL, call_once, &result);
	while (__atomic_load_n(&fake.n_calls, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	before = now_ms();
	assert_int_equal(DxCreateAttrClass(FAKE_CD, "cpu", attrs, &o), DIO_E_TIMEOUT);
	assert_true(now_ms() - before < 1000);
	assert_error(DIO_E_TIMEOUT, "other threads");
	pthread_join(t, NULL);
	assert_int_equal(result, DIO_E_TIMEOUT);
}

static void *fail_otherwise(void *arg)
{
	DendApp(0);
	*(int *)arg = DError();
	return NULL;
}

static void errors_are_the_threads_own(void **state)
{
	pthread_t t;
	int other;

	(void)state;
	fake.code = DIO_E_GUARD;
	assert_int_equal(DDestroySM("cpu"), DIO_E_GUARD);
	pthread_create(&t, NULL, fail_otherwise, &other);
	pthread_join(t, NULL);
	assert_int_equal(other, DIO_E_INVALID);
	assert_int_equal(DError(), DIO_E_GUARD);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(never_answers),
		TEST(never_reads),
		TEST(deadline_of_one_call),
		TEST(dies_once),
		TEST(dies_thrice), TEST(dies_each_time), TEST(class_is_opened_at_last),
		TEST(restarts), TEST(stays_away),
		TEST(cancelled),
		TEST(is_no_rpc),
		TEST(announces_2_gib),
		TEST(answers_half),
		TEST(answers_other_xid),
		TEST(threads),
		TEST(deadline_of_the_second_thread),
		TEST(errors_are_the_threads_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
