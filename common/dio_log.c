/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define LOG_LINE_MAX	2048	/* bytes of one line, with its newline */

static const char *log_program = "dionisys";
static enum dio_log_level log_level = DIO_LOG_INFO;

static bool log_journal;	/* stderr is the journal's */

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* systemd.exec(5): JOURNAL_STREAM names the file that stderr was at the start. */
static bool is_journal(void)
{
	const char *stream = getenv(DIO_LOG_JOURNAL);
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && !fstat(STDERR_FILENO, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void dio_log_open(const char *program, enum dio_log_level level)
{
	log_program = program;
	log_level = level;
	log_journal = is_journal();
}

/* The journal knows the program, and takes the priority from what sd-daemon(3) says. */
static size_t begin_line(char *line, size_t room, enum dio_log_level level)
{
	int len = log_journal ? snprintf(line, room, "<%d>", priorities[level]) :
				snprintf(line, room, "%s: %s: ", log_program, level_names[level]);

	return len < (int)room ? (size_t)len : room - 1;
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
	used = begin_line(line, 256, level);
	used = append_escaped(line, used, sizeof(line) - 1, text);
	line[used++] = '\n';
	/* One write: lines of several processes do not mix; a lost one is lost. */
	if (write(STDERR_FILENO, line, used) < 0)
		errno = saved;
	errno = saved;
}
