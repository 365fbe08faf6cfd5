/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *dio_error_text(int code)
{
	switch (code) {
#define DIO_ERROR_TEXT(name, number, text)                                                         \
	case number:                                                                               \
		return text;
		DIO_ERRORS(DIO_ERROR_TEXT)
#undef DIO_ERROR_TEXT
	}
	return "unknown error";
}

static const struct {
	int err;
	enum dio_error code;
} errno_map[] = {
	{ 0, DIO_E_OK },
	{ EINVAL, DIO_E_INVALID },
	{ ENAMETOOLONG, DIO_E_TOO_BIG },
	{ E2BIG, DIO_E_TOO_BIG },
	{ EFBIG, DIO_E_TOO_BIG },
	{ EMSGSIZE, DIO_E_TOO_BIG },
	{ ENOSPC, DIO_E_TOO_BIG },
	{ ERANGE, DIO_E_RANGE },
	{ EDOM, DIO_E_RANGE },
	{ EEXIST, DIO_E_EXISTS },
	{ EPERM, DIO_E_DENIED },
	{ EACCES, DIO_E_DENIED },
	{ ESRCH, DIO_E_GONE },
	{ ENODEV, DIO_E_KERNEL },
	{ EOPNOTSUPP, DIO_E_KERNEL },
	{ ETIMEDOUT, DIO_E_TIMEOUT },
	{ ECONNREFUSED, DIO_E_UNREACHABLE },
	{ ECONNRESET, DIO_E_UNREACHABLE },
	{ EPIPE, DIO_E_UNREACHABLE },
	{ ENOENT, DIO_E_UNREACHABLE },
	{ EHOSTUNREACH, DIO_E_UNREACHABLE },
	{ ENETUNREACH, DIO_E_UNREACHABLE },
	{ ENOTCONN, DIO_E_UNREACHABLE },
	{ EPROTO, DIO_E_PROTOCOL },
	{ EBADMSG, DIO_E_PROTOCOL },
	{ EPROTONOSUPPORT, DIO_E_PROTOCOL },
	{ ENOSYS, DIO_E_PROTOCOL },
	{ EBUSY, DIO_E_BUSY },
	{ EAGAIN, DIO_E_BUSY },
	{ ENOMEM, DIO_E_NO_MEMORY },
};

enum dio_error dio_error_from_errno(int err)
{
	size_t i;

	for (i = 0; i < sizeof(errno_map) / sizeof(errno_map[0]); i++)
		if (err == -errno_map[i].err)
			return errno_map[i].code;
	return DIO_E_INTERNAL;
}

static void say(struct dio_status *st, enum dio_error code, const char *fmt, va_list ap)
{
	st->code = code;
	st->retry_ms = 0;
	if (vsnprintf(st->message, sizeof(st->message), fmt, ap) < 0)
		st->message[0] = '\0';
}

enum dio_error dio_status_set(struct dio_status *st, enum dio_error code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(st, code, fmt, ap);
	va_end(ap);
	return code;
}

enum dio_error dio_status_busy(struct dio_status *st, unsigned int ms, const char *fmt, ...)
{
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	say(st, DIO_E_BUSY, fmt, ap);
	va_end(ap);
	st->retry_ms = ms;
	used = strlen(st->message);
	snprintf(st->message + used, sizeof(st->message) - used, ": try again in %u.%u s", ms / 1000,
		 ms % 1000 / 100);
	return DIO_E_BUSY;
}
