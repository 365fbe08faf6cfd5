/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two Bloom filters with three bits a key: one that is filled, and the one before,
 * which is emptied when it has been kept for long enough.
 */
#include "ns_requests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ns_schema.h"

#define WORDS	(NS_REQUESTS_BITS / 64)
#define PROBES	3
#define PAGE	256

struct ns_requests {
	uint64_t bits[2][WORDS];
	unsigned int filled;	/* which of them */
	uint64_t since;		/* when that was empty */
	uint64_t unknown_until;	/* there may be any */
	uint64_t salt;		/* nobody can choose keys that fall on one bit */
};

static uint64_t hash(const struct ns_requests *r, const char *key)
{
	uint64_t h = ns_store_hash(key, r->salt);

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
	return h ^ h >> 31;
}

/* Of a 64-bit hash: bits 0 to 22, 20 to 42, 40 to 62. */
static uint32_t probe(uint64_t h, unsigned int n)
{
	return (uint32_t)(h >> n * 20) % NS_REQUESTS_BITS;
}

static void set(uint64_t *bits, uint64_t h)
{
	for (unsigned int i = 0; i < PROBES; i++)
		bits[probe(h, i) / 64] |= 1ull << probe(h, i) % 64;
}

static bool has(const uint64_t *bits, uint64_t h)
{
	for (unsigned int i = 0; i < PROBES; i++)
		if (!(bits[probe(h, i) / 64] & 1ull << probe(h, i) % 64))
			return false;
	return true;
}

/* False: there are more than it reads, or they can't be read. */
static bool read_all(struct ns_requests *r, struct ns_store *s)
{
	char after[NS_KEY_MAX] = "";
	struct ns_items page;
	size_t n = 0, i;
	bool more = true;

	while (more && n < NS_REQUESTS_READ) {
		if (ns_store_list(s, NS_PREFIX_REQUESTS, after[0] ? after : NULL, PAGE, &page))
			return false;
		for (i = 0; i < page.n; i++)
			set(r->bits[0], hash(r, page.item[i].key));
		if (page.n)
			strcpy(after, page.item[page.n - 1].key);
		more = page.n == PAGE;
		n += page.n;
		ns_items_free(&page);
	}
	return !more;
}

struct ns_requests *ns_requests_new(struct ns_store *s, uint64_t now)
{
	struct ns_requests *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	/* Written to, its pages are there from now on: the daemon does not grow with requests. */
	explicit_bzero(r->bits, sizeof(r->bits));
	r->since = now;
	/* Without it the hash is anybody's to know: slower at worst. */
	(void)!getrandom(&r->salt, sizeof(r->salt), GRND_NONBLOCK);
	if (!read_all(r, s))
		r->unknown_until = now + NS_REQUEST_KEEP_NS;
	return r;
}

void ns_requests_free(struct ns_requests *r)
{
	free(r);
}

void ns_requests_note(struct ns_requests *r, const char *key, uint64_t now)
{
	if (now - r->since >= NS_REQUEST_KEEP_NS) {
		r->filled = !r->filled;
		memset(r->bits[r->filled], 0, sizeof(r->bits[0]));
		r->since = now;
	}
	set(r->bits[r->filled], hash(r, key));
}

bool ns_requests_may_have(const struct ns_requests *r, const char *key, uint64_t now)
{
	uint64_t h = hash(r, key);

	return now < r->unknown_until || has(r->bits[0], h) || has(r->bits[1], h);
}
