/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <linux/safex.h>
#include <dionisys.h>

#include "ctl.h"
#include "ctl_entries.h"

#define AT_ONCE		64
#define HOSTS_MAX	64
#define PAUSE_MS	500	/* between two looks */

enum { FOLLOW, FOLLOW_TOO, WARNINGS };

struct ctl_option ctl_records_options[] = {
	[FOLLOW] = { .name = "-f" }, [FOLLOW_TOO] = { .name = "--follow" },
	[WARNINGS] = { .name = "--warnings" }, { 0 },
};

static DRecord_t records[AT_ONCE];

/* A guard's everyday work, and the sums of what has ended. */
static bool is_usual(const DRecord_t *r)
{
	return r->stage == SAFEX_STAGE_KERNEL &&
	       (r->kind == SAFEX_END_GUARD || r->kind == SAFEX_END_DESTROYED);
}

/* Local time, with ms. */
static void print_date(uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	if (!ns || !localtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		printf("%-23s ", "-");
	else
		printf("%s.%03u ", text, (unsigned int)(ns / 1000000 % 1000));
}

static void print_record(const DRecord_t *r)
{
	print_date(r->date);
	printf("%" PRIu64 " %016" PRIx64 " %s: %s", r->seq, r->cd, r->name, r->message);
	if (r->count > 1)
		printf(" (%u times)", r->count);
	putchar('\n');
}

static void print_wanted(const DRecord_t *r)
{
	if (!ctl_records_options[WARNINGS].value || !is_usual(r))
		print_record(r);
}

/* Calls see(), if it is not NULL, with those from *next on; DError()'s number. */
static int read_new(uint64_t cd, uint64_t *next, void (*see)(const DRecord_t *r))
{
	size_t found, i;
	int err;

	do {
		err = DRecords(cd, *next, records, AT_ONCE, &found);
		for (i = 0; !err && i < found && i < AT_ONCE; i++) {
			if (see)
				see(&records[i]);
			*next = records[i].seq + 1;
		}
	} while (!err && found);
	return err;
}

static int print_new(uint64_t cd, uint64_t *next)
{
	int err = read_new(cd, next, print_wanted);

	fflush(stdout);
	return err;
}

/* A safexd that has started again numbers on, unless what it has kept for that is lost. */
static void watch_starts(uint64_t cd, uint64_t *next)
{
	static DHost_t hosts[HOSTS_MAX];
	static uint64_t before;
	uint64_t boots = 0, end = 1;
	size_t n, i;

	if (DHosts(hosts, HOSTS_MAX, &n))
		return;
	for (i = 0; i < n && i < HOSTS_MAX; i++)
		boots += hosts[i].boot;
	if (before && before != boots) {
		if (read_new(cd, &end, NULL))
			return;
		if (end < *next)
			*next = 1;
	}
	before = boots;
}

/* Until it is killed; what does not answer may answer later. */
static _Noreturn void follow(uint64_t cd)
{
	uint64_t next = 1;
	int err, said = 0;

	for (;;) {
		watch_starts(cd, &next);
		err = print_new(cd, &next);
		if (err && err != said)
			ctl_say();
		said = err;
		ctl_pause(PAUSE_MS);
	}
}

int ctl_records(char **args)
{
	uint64_t cd = args[0] ? ctl_descriptor(args[0]) : 0, next = 1;

	if (ctl_records_options[FOLLOW].value || ctl_records_options[FOLLOW_TOO].value)
		follow(cd);
	return print_new(cd, &next) ? ctl_say() : 0;
}
