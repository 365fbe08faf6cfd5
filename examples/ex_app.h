/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the example applications share: options, a contract through
 * libdionisys, a common start, and counters that others may watch.
 *
 * Life: ex_app_open() ... work, ex_app_step() after each piece, until
 * ex_app_done() ... ex_app_close(). One thread.
 */
#ifndef EX_APP_H
#define EX_APP_H

#include <stdbool.h>
#include <stdint.h>
#include <dionisys.h>
#include "ex_progress.h"

struct ex_options {
	const char *name;		/* of this application, at most 15 bytes */
	int64_t target, period;		/* ns */
	int seconds;			/* 0: until SIGTERM */
	bool dionisys;
	const char *gate;		/* file whose lock holds the start back, or NULL */
	const char *progress;		/* file for struct ex_progress, or NULL */
	const char *csv;		/* pieces of work per second, or NULL */
	const char *extensions;		/* directory of monitor.c and handler.c */
};

#define EX_SECONDS_MAX	3600

struct ex_app {
	struct ex_options options;
	struct ex_progress *progress;	/* never NULL: private when no file is named */
	DClass_descr_t cd;
	int64_t start, end;		/* ns of CLOCK_MONOTONIC; end 0: none */
	uint64_t per_second[EX_SECONDS_MAX];
};

/* Prints what is wrong, or --help, and returns the exit code; -1: go on. */
int ex_options_parse(int argc, char **argv, const char *piece, struct ex_options *o);

/* 0 or -1 with a message on stderr; then nothing is left behind. */
int ex_app_open(struct ex_app *app, const struct ex_options *o);
bool ex_app_done(const struct ex_app *app);
void ex_app_step(struct ex_app *app);	/* one more piece of work is done */
/* Takes the contract back, writes the CSV. 0 or -1 with a message. */
int ex_app_close(struct ex_app *app);

/* The contract of Figure 3's monitor and handler. 0 or -1 with a message. */
int ex_contract_open(const struct ex_options *o, DClass_descr_t *cd);
int ex_contract_close(DClass_descr_t cd);
void ex_contract_publish(DClass_descr_t cd, uint64_t pieces);

/* Waits for the file's lock to be given up by its holder. 0 or -1. */
int ex_gate_wait(const char *file);

int64_t ex_now(void);		/* ns of CLOCK_MONOTONIC */

#endif
