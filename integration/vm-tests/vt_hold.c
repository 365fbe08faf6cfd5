/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An application that has a contract and does nothing: says in READY-FILE
 * that all of it is there, and ends it in order at SIGTERM. With a PID that is
 * not 0 the contract is for that process; PERCENT of a CPU instead of 20.
 */
#include "vt.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int tell(const char *file, DClass_descr_t cd)
{
	char other[256];
	FILE *f;

	snprintf(other, sizeof(other), "%s.new", file);
	f = fopen(other, "we");
	if (!f)
		return -1;
	fprintf(f, "%#" PRIx64 "\n", cd);
	return fclose(f) || rename(other, file) ? -1 : 0;
}

int vt_hold(int argc, char **argv)
{
	struct vt_contract c = { .target = 20 * VT_MS, .period = 100 * VT_MS };
	DClass_descr_t cd;
	sigset_t end;
	int signo;

	if (argc < 1)
		return 2;
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	c.pid = argc > 1 ? atoi(argv[1]) : 0;
	if (argc > 2)
		c.target = atoi(argv[2]) * VT_MS;
	cd = vt_class(&c);
	if (!cd || vt_extensions(cd) || tell(argv[0], cd))
		return 1;
	sigwait(&end, &signo);
	if (!DendApp(cd))
		return 0;
	vt_say("DendApp");
	return 1;
}
