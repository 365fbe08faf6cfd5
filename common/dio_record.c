/* SPDX-License-Identifier: GPL-2.0-only */
#include "dio_record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dio_rpc.h"

#define LAST_FRAGMENT	0x80000000u
#define FIRST_SIZE	512
#define KEEP_SIZE	16384	/* buffers up to this serve the next record too */

void dio_record_mark(uint8_t mark[DIO_RECORD_MARK], uint32_t len)
{
	uint32_t word = htonl(len | LAST_FRAGMENT);

	memcpy(mark, &word, sizeof(word));
}

bool dio_record_partial(const struct dio_record *r)
{
	return r->mark_len > 0 || r->fragments > 0;
}

void dio_record_free(struct dio_record *r)
{
	free(r->data);
	memset(r, 0, sizeof(*r));
}

void dio_record_next(struct dio_record *r)
{
	struct dio_record fresh = { 0 };

	if (r->size <= KEEP_SIZE) {
		fresh.data = r->data;
		fresh.size = r->size;
	} else {
		free(r->data);
	}
	*r = fresh;
}

/* A complete fragment header has been read: judge it. */
static int begin_fragment(struct dio_record *r)
{
	uint32_t word;

	memcpy(&word, r->mark, sizeof(word));
	word = ntohl(word);
	r->last = word & LAST_FRAGMENT;
	r->left = word & ~LAST_FRAGMENT;
	if (++r->fragments > DIO_RPC_FRAGMENTS_MAX)
		return -EPROTO;
	return r->left > DIO_RPC_RECORD_MAX - r->len ? -EMSGSIZE : 0;
}

static int reserve(struct dio_record *r, size_t want)
{
	size_t size = r->size ? r->size : FIRST_SIZE;
	uint8_t *data;

	while (size < want)
		size *= 2;
	if (size == r->size)
		return 0;
	data = realloc(r->data, size);
	if (!data)
		return -ENOMEM;
	r->data = data;
	r->size = size;
	return 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Takes bytes of the header, or of the body; how many, or -errno. */
static int take(struct dio_record *r, const uint8_t *bytes, size_t n)
{
	size_t part;
	int rc;

	if (r->mark_len < DIO_RECORD_MARK) {
		part = least(n, DIO_RECORD_MARK - r->mark_len);
		memcpy(r->mark + r->mark_len, bytes, part);
		r->mark_len += part;
		rc = r->mark_len == DIO_RECORD_MARK ? begin_fragment(r) : 0;
		return rc ? rc : (int)part;
	}
	part = least(n, r->left);
	rc = reserve(r, r->len + part);
	if (rc)
		return rc;
	memcpy(r->data + r->len, bytes, part);
	r->len += part;
	r->left -= part;
	return part;
}

/* At the end of a fragment: is it the end of the record too? */
static bool fragment_done(struct dio_record *r)
{
	if (r->mark_len < DIO_RECORD_MARK || r->left > 0)
		return false;
	if (!r->last)
		r->mark_len = 0;
	return r->last;
}

int dio_record_feed(struct dio_record *r, const uint8_t *bytes, size_t n, size_t *used)
{
	int rc;

	for (*used = 0; *used < n; *used += rc) {
		rc = take(r, bytes + *used, n - *used);
		if (rc < 0)
			return rc;
		if (fragment_done(r)) {
			*used += rc;
			return 1;
		}
	}
	return 0;
}
