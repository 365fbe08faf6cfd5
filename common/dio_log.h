/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logging of daemons and tools: one line per message on stderr,
 * "program: level: text", control characters escaped; to systemd's journal
 * "<priority>text". No state but level and name, and whether stderr was the
 * journal at dio_log_open(). The library never logs. errno is preserved.
 */
#ifndef DIO_LOG_H
#define DIO_LOG_H

/* The variable of the environment by which the journal is known; a child that logs needs it. */
#define DIO_LOG_JOURNAL	"JOURNAL_STREAM"

enum dio_log_level { DIO_LOG_ERROR, DIO_LOG_WARN, DIO_LOG_INFO, DIO_LOG_DEBUG };

void dio_log_open(const char *program, enum dio_log_level level);
void dio_log(enum dio_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define dio_error(...)	dio_log(DIO_LOG_ERROR, __VA_ARGS__)
#define dio_warn(...)	dio_log(DIO_LOG_WARN, __VA_ARGS__)
#define dio_info(...)	dio_log(DIO_LOG_INFO, __VA_ARGS__)
#define dio_debug(...)	dio_log(DIO_LOG_DEBUG, __VA_ARGS__)

#endif
