/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "sx_admit.h"
#include "sx_refusals.h"
#include "sx_says.h"
#include "sx_shown.h"

/*
 * The sandbox holds no other header, whatever way a source finds to name one;
 * this is for a clear message.
 */
static const char *const allowed[] = { "<safex/extension.h>", "<safex/manager.h>", "<safex/types.h>",
	"<stddef.h>", "<stdint.h>", "<stdbool.h>", "<limits.h>" };

static int includes(const char *line, size_t n)
{
	size_t at = 0, skip;

	while (at < n && (line[at] == ' ' || line[at] == '\t'))
		at++;
	if (at == n || line[at++] != '#')
		return 0;
	while (at < n && (line[at] == ' ' || line[at] == '\t'))
		at++;
	if (n - at < 7 || memcmp(line + at, "include", 7))
		return 0;
	for (at += 7; at < n && (line[at] == ' ' || line[at] == '\t'); at++)
		;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		skip = strlen(allowed[i]);
		if (n - at >= skip && !memcmp(line + at, allowed[i], skip))
			return 0;
	}
	return -EACCES;
}

static int check_includes(const struct sx_job *job, const char *file, struct dio_status *status)
{
	const char *p = job->source, *end = p + job->length;
	unsigned int line = 1;

	while (p < end) {
		const char *next = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((next ? next : end) - p);

		if (includes(p, n)) {
			dio_status_set(status, DIO_E_COMPILE, "%s:%u: " SX_REFUSED_INCLUDE, file,
				       line);
			return -EACCES;
		}
		p += n + 1;
		line++;
	}
	return 0;
}

/* Bytes of one character at p, 0: none. Control characters but blanks are none. */
static size_t character(const uint8_t *p, size_t left)
{
	uint32_t c;
	size_t n = sx_shown_character(p, left, &c);

	return n && (c == 0x7f || !c || (c < ' ' && !strchr("\t\n\r\f", (int)c))) ? 0 : n;
}

/* With its byte order mark, or of its first character one byte 0, as all of ASCII has. */
static bool is_utf16(const uint8_t *p, size_t length)
{
	return length >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff) ||
			       !p[0] != !p[1]);
}

static int check_encoding(const struct sx_job *job, const char *file, struct dio_status *status)
{
	const struct sx_sentence *utf16 = sx_says(SX_SAYS_UTF16);
	const uint8_t *p = job->source;
	unsigned int line = 1;

	if (is_utf16(p, job->length)) {
		dio_status_set(status, DIO_E_INVALID, "%s: %s: %s", file, utf16->what, utf16->advice);
		return -EILSEQ;
	}
	for (size_t at = 0, n; at < job->length; at += n) {
		n = character(p + at, job->length - at);
		if (!n) {
			dio_status_set(status, DIO_E_INVALID, "%s:%u: " SX_REFUSED_UTF8, file, line,
				       p[at]);
			return -EILSEQ;
		}
		line += p[at] == '\n';
	}
	return 0;
}

int sx_admit(const struct sx_job *job, const char *file, struct dio_status *status)
{
	int ret;

	if (!job->length || job->length > SX_SOURCE_MAX) {
		dio_status_set(status, job->length ? DIO_E_TOO_BIG : DIO_E_INVALID,
			       "%s: " SX_REFUSED_SOURCE_SIZE, file, job->length,
			       SX_SOURCE_MAX);
		return -EFBIG;
	}
	if (job->role != SAFEX_KIND_NONE && job->role != SAFEX_KIND_MANAGER &&
	    job->role != SAFEX_KIND_MONITOR && job->role != SAFEX_KIND_HANDLER) {
		dio_status_set(status, DIO_E_INVALID, "%s: not a manager, monitor or handler", file);
		return -EINVAL;
	}
	if (job->n_attrs > SAFEX_ATTRS_MAX) {
		dio_status_set(status, DIO_E_INVALID, "%s: more than %d attributes", file,
			       SAFEX_ATTRS_MAX);
		return -EINVAL;
	}
	ret = check_encoding(job, file, status);
	return ret ? ret : check_includes(job, file, status);
}
