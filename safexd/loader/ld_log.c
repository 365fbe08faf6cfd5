/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ld_log.h"

#define PROCESSED "processed "

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/* "R1=ctx() R10=fp0", "12: R1_w=3"; but not "R1 type=scalar expected=fp". */
static bool is_state(const char *line)
{
	if (isdigit((unsigned char)line[0])) {
		line += strspn(line, "0123456789");
		if (strncmp(line, ": ", 2))
			return false;
		line += 2;
	}
	if (line[0] != 'R' || !isdigit((unsigned char)line[1]))
		return false;
	line += 1 + strspn(line + 1, "0123456789");
	line += strspn(line, "_wrP");
	return *line == '=';
}

static bool is_noise(const char *line, size_t length)
{
	static const char *const prefixes[] = {
		PROCESSED, "verification time", "stack depth", "from ",
		"mark_precise", "func#", "BEGIN PROG", "END PROG", "-- ",
		"last_idx", "parent ", "regs=", "Validating",
	};

	if (!length || is_state(line))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (starts(line, prefixes[i]))
			return true;
	}
	return false;
}

/* Longer ones are states of registers behind an instruction. */
static size_t shown_length(const char *line, size_t length)
{
	const char *state = memchr(line, ';', length);

	if (isdigit((unsigned char)line[0]) && state)
		length = state - line;
	while (length && isspace((unsigned char)line[length - 1]))
		length--;
	return length;
}

static const char *previous(const char *log, const char *line)
{
	if (line == log)
		return NULL;
	line--;
	while (line > log && line[-1] != '\n')
		line--;
	return line;
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

void ld_log_excerpt(const char *log, char *out, size_t size)
{
	const char *keep[LD_LOG_LINES];
	unsigned int n = 0;
	size_t used = 0;

	for (const char *line = previous(log, log + strlen(log));
	     line && n < LD_LOG_LINES; line = previous(log, line)) {
		if (!is_noise(line, line_length(line)))
			keep[n++] = line;
	}
	while (n--) {
		size_t length = shown_length(keep[n], line_length(keep[n]));

		if (used + length + 2 > size)
			break;
		memcpy(out + used, keep[n], length);
		used += length;
		out[used++] = '\n';
	}
	out[used ? used - 1 : 0] = '\0';
}

unsigned long ld_log_processed(const char *log)
{
	const char *at = strstr(log, PROCESSED);

	return at ? strtoul(at + strlen(PROCESSED), NULL, 10) : 0;
}
