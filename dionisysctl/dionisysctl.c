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
#include "ctl.h"
#include "ctl_check.h"
#include "ctl_kernel.h"
#include "ctl_list.h"
#include "ctl_version.h"

#define RECORDS_MAX	64

static DRecord_t records[RECORDS_MAX];

int ctl_say(void)
{
	fprintf(stderr, "dionisysctl: error %d (%s)\n%s\n", DError(), DErrorName(DError()),
		DErrorText());
	return 1;
}

static uint64_t number(const char *what, const char *text, int base)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, base);
	if (!errno && end != text && !*end && text[0] != '-')
		return n;
	fprintf(stderr, "dionisysctl: %s is a number, not \"%.40s\"\n", what, text);
	exit(2);
}

uint64_t ctl_number(const char *what, const char *text)
{
	return number(what, text, 0);
}

uint64_t ctl_descriptor(const char *text)
{
	return number("CD", text, 16);
}

static const char *const kind_names[] = {
	"?", "manager", "guard", "class", "monitor", "handler", "channel",
};
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *ctl_kind_name(unsigned int kind)
{
	return kind_names[kind < KINDS ? kind : 0];
}

unsigned int ctl_kind(const char *name)
{
	unsigned int i;

	for (i = 1; i < KINDS; i++)
		if (!strcmp(name, kind_names[i]) && strcmp(name, "guard"))
			return i;
	return 0;
}

static int create_manager(char **args)
{
	uint64_t ticks = ctl_number("TICKS", args[1]);

	return DCreateSM(args[0], ticks > INT_MAX ? INT_MAX : (int)ticks, args[2]) ? ctl_say() : 0;
}

static int destroy_manager(char **args)
{
	return DDestroySM(args[0]) ? ctl_say() : 0;
}

static void print_record(const DRecord_t *r)
{
	printf("%" PRIu64 " %016" PRIx64 " %s: %s", r->seq, r->cd, r->name, r->message);
	if (r->count > 1)
		printf(" (%u times)", r->count);
	putchar('\n');
}

static int show_records(char **args)
{
	uint64_t cd = args[0] ? ctl_descriptor(args[0]) : 0, next = 1;
	size_t found, i;

	do {
		if (DRecords(cd, next, records, RECORDS_MAX, &found))
			return ctl_say();
		for (i = 0; i < found && i < RECORDS_MAX; i++) {
			print_record(&records[i]);
			next = records[i].seq + 1;
		}
	} while (found);
	return 0;
}

static int end_application(char **args)
{
	return DendApp(ctl_descriptor(args[0])) ? ctl_say() : 0;
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
	{ "destroy", 2, 4, ctl_destroy,
	  "destroy KIND [CD] NAME [HANDLER]    removes one thing of any kind" },
	{ "list", 0, 3, ctl_list, "list [-k KIND] [CD]                 what there is, and its counters" },
	{ "status", 0, 0, ctl_status, "status                              all of it in a few lines" },
	{ "replace", 3, 4, ctl_replace,
	  "replace CD NAME FILE [SECONDS]      a new version, on probation for so long" },
	{ "check", 0, CTL_CHECK_MOST, ctl_check,
	  "check [OPTION VALUE]... [KIND] FILE whether a host would take it" },
	{ "versions", 2, 2, ctl_versions,
	  "versions CD NAME                    which there were, and what became of them" },
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

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* What was wrong comes last, where it is seen. */
static int no_command(const char *name)
{
	usage(stderr);
	if (*name)
		fprintf(stderr, "dionisysctl: there is no command \"%s\"\n", name);
	else
		fprintf(stderr, "dionisysctl: a command is missing\n");
	return 2;
}

static int run_command(const struct command *c, int given, char **args)
{
	if (given == 1 && !strcmp(args[0], "--help")) {
		printf("usage: dionisysctl %s\n", c->help);
		return 0;
	}
	if (given >= c->least && given <= c->most)
		return c->run(args);
	fprintf(stderr, "usage: dionisysctl %s\ndionisysctl: %s was given %d arguments\n", c->help,
		c->name, given);
	return 2;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *c = find_command(name);

	if (c)
		return run_command(c, argc - 2, argv + 2);
	if (!strcmp(name, "--help"))
		usage(stdout);
	else if (!strcmp(name, "--version"))
		puts("dionisysctl " DIO_VERSION);
	else
		return no_command(name);
	return 0;
}
