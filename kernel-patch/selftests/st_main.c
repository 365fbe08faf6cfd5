// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: safex-selftest [GROUP [SECONDS [quiet]]]
 *
 * Run from the directory of its *.bpf.o, as root, with safex.ko loaded.
 * Groups: admission flow bad refused lifetime reserve; without one: all.  The
 * last two need host.sh.  SECONDS and quiet (no disturbance) are for reserve.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "st.h"

static bool st_wanted(int argc, char **argv, const char *name)
{
	return argc < 2 || !strcmp(argv[1], name);
}

int main(int argc, char **argv)
{
	int seconds = argc > 2 ? atoi(argv[2]) : 5;

	st_dev = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	if (st_dev < 0) {
		perror(SAFEX_DEVICE);
		return 2;
	}
	if (st_wanted(argc, argv, "admission"))
		st_test_admission();
	if (st_wanted(argc, argv, "flow"))
		st_test_flow();
	if (st_wanted(argc, argv, "bad"))
		st_test_bad();
	if (st_wanted(argc, argv, "refused"))
		st_test_refused();
	if (st_wanted(argc, argv, "lifetime"))
		st_test_lifetime();
	if (st_wanted(argc, argv, "reserve"))
		st_test_reserve(seconds, argc < 4);
	return st_done();
}
