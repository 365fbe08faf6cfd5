/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_records.h"

#define AT_ONCE	16

struct sx_records {
	struct event *readable;
	uint64_t seq;			/* of the latest here */
	uint64_t kernel_seq;		/* of the latest of the kernel, 0: none */
	uint64_t n;			/* ever added */
	struct safex_record ring[SX_RECORDS_KEPT];
};

static void put(struct sx_records *r, const struct safex_record *record, uint64_t seq)
{
	struct safex_record *slot = &r->ring[r->n++ % SX_RECORDS_KEPT];

	*slot = *record;
	slot->name[sizeof(slot->name) - 1] = '\0';
	slot->message[sizeof(slot->message) - 1] = '\0';
	slot->seq = r->seq = seq;
}

void sx_records_add(struct sx_records *r, const struct safex_record *record)
{
	uint64_t step = 1;

	if (r->kernel_seq && record->seq > r->kernel_seq)
		step = record->seq - r->kernel_seq;
	r->kernel_seq = record->seq;
	put(r, record, r->seq + step);
}

void sx_records_refused(void *records, const struct sx_key *key, enum sx_stage stage,
			const struct dio_status *st)
{
	struct safex_record record = { .cd = key->cd, .stage = stage, .code = st->code, .count = 1 };
	struct sx_records *r = records;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	record.time = ts.tv_sec * 1000000000ull + ts.tv_nsec;
	snprintf(record.name, sizeof(record.name), "%s", key->name);
	snprintf(record.message, sizeof(record.message), "%.*s",
		 (int)strcspn(st->message, "\n"), st->message);
	put(r, &record, r->seq + 1);
}

unsigned int sx_records_get(const struct sx_records *r, uint64_t cd, uint64_t first,
			    struct safex_record *out, unsigned int max)
{
	uint64_t at = r->n > SX_RECORDS_KEPT ? r->n - SX_RECORDS_KEPT : 0;
	unsigned int got = 0;

	for (; at < r->n && got < max; at++) {
		const struct safex_record *slot = &r->ring[at % SX_RECORDS_KEPT];

		if (slot->seq >= first && (!cd || slot->cd == cd))
			out[got++] = *slot;
	}
	return got;
}

/* A refused write is the guard's everyday work, and comes once a second. */
static void log_record(const struct safex_record *record)
{
	dio_log(record->kind == SAFEX_END_GUARD ? DIO_LOG_DEBUG : DIO_LOG_INFO,
		"kernel: %s of 0x%llx: %s", record->name, (unsigned long long)record->cd,
		record->message);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct safex_record records[AT_ONCE];
	struct sx_records *r = arg;
	ssize_t got = read(fd, records, sizeof(records));

	(void)what;
	if (got < 0 && errno != EAGAIN && errno != EINTR) {
		dio_error("%s: records end: %s", SAFEX_DEVICE, strerror(errno));
		event_del(r->readable);
	}
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(records[0]); i++) {
		sx_records_add(r, &records[i]);
		log_record(&r->ring[(r->n - 1) % SX_RECORDS_KEPT]);
	}
}

struct sx_records *sx_records_new(struct event_base *base, int device)
{
	struct sx_records *r = calloc(1, sizeof(*r));

	if (!r || device < 0)
		return r;
	r->readable = event_new(base, device, EV_READ | EV_PERSIST, on_readable, r);
	if (r->readable && !event_add(r->readable, NULL))
		return r;
	sx_records_free(r);
	return NULL;
}

void sx_records_free(struct sx_records *r)
{
	if (!r)
		return;
	if (r->readable)
		event_free(r->readable);
	free(r);
}
