/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dionisysctl: what an operator does by hand, through the same library as
 * every application.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dionisys.h>
#include "ctl.h"
#include "ctl_check.h"
#include "ctl_entries.h"
#include "ctl_hosts.h"
#include "ctl_kernel.h"
#include "ctl_list.h"
#include "ctl_records.h"
#include "ctl_version.h"

#define PID_TEXT	32	/* bytes of "--pid=N" */

int ctl_say(void)
{
	fprintf(stderr, "dionisysctl: error %d (%s)\n%s\n", DError(), DErrorName(DError()),
		DErrorText());
	return CTL_FAILED;
}

void ctl_warn(void)
{
	if (DWarnings()[0])
		fprintf(stderr, "%s\n", DWarnings());
}

uint64_t ctl_number(const char *what, const char *text)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (!errno && end != text && !*end && text[0] != '-')
		return n;
	fprintf(stderr, "dionisysctl: %s is a number, not \"%.40s\"\n", what, text);
	exit(CTL_USAGE);
}

void ctl_pause(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
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

	if (DCreateSM(args[0], ticks > INT_MAX ? INT_MAX : (int)ticks, args[2]))
		return ctl_say();
	ctl_warn();
	return 0;
}

static int destroy_manager(char **args)
{
	return DDestroySM(args[0]) ? ctl_say() : 0;
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

static struct ctl_option none[] = { { 0 } }, by_itself[] = { { 0 } };	/* by_itself: it reads them */

static const struct command {
	const char *name;
	int least, most;		/* arguments, without options */
	int (*run)(char **args);	/* of which those not given are NULL */
	struct ctl_option *options;
	const char *help;
} commands[] = {
	{ "create-manager", 3, 3, create_manager, none,
	  "create-manager NAME TICKS FILE      places a service manager" },
	{ "destroy-manager", 1, 1, destroy_manager, none,
	  "destroy-manager NAME                removes it" },
	{ "destroy", 2, 4, ctl_destroy, none,
	  "destroy KIND [CD] NAME [HANDLER]    removes one thing of any kind" },
	{ "list", 0, 1, ctl_list, ctl_list_options,
	  "list [-k KIND] [CD]                 what there is, and its counters" },
	{ "status", 0, 0, ctl_status, none, "status                              all of it in a few lines" },
	{ "wait", 0, 1, ctl_wait, none,
	  "wait [SECONDS]                      until the daemons answer" },
	{ "replace", 3, 4, ctl_replace, ctl_replace_options,
	  "replace [--wait] [--timeout S] CD NAME FILE [S]  a new version, S seconds on probation" },
	{ "check", 0, CTL_CHECK_MOST, ctl_check, by_itself,
	  "check [OPTION VALUE]... [KIND] FILE whether a host would take it" },
	{ "versions", 2, 2, ctl_versions, none,
	  "versions CD NAME                    which there were, and what became of them" },
	{ "records", 0, 1, ctl_records, ctl_records_options,
	  "records [-f] [--warnings] [CD]      why extensions ended" },
	{ "end", 1, 1, end_application, none,
	  "end CD                              removes all of an application" },
	{ "kernel", 0, 0, kernel, none,
	  "kernel                              what safex itself says (root)" },
};

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "usage: dionisysctl COMMAND\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %s\n", commands[i].help);
	fprintf(f, "CD: the digits that list shows, or the first of them, or --pid N\n");
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
	return CTL_USAGE;
}

static int wrong(const struct command *c, const char *what, const char *text)
{
	fprintf(stderr, "usage: dionisysctl %s\ndionisysctl: %s %s %.40s\n", c->help, c->name, what,
		text);
	return CTL_USAGE;
}

/* Of an option at args[0]: how many arguments it is, or 0 after saying that it is none. */
static int take_option(const struct command *c, char **args)
{
	struct ctl_option *o = c->options;

	while (o->name && strcmp(o->name, args[0]))
		o++;
	if (!o->name) {
		wrong(c, strcmp(args[0], "--pid") ? "has no option" : "wants a number behind", args[0]);
		return 0;
	}
	if (o->has_value && !args[1]) {
		wrong(c, "wants a value for", args[0]);
		return 0;
	}
	o->value = o->has_value ? args[1] : "";
	return o->has_value ? 2 : 1;
}

/* "--pid" and a number take the place of one argument, as "--pid=77". */
static char *join_pid(const char *number)
{
	static char text[PID_TEXT];

	snprintf(text, sizeof(text), CTL_PID "%.16s", number);
	return text;
}

/* Leaves what is no option, and NULL behind it. How many, or -1 after saying what is wrong. */
static int strip_options(const struct command *c, char **args)
{
	char **left = args;
	int n = 0, taken;

	for (; *args; args += taken) {
		taken = 1;
		if (!strcmp(*args, "--pid") && args[1]) {
			left[n++] = join_pid(args[1]);
			taken = 2;
		} else if (c->options == by_itself || args[0][0] != '-' || !args[0][1] ||
			   !strncmp(*args, CTL_PID, strlen(CTL_PID))) {
			left[n++] = *args;
		} else if (!(taken = take_option(c, args))) {
			return -1;
		}
	}
	left[n] = NULL;
	return n;
}

static int run_command(const struct command *c, char **args)
{
	int given;

	if (args[0] && !args[1] && !strcmp(args[0], "--help")) {
		printf("usage: dionisysctl %s\n", c->help);
		return 0;
	}
	given = strip_options(c, args);
	if (given < 0)
		return CTL_USAGE;
	if (given >= c->least && given <= c->most)
		return c->run(args);
	fprintf(stderr, "usage: dionisysctl %s\ndionisysctl: %s was given %d arguments\n", c->help,
		c->name, given);
	return CTL_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *c = find_command(name);

	if (c)
		return run_command(c, argv + 2);
	if (!strcmp(name, "--help"))
		usage(stdout);
	else if (!strcmp(name, "--version"))
		puts("dionisysctl " DIO_VERSION);
	else
		return no_command(name);
	return 0;
}
