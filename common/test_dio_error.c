/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "dio_error.h"

/* The numbers are on the wire and in kernel records: none may ever move. */
static void numbers(void **state)
{
	(void)state;
	assert_int_equal(DIO_E_OK, 0);
	assert_int_equal(DIO_E_NO_MANAGER, 1);
	assert_int_equal(DIO_E_DENIED, 13);
	assert_int_equal(DIO_E_TIMEOUT, 20);
	assert_int_equal(DIO_E_INTERNAL, 28);
	assert_string_equal(dio_error_text(DIO_E_NO_MONITOR), "monitor does not exist");
	assert_string_equal(dio_error_text(-1), "unknown error");
	assert_string_equal(dio_error_text(10000), "unknown error");
}

static void from_errno(void **state)
{
	(void)state;
	assert_int_equal(dio_error_from_errno(0), DIO_E_OK);
	assert_int_equal(dio_error_from_errno(-ETIMEDOUT), DIO_E_TIMEOUT);
	assert_int_equal(dio_error_from_errno(-ECONNREFUSED), DIO_E_UNREACHABLE);
	assert_int_equal(dio_error_from_errno(-ENOMEM), DIO_E_NO_MEMORY);
	assert_int_equal(dio_error_from_errno(-EIO), DIO_E_INTERNAL);
	/* A positive number is nobody's errno here: it is not taken for success. */
	assert_int_equal(dio_error_from_errno(ENOMEM), DIO_E_INTERNAL);
}

static void status(void **state)
{
	static struct dio_status st;
	static char big[2 * DIO_MESSAGE_MAX];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(dio_status_set(&st, DIO_E_RANGE, "%d of %s", 3, "period"), DIO_E_RANGE);
	assert_int_equal(st.code, DIO_E_RANGE);
	assert_string_equal(st.message, "3 of period");
	assert_int_equal(dio_status_busy(&st, 2350, "%d wait", 9), DIO_E_BUSY);
	assert_string_equal(st.message, "9 wait: try again in 2.3 s");
	assert_int_equal(st.retry_ms, 2350);
	dio_status_busy(&st, 1, "%s", big);
	assert_int_equal(strlen(st.message), DIO_MESSAGE_MAX - 1);
	dio_status_set(&st, DIO_E_OK, "%s", big);
	assert_int_equal(st.retry_ms, 0);
	assert_int_equal(strlen(st.message), DIO_MESSAGE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(from_errno),
		cmocka_unit_test(status),
	};

	return cmocka_run_group_tests_name("dio_error", tests, NULL, NULL);
}
