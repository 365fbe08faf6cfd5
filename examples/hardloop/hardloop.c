/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dio-hardloop: the paper's second kind of application, a loop that does
 * nothing. A piece of work is one million rounds.
 */
#include "ex_app.h"

#include <stdio.h>

static struct ex_app app;

static void work(void)
{
	unsigned int i;

	for (i = 0; i < 1000000; i++)
		__asm__ volatile("" : : : "memory");
}

int main(int argc, char **argv)
{
	struct ex_options options;
	uint64_t pieces;
	int code;

	code = ex_options_parse(argc, argv, "millions of rounds", &options);
	if (code >= 0)
		return code;
	if (ex_app_open(&app, &options))
		return 1;
	while (!ex_app_done(&app)) {
		work();
		ex_app_step(&app);
	}
	pieces = app.progress->pieces;
	code = ex_app_close(&app);
	printf("%s: %llu million rounds\n", options.name, (unsigned long long)pieces);
	return code ? 1 : 0;
}
