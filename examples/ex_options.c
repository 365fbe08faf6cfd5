/* SPDX-License-Identifier: GPL-2.0-only */
#include "ex_app.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS	INT64_C(1000000)

static const struct option longs[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "target", required_argument, NULL, 't' },
	{ "period", required_argument, NULL, 'p' },
	{ "seconds", required_argument, NULL, 's' },
	{ "no-dionisys", no_argument, NULL, 'N' },
	{ "gate", required_argument, NULL, 'g' },
	{ "progress", required_argument, NULL, 'P' },
	{ "csv", required_argument, NULL, 'c' },
	{ "extensions", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void usage(const char *program, const char *piece)
{
	printf("usage: %s --target MS --period MS [OPTION...]\n"
	       "Works without pause, and asks Dionisys for MS of CPU time in every period.\n"
	       "  --target MS       CPU time per period, milliseconds\n"
	       "  --period MS       request period, milliseconds\n"
	       "  --seconds N       ends after N s (default: at SIGTERM)\n"
	       "  --no-dionisys     makes no contract: the scheduler's default\n"
	       "  --name NAME       for others to tell it from its kind\n"
	       "  --extensions DIR  has monitor.c and handler.c\n"
	       "                    (default " DIO_PKGDATADIR "/examples/pid)\n"
	       "  --gate FILE       starts when nobody holds an exclusive lock on FILE\n"
	       "  --progress FILE   shows there how far it is (for dio-watch)\n"
	       "  --csv FILE        gets the %s of every second at the end\n",
	       program, piece);
}

/* A whole number from least to most, or -1 and a message. */
static long number(const char *option, const char *text, long least, long most)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < least || n > most) {
		fprintf(stderr, "--%s takes a number from %ld to %ld, not \"%.40s\"\n", option, least,
			most, text);
		return -1;
	}
	return n;
}

static int take_number(int option, const char *text, struct ex_options *o)
{
	long n;

	switch (option) {
	case 't':
		n = number("target", text, 1, 10000);
		o->target = n * NS_PER_MS;
		return n < 0;
	case 'p':
		n = number("period", text, 1, 10000);
		o->period = n * NS_PER_MS;
		return n < 0;
	default:
		o->seconds = number("seconds", text, 1, EX_SECONDS_MAX);
		return o->seconds < 0;
	}
}

static void take_text(int option, const char *text, struct ex_options *o)
{
	switch (option) {
	case 'n':
		o->name = text;
		break;
	case 'g':
		o->gate = text;
		break;
	case 'P':
		o->progress = text;
		break;
	case 'c':
		o->csv = text;
		break;
	default:
		o->extensions = text;
	}
}

static int check(const struct ex_options *o)
{
	if (!o->target || !o->period)
		fprintf(stderr, "--target and --period are needed (--help tells more)\n");
	else if (strlen(o->name) >= EX_NAME_MAX)
		fprintf(stderr, "--name takes at most %d bytes\n", EX_NAME_MAX - 1);
	else
		return -1;
	return 2;
}

int ex_options_parse(int argc, char **argv, const char *piece, struct ex_options *o)
{
	int c;

	*o = (struct ex_options){ .name = program_invocation_short_name, .dionisys = true,
				  .extensions = DIO_PKGDATADIR "/examples/pid" };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'h') {
			usage(program_invocation_short_name, piece);
			return 0;
		}
		if (c == '?')
			return 2;
		if (c == 'N')
			o->dionisys = false;
		else if (!strchr("tps", c))
			take_text(c, optarg, o);
		else if (take_number(c, optarg, o))
			return 2;
	}
	if (optind < argc) {
		fprintf(stderr, "%.40s: no such argument (--help tells more)\n", argv[optind]);
		return 2;
	}
	return check(o);
}
