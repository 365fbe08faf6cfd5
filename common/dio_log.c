/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX	2048	/* bytes of one line, with its newline */

static const char *log_program = "dionisys";
static enum dio_log_level log_level = DIO_LOG_INFO;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void dio_log_open(const char *program, enum dio_log_level level)
{
	log_program = program;
	log_level = level;
}

/* Text from outside must not start a line of its own or steer a terminal. */
static size_t append_escaped(char *out, size_t used, size_t room, const char *text)
{
	for (; *text && used + 4 < room; text++) {
		unsigned char c = *text;

		if (c < 0x20 || c == 0x7f)
			used += snprintf(out + used, 5, "\\x%02x", c);
		else
			out[used++] = c;
	}
	return used;
}

void dio_log(enum dio_log_level level, const char *fmt, ...)
{
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX];
	int saved = errno, len;
	size_t used;
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0)
		strcpy(text, "(message cannot be formatted)");
	len = snprintf(line, 256, "%s: %s: ", log_program, level_names[level]);
	used = len < 256 ? len : 255;
	used = append_escaped(line, used, sizeof(line) - 1, text);
	line[used++] = '\n';
	/* One write: lines of several processes do not mix; a lost one is lost. */
	if (write(STDERR_FILENO, line, used) < 0)
		errno = saved;
	errno = saved;
}
