/* SPDX-License-Identifier: GPL-2.0-only */
#include "ex_app.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	INT64_C(1000000000)
#define PUBLISH_EVERY	8	/* pieces: one system call each */

static volatile sig_atomic_t stopped;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

int64_t ex_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static int show(struct ex_app *app)
{
	struct ex_progress *p = ex_progress_create(app->options.progress);

	if (!p) {
		fprintf(stderr, "cannot show progress in %s: %s\n", app->options.progress,
			strerror(errno));
		return -1;
	}
	p->pid = getpid();
	p->target = app->options.target;
	p->period = app->options.period;
	strncpy(p->name, app->options.name, sizeof(p->name) - 1);
	__atomic_store_n(&p->magic, EX_PROGRESS_MAGIC, __ATOMIC_RELEASE);
	app->progress = p;
	return 0;
}

static void begin(struct ex_app *app)
{
	app->start = ex_now();
	if (app->options.seconds)
		app->end = app->start + app->options.seconds * NS_PER_S;
	app->progress->state = EX_RUNNING;
}

int ex_app_open(struct ex_app *app, const struct ex_options *o)
{
	memset(app, 0, sizeof(*app));
	app->options = *o;
	watch_signals();
	if (show(app))
		return -1;
	if (o->dionisys && ex_contract_open(o, &app->cd))
		goto unmap;
	app->progress->cd = app->cd;
	app->progress->state = EX_READY;
	if (o->gate && ex_gate_wait(o->gate))
		goto close;
	begin(app);
	return 0;

close:
	if (app->cd)
		ex_contract_close(app->cd);
unmap:
	app->progress->state = EX_DONE;
	ex_progress_unmap(app->progress);
	return -1;
}

bool ex_app_done(const struct ex_app *app)
{
	return stopped || (app->end && ex_now() >= app->end);
}

void ex_app_step(struct ex_app *app)
{
	int64_t second = (ex_now() - app->start) / NS_PER_S;
	uint64_t pieces = app->progress->pieces + 1;

	app->progress->pieces = pieces;
	if (second < EX_SECONDS_MAX)
		app->per_second[second]++;
	if (app->cd && pieces % PUBLISH_EVERY == 0)
		ex_contract_publish(app->cd, pieces);
}

static int write_csv(const struct ex_app *app)
{
	int64_t seconds = (ex_now() - app->start) / NS_PER_S, i;
	FILE *f = fopen(app->options.csv, "we");

	if (f) {
		fprintf(f, "second,pieces\n");
		for (i = 0; i < seconds && i < EX_SECONDS_MAX; i++)
			fprintf(f, "%lld,%llu\n", (long long)i,
				(unsigned long long)app->per_second[i]);
	}
	if (!f || fclose(f)) {
		fprintf(stderr, "cannot write %s: %s\n", app->options.csv, strerror(errno));
		return -1;
	}
	return 0;
}

int ex_app_close(struct ex_app *app)
{
	int err = 0;

	if (app->cd)
		err = ex_contract_close(app->cd);
	if (app->options.csv && write_csv(app))
		err = -1;
	app->progress->state = EX_DONE;
	ex_progress_unmap(app->progress);
	app->progress = NULL;
	return err;
}
