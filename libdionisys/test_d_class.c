/* SPDX-License-Identifier: GPL-2.0-only */
/* Attribute classes: mapping, getting, setting; threads and forks. */
#include "d_fake.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

#define OPEN	(1000 + SX_OPEN_CLASS)

static void create(DAttr_t attrs[4])
{
	attrs[0] = (DAttr_t){ .name = "target_cpu", .value = 20000000 };
	attrs[1] = (DAttr_t){ .name = "frames", .value = 3 };
	attrs[2] = (DAttr_t){ .name = "secret", .value = 4, .rights = DATTR_EXT_READ };
	attrs[3] = (DAttr_t){ .name = NULL };
	assert_int_equal(DCreateAttrClass(FAKE_CD, "cpu", attrs), 0);
}

/* The fake outlives no test, the library's table of classes does. */
static int teardown(void **state)
{
	fake.silent = false;
	fake.code = 0;
	fake.connection = FAKE_SERVE;
	DendApp(FAKE_CD);
	return fake_teardown(state);
}

static void refs_are_live(void **state)
{
	DAttr_t attrs[4];

	(void)state;
	create(attrs);
	assert_int_equal(fake_last(NS_CREATE_CLASS)->pid, 0);
	assert_int_equal(fake_last(NS_CREATE_CLASS)->n_attrs, 3);
	assert_int_equal(fake_last(NS_CREATE_CLASS)->rights0, DATTR_DEFAULT);
	assert_true(fake_last(OPEN)->cd == FAKE_CD);
	assert_string_equal(fake_last(OPEN)->name, "cpu");
	assert_true(*attrs[0].ref == 20000000);
	assert_true(*attrs[1].ref == 3);
	assert_null(attrs[2].ref);
	fake.page->value[FAKE_DECLARED] = -77;
	assert_true(*attrs[1].ref == -77);
}

static void get(void **state)
{
	const volatile int64_t *ref;
	unsigned int calls;
	DAttr_t attrs[4];
	int64_t value;

	(void)state;
	create(attrs);
	calls = fake.n_calls;
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "timeslice", &value), 0);
	assert_true(value == 7);
	ref = DAttrRef(FAKE_CD, "cpu", "timeslice");
	assert_non_null(ref);
	fake.page->value[2] = 8;
	assert_true(*ref == 8);
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "nothing", &value), DIO_E_NO_ATTRIBUTE);
	assert_error(DIO_E_NO_ATTRIBUTE, "\"nothing\"");
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "hidden", &value), DIO_E_DENIED);
	assert_null(DAttrRef(FAKE_CD, "cpu", "secret"));
	assert_int_equal(DError(), DIO_E_DENIED);
	assert_int_equal(fake.n_calls, calls);
}

/* A class that another process of the user made. */
static void get_of_a_class_not_created_here(void **state)
{
	DAttr_t attrs[4];
	int64_t value;

	(void)state;
	create(attrs);
	assert_int_equal(DGetAttr(FAKE_CD + 1, "cpu", "frames", &value), 0);
	assert_true(value == 3);
	assert_true(fake_last(OPEN)->cd == FAKE_CD + 1);
	assert_int_equal(DendApp(FAKE_CD + 1), 0);
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "frames", &value), 0);
	fake.code = DIO_E_NO_CLASS;
	assert_int_equal(DGetAttr(FAKE_CD + 1, "cpu", "frames", &value), DIO_E_NO_CLASS);
}

static void set(void **state)
{
	DAttr_t attrs[4];

	(void)state;
	create(attrs);
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 42), 0);
	assert_int_equal(fake.set.slot, FAKE_DECLARED);
	assert_true(*attrs[1].ref == 42);
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "nothing", 1), DIO_E_NO_ATTRIBUTE);
	fake.set_errno = ENODEV;
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 1), DIO_E_GONE);
	fake.set_errno = EAGAIN;
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 1), DIO_E_BUSY);
	assert_error(DIO_E_BUSY, "again in a tick of its manager");
	fake.set_errno = EPERM;
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 1), DIO_E_DENIED);
}

static void contract(void **state)
{
	DAttr_t attrs[4];
	unsigned int is;
	int why;

	(void)state;
	create(attrs);
	fake.page->contract = SAFEX_CONTRACT_IN_FORCE;
	assert_int_equal(DGetContract(FAKE_CD, "cpu", &is, &why), 0);
	assert_int_equal(is, DCONTRACT_IN_FORCE);
	assert_int_equal(why, 0);
	assert_string_equal(DContractText(is, why), "in force");
	fake.page->contract = SAFEX_CONTRACT_SUSPENDED;
	fake.page->reason = -EBUSY;
	assert_int_equal(DGetContract(FAKE_CD, "cpu", &is, &why), 0);
	assert_int_equal(is, DCONTRACT_SUSPENDED);
	assert_string_equal(DContractText(is, why), "suspended: the scheduler has no bandwidth left");
	assert_string_equal(DContractText(is, -ESRCH),
			    "suspended: another thread calls exec and becomes the main thread");
	fake.page->contract = SAFEX_CONTRACT_LOST;
	fake.page->reason = -ECANCELED;
	assert_int_equal(DGetContract(FAKE_CD, "cpu", &is, &why), 0);
	assert_string_equal(DContractText(is, why), "lost: the process was given another policy");
	assert_string_equal(DContractText(is, -EPERM), "lost: the main thread may not run on all CPUs");
	assert_int_equal(DGetContract(FAKE_CD, "cpu", &is, NULL), DIO_E_INVALID);
	fake.page->state = SAFEX_PAGE_DEAD;
	assert_int_equal(DGetContract(FAKE_CD, "cpu", &is, &why), DIO_E_GONE);
}

/* The kernel says on the page that there is no such class any more. */
static void get_when_it_was_destroyed(void **state)
{
	DAttr_t attrs[4];
	int64_t value = -1;

	(void)state;
	create(attrs);
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "frames", &value), 0);
	fake.page->state = SAFEX_PAGE_DEAD;
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "frames", &value), DIO_E_GONE);
	assert_error(DIO_E_GONE, "was destroyed");
	assert_null(DAttrRef(FAKE_CD, "cpu", "frames"));
}

static void set_with_a_verdict(void **state)
{
	DAttr_t attrs[4];
	unsigned int v;

	(void)state;
	create(attrs);
	for (v = SAFEX_GUARD_RANGE; v <= SAFEX_GUARD_FAULT; v++) {
		fake.set_verdict = v;
		assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 9),
				 v == SAFEX_GUARD_RIGHTS ? DIO_E_DENIED : DIO_E_GUARD);
		assert_true(strstr(DErrorText(), "unknown") == NULL);
		assert_true(*attrs[1].ref == 3);
	}
}

static void on_another_host(void **state)
{
	DAttr_t attrs[] = { { .name = "target_cpu" }, { .name = NULL } };
	int64_t value;

	(void)state;
	fake.locate = "tcp:192.0.2.1:111";
	assert_int_equal(DCreateAttrClass(FAKE_CD, "node2/cpu", attrs), 0);
	assert_null(attrs[0].ref);
	assert_int_equal(DGetAttr(FAKE_CD, "node2/cpu", "target_cpu", &value), DIO_E_NO_CLASS);
	assert_error(DIO_E_NO_CLASS, "another host");
	assert_int_equal(fake_count(OPEN), 0);
}

/* Nothing half-created: a class whose page cannot be had is taken back. */
static void assert_taken_back(int code)
{
	DAttr_t attrs[] = { { .name = "target_cpu" }, { .name = NULL } };

	assert_int_equal(DCreateAttrClass(FAKE_CD, "cpu", attrs), -1);
	assert_int_equal(DError(), code);
	assert_null(attrs[0].ref);
	assert_int_equal(fake_last(NS_DESTROY)->kind, SAFEX_KIND_CLASS);
	assert_true(fake_last(NS_DESTROY)->cd == FAKE_CD);
	assert_int_equal(fake_count(NS_DESTROY), fake_count(NS_CREATE_CLASS));
}

static void safexd_refuses(void **state)
{
	(void)state;
	fake.open_code = DIO_E_DENIED;
	assert_taken_back(DIO_E_DENIED);
	fake.open_code = 0;
	fake.no_fd = true;
	assert_taken_back(DIO_E_PROTOCOL);
	fake.no_fd = false;
	fake.short_fd = true;
	assert_taken_back(DIO_E_PROTOCOL);
	fake.short_fd = false;
	fake.other_layout = true;
	assert_taken_back(DIO_E_PROTOCOL);
	fake.other_layout = false;
	fake.locate = "unix:/nonexistent/socket";
	assert_taken_back(DIO_E_UNREACHABLE);
	assert_error(DIO_E_UNREACHABLE, "safexd does not run at unix:/nonexistent/socket");
}

static void nameserver_refuses(void **state)
{
	DAttr_t attrs[] = { { .name = "target_cpu" }, { .name = NULL } };

	(void)state;
	fake.code = DIO_E_ADMISSION;
	assert_int_equal(DCreateAttrClass(FAKE_CD, "cpu", attrs), -1);
	assert_int_equal(DError(), DIO_E_ADMISSION);
	assert_int_equal(fake_count(NS_DESTROY), 0);
	assert_int_equal(fake_count(NS_LOCATE), 0);
}

static void class_again(void **state)
{
	DAttr_t attrs[4];
	int64_t value;

	(void)state;
	create(attrs);
	assert_int_equal(DDestroyAttrClass(FAKE_CD, "cpu"), 0);
	fake.code = DIO_E_NO_CLASS;
	assert_int_equal(DGetAttr(FAKE_CD, "cpu", "frames", &value), DIO_E_NO_CLASS);
	fake.code = 0;
	create(attrs);
	assert_true(*attrs[1].ref == 3);
}

#define THREADS	4

static void *get_often(void *arg)
{
	int64_t value;
	int i;

	for (i = 0; i < 2000; i++)
		if (DGetAttr(FAKE_CD + i % 3, "cpu", "timeslice", &value) || value != 7)
			*(int *)arg = 1;
	return NULL;
}

static void threads_open_the_same_class(void **state)
{
	int errors[THREADS] = { 0 }, i;
	pthread_t t[THREADS];
	DAttr_t attrs[4];

	(void)state;
	create(attrs);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, get_often, &errors[i]), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(errors[i], 0);
	}
	assert_true(fake_count(OPEN) <= 1 + 2 * THREADS);
	assert_int_equal(DendApp(FAKE_CD + 1), 0);
	assert_int_equal(DendApp(FAKE_CD + 2), 0);
}

/* In the child: 0, or the line that is wrong. */
static int child_of_fork(const DAttr_t *attrs)
{
	const char *address = strdup(getenv("DIONISYS_NAMESERVER"));
	int64_t value;

	if (*attrs[1].ref != 3)
		return __LINE__;
	if (DGetAttr(FAKE_CD, "cpu", "frames", &value) != DIO_E_INVALID)
		return __LINE__;
	if (!strstr(DErrorText(), "DinitApp() in it first"))
		return __LINE__;
	if (DDestroySM("cpu") != DIO_E_INVALID)
		return __LINE__;
	/* One that fails begins nothing. */
	setenv("DIONISYS_NAMESERVER", "unix:/nonexistent/socket", 1);
	if (DinitApp() || DError() != DIO_E_UNREACHABLE)
		return __LINE__;
	setenv("DIONISYS_NAMESERVER", address, 1);
	if (DDestroySM("cpu") != DIO_E_INVALID)
		return __LINE__;
	if (DinitApp() != FAKE_CD)
		return __LINE__;
	if (DGetAttr(FAKE_CD, "cpu", "frames", &value) || value != 3)
		return __LINE__;
	return 0;
}

static void child_must_begin_anew(void **state)
{
	DAttr_t attrs[4];
	int status;
	pid_t pid;

	(void)state;
	create(attrs);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child_of_fork(attrs) & 0xff);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(DSetAttr(FAKE_CD, "cpu", "frames", 5), 0);
	assert_int_equal(DDestroySM("cpu"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refs_are_live),
		TEST(get),
		TEST(get_of_a_class_not_created_here),
		TEST(set),
		TEST(set_with_a_verdict),
		TEST(get_when_it_was_destroyed),
		TEST(contract),
		TEST(on_another_host),
		TEST(safexd_refuses),
		TEST(nameserver_refuses),
		TEST(class_again),
		TEST(threads_open_the_same_class),
		TEST(child_must_begin_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
