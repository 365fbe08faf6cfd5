/* SPDX-License-Identifier: GPL-2.0-only */
/* Would a host take this source? What it has is shown with the answer. */
#include "ctl_check.h"

#include <stdio.h>
#include <string.h>
#include <dionisys.h>

#include "ctl.h"
#include "ctl_entries.h"
#include "ctl_kernel.h"

#define COLUMNS	80
#define LABEL	"          "	/* as wide as each label with its space */

enum { MANAGER = 1, MONITOR = 4, HANDLER = 5 };

/* false: there is no such option. */
static int read_option(const char *name, const char *value, DCheckOptions_t *o)
{
	if (!strcmp(name, "--host"))
		o->host = value;
	else if (!strcmp(name, "--manager"))
		o->manager = value;
	else if (!strcmp(name, "--name"))
		o->name = value;
	else if (!strcmp(name, "--class"))
		o->cd = ctl_descriptor(value);
	else if (!strcmp(name, "--period"))
		o->period_ns = ctl_number("NS", value);
	else if (!strcmp(name, "--budget"))
		o->budget_ns = ctl_number("NS", value);
	else
		return 0;
	return 1;
}

/* What was wrong comes last, where it is seen. NULL. */
static const char *wrong(const char *what, const char *text)
{
	fprintf(stderr, "usage: dionisysctl check [--host H] [--class CD|--pid N] [--manager NAME]\n"
			"    [--name NAME] [--period NS] [--budget NS] [monitor|handler|manager] FILE\n"
			"dionisysctl: check %s%.40s\n", what, text);
	return NULL;
}

/* The file's name, or NULL after saying what is wrong. */
static const char *parse(char **args, DCheckOptions_t *o)
{
	while (args[0] && args[1] && !strncmp(args[0], "--", 2)) {
		if (!strncmp(args[0], CTL_PID, strlen(CTL_PID))) {
			o->cd = ctl_descriptor(*args++);
			continue;
		}
		if (!read_option(args[0], args[1], o))
			return wrong("has no option ", args[0]);
		args += 2;
	}
	if (args[0] && args[1]) {
		o->kind = ctl_kind(args[0]);
		if (o->kind != MANAGER && o->kind != MONITOR && o->kind != HANDLER)
			return wrong("wants monitor, handler or manager before its file, not ", args[0]);
		args++;
	}
	if (args[0] && args[1])
		return wrong("was given more than one file: ", args[1]);
	if (!args[0] || !strncmp(args[0], "--", 2))
		return wrong("wants a file", args[0] ? ", or a value behind the last option" : "");
	return args[0];
}

/* Words of a text, in lines that begin below the first one's. */
static void print_words(const char *label, const char *text)
{
	size_t column = strlen(LABEL);

	printf("%-*s", (int)strlen(LABEL), label);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > strlen(LABEL) && column + 1 + n > COLUMNS) {
			printf("\n%s", LABEL);
			column = strlen(LABEL);
		}
		column += (size_t)printf("%s%.*s", column > strlen(LABEL) ? " " : "", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_uses(const DChecked_t *c, const char *label, int sets)
{
	char text[DCHECK_USES * sizeof(c->uses[0].name)] = "";

	for (unsigned int i = 0; i < c->n_uses; i++) {
		if (!(sets ? c->uses[i].sets : c->uses[i].gets))
			continue;
		strcat(text, text[0] ? " " : "");
		strcat(text, c->uses[i].name);
	}
	print_words(label, text[0] ? text : "nothing");
}

static void print_facts(const DChecked_t *c, int taken)
{
	char text[160], lines[2][CTL_FEATURES];

	print_words("compiler", c->compiler);
	snprintf(text, sizeof(text), "%s, safex interface %u", c->release, c->abi);
	print_words("kernel", text);
	ctl_kernel_features(c->features, lines);
	print_words("", lines[0]);
	print_words("", lines[1]);
	snprintf(text, sizeof(text),
		 "extensions have %.4g %% of a CPU, asked for %.4g %%%s, allowed %.4g %%",
		 (double)c->used_ppm / 1e4, (double)c->asked_ppm / 1e4,
		 c->kind == MANAGER ? " for each class" : "", (double)c->allowed_ppm / 1e4);
	print_words("time", text);
	if (!taken && !c->n_uses)
		return;
	print_uses(c, "gets", 0);
	print_uses(c, "sets", 1);
}

static const char *stage_text(unsigned int stage)
{
	static const char *const text[] = {
		"the nameserver", "admit", "compile", "instrument", "guard", "audit", "load",
	};

	return stage < sizeof(text) / sizeof(text[0]) ? text[stage] : "?";
}

int ctl_check(char **args)
{
	DCheckOptions_t o = { .size = sizeof(o) };
	const char *file = parse(args, &o);
	DChecked_t c;
	int code;

	if (!file)
		return CTL_USAGE;
	code = DCheck(file, &o, &c);
	if (code && !c.answered)
		return ctl_say();
	ctl_warn();
	if (code)
		printf("%s: refused at %s: error %d (%s)\n%s\n", file, stage_text(c.stage), code,
		       DErrorName(code), DErrorText());
	else
		printf("%s: would be taken as a %s\n", file, ctl_kind_name(c.kind));
	print_facts(&c, !code);
	return code != 0;
}
