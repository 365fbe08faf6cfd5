/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_lib.h"

#include <stdarg.h>
#include <stdio.h>

static __thread struct {
	int number;
	unsigned int retry_ms;
	char text[DIO_MESSAGE_MAX];
	char warnings[DIO_MESSAGE_MAX];
} last;

int d_fail(enum dio_error code, const char *fmt, ...)
{
	va_list ap;

	last.number = code;
	last.retry_ms = 0;
	last.warnings[0] = '\0';
	va_start(ap, fmt);
	if (vsnprintf(last.text, sizeof(last.text), fmt, ap) < 0)
		last.text[0] = '\0';
	va_end(ap);
	return code;
}

int d_answer(const dio_x_status *status)
{
	if (status->code == DIO_E_OK) {
		snprintf(last.warnings, sizeof(last.warnings), "%s", status->message ? status->message : "");
		return 0;
	}
	if (status->code < 0)
		return d_fail(DIO_E_PROTOCOL, "the answer carries the error number %d, which is none",
			      status->code);
	if (!status->message || !status->message[0])
		d_fail(status->code, "%s", dio_error_text(status->code));
	else
		d_fail(status->code, "%s", status->message);
	last.retry_ms = status->retry_ms;
	return status->code;
}

int DError(void)
{
	return last.number;
}

const char *DErrorText(void)
{
	return last.number ? last.text : dio_error_text(DIO_E_OK);
}

const char *DWarnings(void)
{
	return last.warnings;
}

unsigned int DRetryAfter(void)
{
	return last.number == DIO_E_BUSY ? last.retry_ms : 0;
}

const char *DErrorName(int number)
{
	return dio_error_text(number);
}
