/* SPDX-License-Identifier: GPL-2.0-only */
/* Daemons that are busy: the library comes again when it is told to. */
#include "d_fake.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

#define OPEN	(1000 + SX_OPEN_CLASS)

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* As the same request, that is: what it asks for is made once. */
static void served_at_last(void **state)
{
	int64_t before = now_ms();
	unsigned int i;

	(void)state;
	fake.busy = 3;
	fake.retry_ms = 20;
	assert_true(DinitApp() == FAKE_CD);
	assert_true(now_ms() - before >= 60);
	assert_int_equal(fake_count(NS_INIT_APP), 4);
	for (i = 1; i < 4; i++)
		assert_true(fake.calls[i].request == fake.calls[0].request);
}

static void class_is_opened_at_last(void **state)
{
	DAttr_t attrs[] = { { .name = "target_cpu", .value = 7 }, { .name = NULL } };

	(void)state;
	fake.busy = 1;
	fake.open_busy = 2;
	fake.retry_ms = 10;
	assert_int_equal(DCreateAttrClass(FAKE_CD, "cpu", attrs), 0);
	assert_int_equal(fake_count(NS_CREATE_CLASS), 2);
	assert_int_equal(fake_count(OPEN), 3);
	assert_true(*attrs[0].ref == 7);
	assert_int_equal(DendApp(FAKE_CD), 0);
}

/* Told in time, and while there is some left for the caller. */
static void busy_to_the_end(void **state)
{
	DOptions_t o = { .size = sizeof(o), .deadline_ms = 900 };
	DAttr_t attrs[] = { { .name = NULL } };
	int64_t before = now_ms(), ms;

	(void)state;
	fake.code = DIO_E_BUSY;
	fake.retry_ms = 100;
	assert_int_equal(DxCreateAttrClass(FAKE_CD, "cpu", attrs, &o), DIO_E_BUSY);
	ms = now_ms() - before;
	assert_int_equal(DRetryAfter(), 100);
	assert_in_range(ms, 100, 899);
	assert_in_range(fake_count(NS_CREATE_CLASS), 2, 7);
}

/* Nothing is gained by waiting where no time, or one beyond the call's, is told. */
static void not_waited_for(void **state)
{
	int64_t before = now_ms();

	(void)state;
	fake.code = DIO_E_BUSY;
	assert_int_equal(DDestroySM("cpu"), DIO_E_BUSY);
	fake.retry_ms = 9000;
	assert_int_equal(DDestroySM("cpu"), DIO_E_BUSY);
	assert_int_equal(fake.n_calls, 2);
	assert_true(now_ms() - before < 5000);
}

/* The class is taken back, and the time is told as of any call. */
static void class_is_not_opened(void **state)
{
	DAttr_t attrs[] = { { .name = NULL } };

	(void)state;
	fake.open_busy = 1;
	fake.retry_ms = 9000;
	assert_int_equal(DxCreateAttrClass(FAKE_CD, "cpu", attrs, NULL), DIO_E_BUSY);
	assert_int_equal(DRetryAfter(), 9000);
	assert_int_equal(fake_count(NS_DESTROY), 1);
}

static void *call(void *arg)
{
	*(int *)arg = DDestroySM("cpu");
	return NULL;
}

static void others_go_on(void **state)
{
	int64_t before = now_ms();
	pthread_t t;
	int result;

	(void)state;
	fake.busy = 1;
	fake.retry_ms = 3000;
	pthread_create(&t, NULL, call, &result);
	while (__atomic_load_n(&fake.n_calls, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	assert_int_equal(DDestroySM("mem"), 0);
	assert_true(now_ms() - before < 2500);
	pthread_join(t, NULL);
	assert_int_equal(result, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(served_at_last), TEST(class_is_opened_at_last), TEST(busy_to_the_end),
		TEST(not_waited_for), TEST(class_is_not_opened), TEST(others_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
