/* SPDX-License-Identifier: GPL-2.0-only */
#include "vt.h"

#include <stdio.h>
#include <string.h>

static int show_state(int argc, char **argv)
{
	struct vt_state s;
	char text[96];

	(void)argc;
	(void)argv;
	vt_state_read(&s);
	puts(vt_state_text(&s, text));
	return 0;
}

static int show_runs(int argc, char **argv)
{
	long runs = argc == 1 ? vt_runs(argv[0]) : -1;

	printf("%ld\n", runs);
	return runs < 0;
}

/* One call that needs the nameserver alone: is it there, and what does it say? */
static int init(int argc, char **argv)
{
	(void)argv;
	if (argc == 1)
		DSetDeadline(1000);
	if (DinitApp())
		puts("0");
	else
		printf("%d %s\n", DError(), DErrorText());
	return 0;
}

static int manager(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (!vt_manager())
		return 0;
	vt_say("DCreateSM");
	return 1;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "state", show_state },	/* objects known by kernel, pins, safexd, nameserver */
	{ "runs", show_runs },		/* NAME: of an extension */
	{ "init", init },		/* [short]: DinitApp, its error; with 1 s deadline */
	{ "manager", manager },		/* the CPU manager is there */
	{ "input", vt_input },
	{ "users", vt_users },
	{ "overload", vt_overload },
	{ "calls", vt_calls },
	{ "abort", vt_abort },
	{ "hold", vt_hold },		/* READY-FILE [PID [PERCENT]]: a contract until SIGTERM */
	{ "wire", vt_wire },		/* ADDRESS PROGRAM: hostile bytes to a daemon */
	{ "who", vt_who },		/* [hidden | shown | quota | nice | beyond]: where it runs */
	{ "replace", vt_replace },	/* READY-FILE: versions; made when the daemons may die */
	{ "null", vt_null },		/* PORT: libtirpc's own client */
};

int main(int argc, char **argv)
{
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	fprintf(stderr, "usage: vt COMMAND [ARGUMENT]..., see vt_main.c\n");
	return 2;
}
