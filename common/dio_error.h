/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one numbered error list of the suite.  Inside a program functions
 * return 0 or -errno; what crosses a border (RPC reply, library, exit record)
 * is one of these numbers with a message beside it.  Numbers are never reused.
 */
#ifndef DIO_ERROR_H
#define DIO_ERROR_H

#include <stddef.h>

#define DIO_ERRORS(X)							\
	X(OK,		0,  "success")					\
	X(NO_MANAGER,	1,  "service manager does not exist")		\
	X(NO_MONITOR,	2,  "monitor does not exist")			\
	X(NO_HANDLER,	3,  "handler does not exist")			\
	X(NO_CLASS,	4,  "attribute class does not exist")		\
	X(NO_ATTRIBUTE,	5,  "attribute does not exist")			\
	X(NO_HOST,	6,  "host is not known or not connected")	\
	X(EXISTS,	7,  "name is already in use")			\
	X(INVALID,	8,  "argument is not valid")			\
	X(TOO_BIG,	9,  "argument is larger than its limit")	\
	X(RANGE,	10, "value is outside its range")		\
	X(CONTRACT,	11, "contract cannot be met by itself")		\
	X(ADMISSION,	12, "not enough of the resource is left")	\
	X(DENIED,	13, "caller has no right to do this")		\
	X(COMPILE,	14, "source does not compile")			\
	X(INSTRUMENT,	15, "source cannot be given run-time checks")	\
	X(GUARD,	16, "guard cannot be generated or refused")	\
	X(AUDIT,	17, "compiled object is not allowed")		\
	X(LOAD,		18, "kernel refused the program")		\
	X(UNREACHABLE,	19, "daemon does not answer")			\
	X(TIMEOUT,	20, "deadline of the call has passed")		\
	X(PROTOCOL,	21, "message is malformed or not understood")	\
	X(BUSY,		22, "too much work at once, try again later")	\
	X(IN_USE,	23, "object is still in use by others")		\
	X(STORE,	24, "nameserver's database failed")		\
	X(NO_MEMORY,	25, "out of memory")				\
	X(GONE,		26, "process or object has ended")		\
	X(KERNEL,	27, "kernel does not carry safex")		\
	X(INTERNAL,	28, "unexpected failure, see the daemon's log")

enum dio_error {
#define DIO_ERROR_ENUM(name, number, text) DIO_E_##name = number,
	DIO_ERRORS(DIO_ERROR_ENUM)
#undef DIO_ERROR_ENUM
};

#define DIO_MESSAGE_MAX	8192	/* bytes with the NUL: room for a compiler's say */

/* What crosses a border.  message, on success: "", or warnings of the compiler; never NULL. */
struct dio_status {
	enum dio_error code;
	unsigned int retry_ms;		/* of DIO_E_BUSY: after which to try again; 0: not known */
	char message[DIO_MESSAGE_MAX];
};

/* Static text of a code; "unknown error" for a number that is none. */
const char *dio_error_text(int code);

/* The code for a negative errno; DIO_E_INTERNAL for what has no better one. */
enum dio_error dio_error_from_errno(int err);

/* Sets code and formatted message (cut at the limit) and returns code. */
enum dio_error dio_status_set(struct dio_status *st, enum dio_error code,
			      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* DIO_E_BUSY: the message goes on with ": try again in N s". ms: above 0. */
enum dio_error dio_status_busy(struct dio_status *st, unsigned int ms, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
