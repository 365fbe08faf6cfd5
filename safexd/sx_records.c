/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "dio_clock.h"
#include "dio_log.h"
#include "sx_records.h"

#define AT_ONCE	16
#define AHEAD	64			/* numbers: the file is written once for so many */
#define DIGITS	20			/* of a number in the file */

struct kept {
	TAILQ_ENTRY(kept) link;
	bool refused;			/* a request of uid's */
	uid_t uid;
	struct sx_told told;
};

TAILQ_HEAD(kept_list, kept);

struct sx_records {
	struct event *readable;
	const char *numbers;		/* path, or NULL */
	uint64_t seq;			/* of the latest here */
	uint64_t taken;			/* none above it was given, says the file */
	uint64_t kernel_seq;		/* of the latest of the kernel, 0: none */
	struct kept_list latest;	/* oldest first */
	struct kept_list unused;
	struct kept place[SX_RECORDS_KEPT];
};

static void drop(struct sx_records *r, struct kept *k)
{
	TAILQ_REMOVE(&r->latest, k, link);
	TAILQ_INSERT_HEAD(&r->unused, k, link);
}

/* Now, when it is new: later the machine may have slept, or its clock been set. */
static uint64_t date_of(uint64_t monotonic)
{
	return dio_clock_ns(CLOCK_REALTIME) - dio_clock_ns(CLOCK_MONOTONIC) + monotonic;
}

/* All its digits each time, in place: whoever is killed in between leaves a number. */
static int write_number(const char *path, uint64_t number)
{
	char text[DIGITS + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n = -1;

	snprintf(text, sizeof(text), "%0*" PRIu64 "\n", DIGITS, number);
	if (fd >= 0) {
		n = pwrite(fd, text, DIGITS + 1, 0);
		close(fd);
	}
	return n < 0 ? -errno : n == DIGITS + 1 ? 0 : -ENOSPC;
}

/* 0 if there is none, or none that leaves room for others. */
static uint64_t read_number(const char *path)
{
	char text[DIGITS + 1] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : read(fd, text, DIGITS);
	uint64_t number = n == DIGITS ? strtoull(text, NULL, 10) : 0;

	if (fd >= 0)
		close(fd);
	return number > UINT64_MAX / 2 ? 0 : number;
}

/* Before a number is given that the file does not cover. */
static void take_numbers(struct sx_records *r, uint64_t last)
{
	int err = r->numbers ? write_number(r->numbers, last) : 0;

	if (err)
		dio_error("%s: %s: after a restart, records may have numbers that were given before",
			  r->numbers, strerror(-err));
	r->taken = last;
}

static struct kept *put(struct sx_records *r, const struct safex_record *record, uint64_t seq)
{
	struct kept *k;

	if (TAILQ_EMPTY(&r->unused))
		drop(r, TAILQ_FIRST(&r->latest));
	k = TAILQ_FIRST(&r->unused);
	TAILQ_REMOVE(&r->unused, k, link);
	TAILQ_INSERT_TAIL(&r->latest, k, link);
	k->refused = false;
	k->told = (struct sx_told){ *record, date_of(record->time) };
	k->told.record.name[sizeof(record->name) - 1] = '\0';
	k->told.record.message[sizeof(record->message) - 1] = '\0';
	k->told.record.seq = r->seq = seq;
	if (seq > r->taken)
		take_numbers(r, seq + AHEAD);
	return k;
}

/* A user's oldest goes if he has as many as he may. */
static void leave_others_theirs(struct sx_records *r, uid_t uid)
{
	struct kept *k, *oldest = NULL;
	unsigned int n = 0;

	TAILQ_FOREACH_REVERSE(k, &r->latest, kept_list, link)
		if (k->refused && k->uid == uid) {
			oldest = k;
			n++;
		}
	if (n >= SX_RECORDS_REFUSED)
		drop(r, oldest);
}

void sx_records_add(struct sx_records *r, const struct safex_record *record)
{
	uint64_t step = 1;

	if (r->kernel_seq && record->seq > r->kernel_seq)
		step = record->seq - r->kernel_seq;
	r->kernel_seq = record->seq;
	put(r, record, r->seq + step);
}

void sx_records_refused(void *records, const struct sx_key *key, uid_t uid, enum sx_stage stage,
			const struct dio_status *st)
{
	struct safex_record record = { .cd = key->cd, .stage = stage, .code = st->code, .count = 1 };
	struct sx_records *r = records;
	struct kept *k;

	record.time = dio_clock_ns(CLOCK_MONOTONIC);
	snprintf(record.name, sizeof(record.name), "%s", key->name);
	snprintf(record.message, sizeof(record.message), "%.*s",
		 (int)strcspn(st->message, "\n"), st->message);
	leave_others_theirs(r, uid);
	k = put(r, &record, r->seq + 1);
	k->refused = true;
	k->uid = uid;
}

unsigned int sx_records_get(const struct sx_records *r, uint64_t cd, uint64_t first,
			    struct sx_told *out, unsigned int max)
{
	const struct kept *k;
	unsigned int got = 0;

	TAILQ_FOREACH(k, &r->latest, link) {
		if (got == max)
			break;
		if (k->told.record.seq >= first && (!cd || k->told.record.cd == cd))
			out[got++] = k->told;
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
		log_record(&TAILQ_LAST(&r->latest, kept_list)->told.record);
	}
}

struct sx_records *sx_records_new(struct event_base *base, int device, const char *numbers)
{
	struct sx_records *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->numbers = numbers;
	r->seq = r->taken = numbers ? read_number(numbers) : 0;
	TAILQ_INIT(&r->latest);
	TAILQ_INIT(&r->unused);
	for (size_t i = 0; i < SX_RECORDS_KEPT; i++)
		TAILQ_INSERT_TAIL(&r->unused, &r->place[i], link);
	if (device < 0)
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
	if (r->seq < r->taken)
		take_numbers(r, r->seq);
	if (r->readable)
		event_free(r->readable);
	free(r);
}
