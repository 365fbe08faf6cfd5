/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "sx_job.h"

#define MAGIC	0x53584a31u

/* Attributes, file and source follow. */
struct packed {
	uint32_t magic;
	uint32_t role, explain, n_attrs;
	uint32_t file;			/* bytes with the NUL */
	uint32_t length;		/* of the source */
};

_Static_assert(sizeof(struct packed) <= 64 && sizeof(struct packed) % _Alignof(struct safex_attr) == 0,
	       "attributes stand behind it");

static uint8_t *put(uint8_t *at, const void *from, size_t size)
{
	if (size)
		memcpy(at, from, size);
	return at + size;
}

int sx_job_pack(const struct sx_job *job, uint8_t *out, size_t *size)
{
	const size_t file = strnlen(job->file, SX_JOB_FILE - 1);
	const struct packed head = { MAGIC, job->role, job->explain, job->n_attrs, (uint32_t)file + 1,
				     (uint32_t)job->length };
	uint8_t *at;

	if (job->n_attrs > SAFEX_ATTRS_MAX || job->length > SX_SOURCE_MAX)
		return -EFBIG;
	at = put(out, &head, sizeof(head));
	at = put(at, job->attrs, job->n_attrs * sizeof(*job->attrs));
	at = put(at, job->file, file);
	*at++ = '\0';
	at = put(at, job->source, job->length);
	*size = (size_t)(at - out);
	return 0;
}

/* A string with one NUL, its last byte. */
static bool is_text(const void *s, size_t size)
{
	return size && memchr(s, '\0', size) == (const uint8_t *)s + size - 1;
}

static bool is_sound(const struct packed *head, size_t size)
{
	const struct safex_attr *attrs = (const void *)(head + 1);

	if (head->magic != MAGIC || head->explain > 1 || head->n_attrs > SAFEX_ATTRS_MAX ||
	    head->file > SX_JOB_FILE || head->length > SX_SOURCE_MAX ||
	    size != sizeof(*head) + head->n_attrs * sizeof(*attrs) + head->file + head->length)
		return false;
	for (unsigned int i = 0; i < head->n_attrs; i++)
		if (!memchr(attrs[i].name, '\0', sizeof(attrs[i].name)))
			return false;
	return is_text(attrs + head->n_attrs, head->file);
}

int sx_job_unpack(const uint8_t *data, size_t size, struct sx_job *job)
{
	const struct packed *head = (const void *)data;

	if (size < sizeof(*head) || !is_sound(head, size))
		return -EPROTO;
	job->role = head->role;
	job->explain = head->explain;
	job->n_attrs = head->n_attrs;
	job->attrs = (const void *)(head + 1);
	job->file = (const char *)(job->attrs + head->n_attrs);
	job->source = job->file + head->file;
	job->length = head->length;
	return 0;
}
