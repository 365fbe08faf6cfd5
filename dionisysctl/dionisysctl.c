/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dionisysctl: what an operator does by hand, through the same library as
 * every application.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dionisys.h>
#include "ctl_kernel.h"

#define ENTRIES_MAX	512
#define RECORDS_MAX	64

static DEntry_t entries[ENTRIES_MAX];
static DRecord_t records[RECORDS_MAX];

static int say(void)
{
	fprintf(stderr, "dionisysctl: error %d (%s)\n%s\n", DError(), DErrorName(DError()),
		DErrorText());
	return 1;
}

/* A whole number in any of C's notations, or exit. */
static uint64_t number(const char *what, const char *text)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (!errno && end != text && !*end && text[0] != '-')
		return n;
	fprintf(stderr, "dionisysctl: %s is a number, not \"%.40s\"\n", what, text);
	exit(2);
}

static int create_manager(char **args)
{
	uint64_t ticks = number("TICKS", args[1]);

	return DCreateSM(args[0], ticks > INT_MAX ? INT_MAX : (int)ticks, args[2]) ? say() : 0;
}

static int destroy_manager(char **args)
{
	return DDestroySM(args[0]) ? say() : 0;
}

static const char *kind_name(unsigned int kind)
{
	static const char *const names[] = { "?",	"manager", "guard",  "class",
					     "monitor", "handler", "channel" };

	return names[kind < sizeof(names) / sizeof(names[0]) ? kind : 0];
}

static void print_entry(const DEntry_t *e)
{
	printf("%016" PRIx64 " %-7s %-24.24s", e->cd, kind_name(e->kind), e->name);
	if (e->second[0])
		printf(" -> %.24s", e->second);
	else
		printf(" %8" PRIu64 " %7.2f %6" PRIu64, e->runs,
		       e->runs ? (double)e->time_sum / (double)e->runs / 1e3 : 0.0, e->aborts);
	putchar('\n');
}

static int list(char **args)
{
	size_t found, i;

	if (DList(args[0] ? number("CD", args[0]) : 0, 0, entries, ENTRIES_MAX, &found))
		return say();
	printf("%-16s %-7s %-24s %8s %7s %6s\n", "descriptor", "kind", "name", "runs", "mean us",
	       "aborts");
	for (i = 0; i < found && i < ENTRIES_MAX; i++)
		print_entry(&entries[i]);
	return 0;
}

static void print_record(const DRecord_t *r)
{
	printf("%" PRIu64 " %016" PRIx64 " %s", r->seq, r->cd, r->name);
	if (r->line)
		printf(":%u", r->line);
	printf(": %s", r->message);
	if (r->count > 1)
		printf(" (%u times)", r->count);
	putchar('\n');
}

static int show_records(char **args)
{
	uint64_t cd = args[0] ? number("CD", args[0]) : 0, next = 1;
	size_t found, i;

	do {
		if (DRecords(cd, next, records, RECORDS_MAX, &found))
			return say();
		for (i = 0; i < found && i < RECORDS_MAX; i++) {
			print_record(&records[i]);
			next = records[i].seq + 1;
		}
	} while (found);
	return 0;
}

static int end_application(char **args)
{
	return DendApp(number("CD", args[0])) ? say() : 0;
}

static int kernel(char **args)
{
	(void)args;
	return ctl_kernel_print();
}

static const struct command {
	const char *name;
	int least, most;		/* arguments */
	int (*run)(char **args);	/* of which those not given are NULL */
	const char *help;
} commands[] = {
	{ "create-manager", 3, 3, create_manager,
	  "create-manager NAME TICKS FILE      places a service manager" },
	{ "destroy-manager", 1, 1, destroy_manager,
	  "destroy-manager NAME                removes it" },
	{ "list", 0, 1, list, "list [CD]                           what there is, and its counters" },
	{ "records", 0, 1, show_records,
	  "records [CD]                        why extensions ended" },
	{ "end", 1, 1, end_application, "end CD                              removes all of an application" },
	{ "kernel", 0, 0, kernel,
	  "kernel                              what safex itself says (root)" },
};

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "usage: dionisysctl COMMAND\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %s\n", commands[i].help);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *c = &commands[i];

		if (!strcmp(name, c->name) && argc - 2 >= c->least && argc - 2 <= c->most)
			return c->run(argv + 2);
	}
	if (!strcmp(name, "--help")) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return 2;
}
