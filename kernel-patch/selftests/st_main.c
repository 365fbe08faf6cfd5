// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: safex-selftest [GROUP [SECONDS [quiet]]]
 *
 * Run from the directory of its *.bpf.o, as root, with safex.ko loaded.
 * Groups: those below and reserve; without one: all.  lifetime, window and
 * reserve need host.sh.  SECONDS and quiet (no disturbance) are for reserve.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "st.h"

static const struct {
	const char *name;
	void (*run)(void);
} st_groups[] = {
	{ "admission", st_test_admission },
	{ "flow", st_test_flow },
	{ "across", st_test_across },
	{ "bad", st_test_bad },
	{ "refused", st_test_refused },
	{ "lifetime", st_test_lifetime },
	{ "window", st_test_window },
	{ "random", st_test_random },
};

int main(int argc, char **argv)
{
	size_t i;
	int seconds = argc > 2 ? atoi(argv[2]) : 5;

	st_dev = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	if (st_dev < 0) {
		perror(SAFEX_DEVICE);
		return 2;
	}
	for (i = 0; i < sizeof(st_groups) / sizeof(st_groups[0]); i++)
		if (argc < 2 || !strcmp(argv[1], st_groups[i].name))
			st_groups[i].run();
	if (argc < 2 || !strcmp(argv[1], "reserve"))
		st_test_reserve(seconds, argc < 4);
	return st_done();
}
