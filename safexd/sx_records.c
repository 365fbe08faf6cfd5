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
#define DIGITS	20			/* of a number in the file */
#define NUMBERS	3			/* in it, each with what separates it from the next */

/* What was given last; the file has these three. */
struct given {
	uint64_t seq;
	uint64_t kernel_seq;		/* of the kernel's latest, 0: none */
	uint64_t kernel_time;
};

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
	struct given last;
	struct given before;		/* by the safexd before this one, 0: none */
	bool unsaved;			/* the file could not be written; it was told */
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

/* All digits each time, in place: whoever is killed in between leaves whole numbers. */
static int write_given(const char *path, const struct given *g)
{
	char text[NUMBERS * (DIGITS + 1) + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n = -1, size;

	size = snprintf(text, sizeof(text), "%0*" PRIu64 " %0*" PRIu64 " %0*" PRIu64 "\n",
			DIGITS, g->seq, DIGITS, g->kernel_seq, DIGITS, g->kernel_time);
	if (fd >= 0) {
		n = pwrite(fd, text, size, 0);
		close(fd);
	}
	return n < 0 ? -errno : n == size ? 0 : -ENOSPC;
}

/* Nothing if there is none, or none that leaves room for others. */
static struct given read_given(const char *path)
{
	char text[NUMBERS * (DIGITS + 1) + 1] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	struct given g = { 0 };

	if (fd >= 0)
		close(fd);
	if (n != sizeof(text) - 1 ||
	    sscanf(text, "%20" SCNu64 " %20" SCNu64 " %20" SCNu64, &g.seq, &g.kernel_seq, &g.kernel_time) != NUMBERS ||
	    g.seq > UINT64_MAX / 2)
		return (struct given){ 0 };
	return g;
}

/* Before anybody is told of what was just put in. */
static void save(struct sx_records *r)
{
	int err = r->numbers ? write_given(r->numbers, &r->last) : 0;

	if (err && !r->unsaved)
		dio_error("%s: %s: after a restart, records may have numbers that were given before",
			  r->numbers, strerror(-err));
	r->unsaved = err;
}

/* The oldest of an application that has a large part already, else of all. */
static struct kept *least_missed(struct sx_records *r, uint64_t cd)
{
	struct kept *k, *oldest = NULL;
	unsigned int n = 0;

	TAILQ_FOREACH_REVERSE(k, &r->latest, kept_list, link)
		if (k->told.record.cd == cd) {
			oldest = k;
			n++;
		}
	return n >= SX_RECORDS_OF_ONE ? oldest : TAILQ_FIRST(&r->latest);
}

static struct kept *put(struct sx_records *r, const struct safex_record *record, uint64_t seq)
{
	struct kept *k;

	if (TAILQ_EMPTY(&r->unused))
		drop(r, least_missed(r, record->cd));
	k = TAILQ_FIRST(&r->unused);
	TAILQ_REMOVE(&r->unused, k, link);
	TAILQ_INSERT_TAIL(&r->latest, k, link);
	k->refused = false;
	k->told = (struct sx_told){ *record, date_of(record->time) };
	k->told.record.name[sizeof(record->name) - 1] = '\0';
	k->told.record.message[sizeof(record->message) - 1] = '\0';
	k->told.record.seq = seq;
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

/* The kernel still has what the safexd before this one told; a module loaded anew has not. */
static bool was_told(const struct sx_records *r, const struct safex_record *record)
{
	return record->seq <= r->before.kernel_seq && record->time <= r->before.kernel_time;
}

/*
 * Once more, for who asks what was: before all that is new, and with numbers up to
 * the last one given, so that who follows is not told again.
 */
static void put_again(struct sx_records *r, const struct safex_record *record)
{
	uint64_t since = r->before.kernel_seq - record->seq;

	if (since < r->before.seq)
		put(r, record, r->before.seq - since);
}

static void put_new(struct sx_records *r, const struct safex_record *record)
{
	struct given *last = &r->last;

	last->seq += last->kernel_seq && record->seq > last->kernel_seq ? record->seq - last->kernel_seq : 1;
	last->kernel_seq = record->seq;
	if (record->time > last->kernel_time)
		last->kernel_time = record->time;
	put(r, record, last->seq);
	save(r);
}

bool sx_records_add(struct sx_records *r, const struct safex_record *record)
{
	bool again = was_told(r, record);

	if (again)
		put_again(r, record);
	else
		put_new(r, record);
	return !again;
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
	k = put(r, &record, ++r->last.seq);
	k->refused = true;
	k->uid = uid;
	save(r);
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
		if (sx_records_add(r, &records[i]))
			log_record(&TAILQ_LAST(&r->latest, kept_list)->told.record);
	}
}

struct sx_records *sx_records_new(struct event_base *base, int device, const char *numbers)
{
	struct sx_records *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->numbers = numbers;
	r->last = r->before = numbers ? read_given(numbers) : (struct given){ 0 };
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
	if (r->readable)
		event_free(r->readable);
	free(r);
}
