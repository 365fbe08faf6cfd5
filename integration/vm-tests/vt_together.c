/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applications that start at the same moment on a host that does nothing else,
 * and know of no daemon that could be busy: all of them get all they ask for.
 */
#include "vt.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define APPLICATIONS	8
#define EACH		3	/* monitors, whose sources differ */

static int write_source(char file[64], int n, int i)
{
	FILE *f;

	snprintf(file, 64, "/tmp/together-%d-%d.c", n, i);
	f = fopen(file, "we");
	if (!f)
		return -1;
	fprintf(f, "#include <safex/extension.h>\nvoid monitor(void)\n{\n"
		"\traise_event(\"Seen\", %d);\n}\n", n * EACH + i);
	return fclose(f);
}

/* Each call once, as programs are written. */
static int application(int n)
{
	struct vt_contract c = { .target = 5 * VT_MS, .period = 100 * VT_MS };
	DOptions_t o = { .size = sizeof(o), .period_ns = 1000 * VT_MS, .budget_ns = 20000 };
	DClass_descr_t cd = vt_class(&c);
	char file[64], name[32];
	int i;

	if (!cd)
		return 1;
	for (i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "cpu/m%d-%d", n, i);
		if (write_source(file, n, i) || DxCreateMonitor(cd, name, file, &o)) {
			vt_say(name);
			return 1;
		}
	}
	return DendApp(cd) != 0;
}

int vt_together(int argc, char **argv)
{
	int start[2], status, n, served = 0;
	char byte;

	(void)argc;
	(void)argv;
	if (pipe(start))
		return 1;
	for (n = 0; n < APPLICATIONS; n++)
		if (!fork()) {
			close(start[1]);
			_exit(read(start[0], &byte, 1) != 0 || application(n));
		}
	close(start[0]);
	close(start[1]);
	while (wait(&status) > 0)
		served += !status;
	vt_result(served == APPLICATIONS, "applications-that-start-together-are-served", "%d of %d",
		  served, APPLICATIONS);
	return !vt_all_ok();
}
