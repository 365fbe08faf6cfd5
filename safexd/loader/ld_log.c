/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ld_log.h"

#define PROCESSED	"processed "
#define ADDRESS_DIGITS	8	/* hexadecimal ones, from which on it may be one */

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return *line ? line + 1 : line;
}

/* "12: (b7) r0 = 0" and "12: R1=ctx()" */
static bool is_instruction(const char *line)
{
	size_t digits = strspn(line, "0123456789");

	return digits && !strncmp(line + digits, ": ", 2);
}

/* "R1=ctx() R10=fp0", "R1_w=3"; but not "R1 type=scalar expected=fp". */
static bool is_state(const char *line)
{
	if (line[0] != 'R' || !isdigit((unsigned char)line[1]))
		return false;
	line += 1 + strspn(line + 1, "0123456789");
	line += strspn(line, "_wrP");
	return *line == '=';
}

static bool is_noise(const char *line)
{
	static const char *const prefixes[] = {
		PROCESSED, "verification time", "stack depth", "from ", "func ",
		"mark_precise", "func#", "BEGIN PROG", "END PROG", "-- ",
		"last_idx", "parent ", "regs=", "Validating", ";",
	};

	if (!line_length(line) || is_state(line))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

/* "; x = table[i]; @ handler.c:5" gives "handler.c:5". */
static void note_place(const char *line, char *place, size_t size)
{
	const char *at = NULL;

	for (const char *p = line; p < line + line_length(line); p++)
		if (!strncmp(p, "@ ", 2))
			at = p + 2;
	if (at)
		snprintf(place, size, "%.*s", (int)line_length(at), at);
}

static size_t append(char *out, size_t used, size_t size, const char *text, size_t length)
{
	if (used + length >= size)
		length = size - used - 1;
	memcpy(out + used, text, length);
	out[used + length] = '\0';
	return used + length;
}

static void mask_addresses(char *text)
{
	while ((text = strstr(text, "0x"))) {
		size_t digits = strspn(text + 2, "0123456789abcdefABCDEF");

		if (digits >= ADDRESS_DIGITS)
			memset(text + 2, '?', digits);
		text += 2 + digits;
	}
}

/* What stands behind the last instruction, but for noise, is the reason. */
void ld_log_reason(const char *log, char *out, size_t size)
{
	const char *lines[LD_LOG_LINES];
	unsigned int n = 0;
	size_t used = 0;

	for (const char *line = log; *line; line = next_line(line)) {
		if (is_instruction(line))
			n = 0;
		else if (!is_noise(line) && n < LD_LOG_LINES)
			lines[n++] = line;
	}
	out[0] = '\0';
	for (unsigned int i = 0; i < n; i++) {
		if (i)
			used = append(out, used, size, "; ", 2);
		used = append(out, used, size, lines[i], line_length(lines[i]));
	}
	mask_addresses(out);
}

void ld_log_place(const char *log, char *out, size_t size)
{
	out[0] = '\0';
	for (const char *line = log; *line; line = next_line(line))
		if (*line == ';')
			note_place(line, out, size);
}

unsigned long ld_log_processed(const char *log)
{
	const char *at = strstr(log, PROCESSED);

	return at ? strtoul(at + strlen(PROCESSED), NULL, 10) : 0;
}
