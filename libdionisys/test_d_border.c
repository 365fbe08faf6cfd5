/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is refused before any daemon is asked: none runs here, so an argument
 * that slips through shows as DIO_E_UNREACHABLE.
 */
#include "d_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], good[96], bad[96];

static void write_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	while (size--)
		fputc('x', f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	char address[128];

	(void)state;
	strcpy(directory, "/tmp/dio-border-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(good, sizeof(good), "%s/good.c", directory);
	snprintf(bad, sizeof(bad), "%s/bad.c", directory);
	snprintf(address, sizeof(address), "unix:%s/nobody", directory);
	setenv("DIONISYS_NAMESERVER", address, 1);
	write_file(good, 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(good);
	unlink(bad);
	return rmdir(directory);
}

static char *long_name(void)
{
	static char name[10001];

	memset(name, 'n', 10000);
	return name;
}

static void periods(void **state)
{
	DOptions_t none = { .size = sizeof(none) };

	(void)state;
	assert_int_equal(DCreateMonitor(1, "cpu/usage", 0, good), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "0 clock ticks");
	assert_int_equal(DCreateMonitor(1, "cpu/usage", -3, good), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "-3 clock ticks");
	assert_int_equal(DCreateSM("cpu", 0, good), -1);
	assert_error(DIO_E_INVALID, "0 clock ticks");
	assert_int_equal(DxCreateSM("cpu", good, &none), DIO_E_INVALID);
	assert_int_equal(DxCreateMonitor(1, "cpu/usage", good, NULL), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "period_ns");
}

static void names(void **state)
{
	char *bad_names[] = { "", "/", "cpu", "cpu/", "/usage", "a/b/c/d", "cpu/us age", "cpu/-x",
			      "cpu/\xc3\xa4", "../x" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		assert_int_equal(DCreateHandler(1, bad_names[i], good), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "[host/]manager/extension");
	assert_int_equal(DCreateHandler(1, NULL, good), DIO_E_INVALID);
	assert_int_equal(DCreateSM("a/b/c", 1, good), -1);
	assert_error(DIO_E_INVALID, "\"a/b/c\"");
	assert_int_equal(DCreateHandler(1, "node1/cpu/pid", good), DIO_E_UNREACHABLE);
}

static void name_of_10000_bytes(void **state)
{
	DAttr_t attrs[] = { { .name = long_name() }, { .name = NULL } };

	(void)state;
	assert_int_equal(DCreateMonitor(1, long_name(), 1, good), DIO_E_TOO_BIG);
	assert_error(DIO_E_TOO_BIG, "10000 bytes");
	assert_error(DIO_E_TOO_BIG, "31");
	assert_int_equal(DCreateSM(long_name(), 1, good), -1);
	assert_int_equal(DError(), DIO_E_TOO_BIG);
	assert_int_equal(DCreateAttrClass(1, "cpu", attrs), -1);
	assert_error(DIO_E_TOO_BIG, "attribute 0");
}

static void sources(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(DCreateHandler(1, "cpu/pid", NULL), DIO_E_INVALID);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "bad.c");
	assert_error(DIO_E_INVALID, "No such file");
	assert_int_equal(DCreateHandler(1, "cpu/pid", directory), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "not a regular file");
	assert_int_equal(mkfifo(bad, 0600), 0);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_INVALID);
	assert_int_equal(unlink(bad), 0);
	write_file(bad, 0);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "empty");
	write_file(bad, 10 * 1024 * 1024);
	assert_int_equal(stat(bad, &st), 0);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_TOO_BIG);
	assert_error(DIO_E_TOO_BIG, "262144");
	write_file(bad, 262144);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_UNREACHABLE);
	write_file(bad, 262145);
	assert_int_equal(DCreateHandler(1, "cpu/pid", bad), DIO_E_TOO_BIG);
}

static void classes(void **state)
{
	DAttr_t twice[] = { { .name = "a" }, { .name = "b" }, { .name = "a" }, { .name = NULL } };
	DAttr_t rights[] = { { .name = "a", .rights = 16 }, { .name = NULL } };
	DAttr_t form[] = { { .name = "a b" }, { .name = NULL } };
	static char text[70][8];
	DAttr_t many[66];
	int i;

	(void)state;
	for (i = 0; i < 65; i++) {
		snprintf(text[i], sizeof(text[i]), "a%d", i);
		many[i] = (DAttr_t){ .name = text[i] };
	}
	many[65].name = NULL;
	assert_int_equal(DCreateAttrClass(1, "cpu", NULL), -1);
	assert_int_equal(DCreateAttrClass(1, "cpu", twice), -1);
	assert_error(DIO_E_EXISTS, "attribute a ");
	assert_int_equal(DCreateAttrClass(1, "cpu", rights), -1);
	assert_error(DIO_E_INVALID, "rights 0x10");
	assert_int_equal(DCreateAttrClass(1, "cpu", form), -1);
	assert_error(DIO_E_INVALID, "\"a b\"");
	assert_int_equal(DCreateAttrClass(1, "cpu", many), -1);
	assert_error(DIO_E_TOO_BIG, "64");
	many[64].name = NULL;
	assert_int_equal(DCreateAttrClass(1, "cpu", many), -1);
	assert_int_equal(DError(), DIO_E_UNREACHABLE);
}

static void descriptors(void **state)
{
	size_t found;
	int64_t value;

	(void)state;
	assert_int_equal(DCreateHandler(0, "cpu/pid", good), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "DinitApp");
	assert_int_equal(DendApp(0), DIO_E_INVALID);
	assert_int_equal(DCreateEventChannel(0, "cpu/usage", "cpu/pid"), DIO_E_INVALID);
	assert_int_equal(DDestroyAttrClass(0, "cpu"), DIO_E_INVALID);
	assert_int_equal(DGetAttr(0, "cpu", "a", &value), DIO_E_INVALID);
	assert_int_equal(DGetAttr(1, "cpu", "a", NULL), DIO_E_INVALID);
	assert_int_equal(DGetAttr(1, "cpu", NULL, &value), DIO_E_INVALID);
	assert_int_equal(DSetAttr(1, NULL, "a", 1), DIO_E_INVALID);
	assert_null(DAttrRef(0, "cpu", "a"));
	assert_int_equal(DList(1, 0, NULL, 1, &found), DIO_E_INVALID);
	assert_int_equal(DList(1, 0, NULL, 0, NULL), DIO_E_INVALID);
	assert_int_equal(DRecords(1, 1, NULL, 1, &found), DIO_E_INVALID);
}

static void options(void **state)
{
	struct {
		DOptions_t known;
		uint64_t later;
	} newer = { .known = { .size = sizeof(newer), .period_ns = 1 }, .later = 1 };
	DOptions_t no_size = { .period_ns = 1 };
	DOptions_t negative = { .size = sizeof(negative), .period_ns = 1, .deadline_ms = -1 };
	struct {
		size_t size;
		uint64_t period_ns;
	} older = { sizeof(older), 5000000 };

	(void)state;
	assert_int_equal(DxCreateSM("cpu", good, &no_size), DIO_E_INVALID);
	assert_error(DIO_E_INVALID, "sizeof(DOptions_t)");
	assert_int_equal(DxCreateSM("cpu", good, &newer.known), DIO_E_INVALID);
	newer.later = 0;
	assert_int_equal(DxCreateSM("cpu", good, &newer.known), DIO_E_UNREACHABLE);
	assert_int_equal(DxCreateSM("cpu", good, (DOptions_t *)&older), DIO_E_UNREACHABLE);
	assert_int_equal(DxCreateSM("cpu", good, &negative), DIO_E_INVALID);
}

static void nameserver_not_running(void **state)
{
	(void)state;
	assert_true(DinitApp() == 0);
	assert_error(DIO_E_UNREACHABLE, "does not run at unix:/tmp/dio-border-");
	assert_error(DIO_E_UNREACHABLE, "DIONISYS_NAMESERVER");
	setenv("DIONISYS_NAMESERVER", "nonsense", 1);
	assert_true(DinitApp() == 0);
	assert_error(DIO_E_INVALID, "\"nonsense\" is not an address");
}

static void error_texts(void **state)
{
	(void)state;
	assert_string_equal(DErrorName(0), "success");
	assert_string_equal(DErrorName(1), "service manager does not exist");
	assert_string_equal(DErrorName(2), "monitor does not exist");
	assert_string_equal(DErrorName(9999), "unknown error");
	assert_string_equal(DErrorName(-1), "unknown error");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(periods),
		TEST(names),
		TEST(name_of_10000_bytes),
		TEST(sources),
		TEST(classes),
		TEST(descriptors),
		TEST(options),
		TEST(nameserver_not_running),
		TEST(error_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
