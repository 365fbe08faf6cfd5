/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: sx-bench SOURCES
 *
 * How long a source is on its way from admission to an object that is ready to
 * be loaded: new ones through a worker, alone and in a series, and ones that were
 * compiled before.
 * SOURCES is safexd's directory; its CPU manager, and the PID example's monitor
 * beside it. Prints lines `NAME VALUE UNIT HOW`, see bench/run.
 */
#include <err.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sx_cache.h"
#include "sx_worker.h"

#define COLD	100
#define CACHED	1000
#define SIZE	65536
#define PATIENCE_MS	60000

static const char *const stages[] = {
	[SX_STAGE_ADMIT] = "admit", [SX_STAGE_COMPILE] = "compile",
	[SX_STAGE_INSTRUMENT] = "instrument", [SX_STAGE_GUARD] = "guard", [SX_STAGE_AUDIT] = "audit",
};

struct bench {
	struct event_base *base;
	struct sx_workers *workers;
	struct sx_cache *cache;
	struct sx_tools tools;
	struct sx_job job;
	char text[SIZE + 32];
	size_t length;			/* of the source itself */
	struct sx_result result;	/* of the last run */
	double stage_ms[SX_STAGE_KERNEL];
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void read_source(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		err(1, "%s", path);
	b->length = fread(b->text, 1, SIZE, f);
	fclose(f);
	b->job.source = b->text;
}

/* Another source each time, for the cache. */
static void number(struct bench *b, unsigned int n)
{
	b->job.length = b->length + (size_t)sprintf(b->text + b->length, "/* %u */\n", n);
}

static void keep(void *arg, struct sx_result *result)
{
	struct bench *b = arg;

	b->result = *result;
	event_base_loopbreak(b->base);
}

/* As an author has it who is alone: what was done before has an end. */
static void await_spare(struct bench *b)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	double begin = now_ms();

	while (!sx_workers_spare_loaded(b->workers)) {
		if (now_ms() - begin > PATIENCE_MS)
			errx(1, "no worker waits for a job");
		event_base_loop(b->base, EVLOOP_NONBLOCK);
		nanosleep(&moment, NULL);
	}
}

/* One that is not in the cache; ms. */
static double cold(struct bench *b)
{
	uint8_t digest[SX_DIGEST];
	double begin = now_ms();

	sx_pipeline_digest(&b->tools, &b->job, digest);
	if (!sx_cache_get(b->cache, digest, &b->result))
		errx(1, "a new source is in the cache");
	if (sx_workers_submit(b->workers, 0, &b->job, keep, b))
		errx(1, "no worker");
	event_base_dispatch(b->base);
	if (b->result.status.code)
		errx(1, "%s", b->result.status.message);
	sx_cache_put(b->cache, digest, &b->result);
	return now_ms() - begin;
}

static double cached(struct bench *b)
{
	uint8_t digest[SX_DIGEST];
	double begin = now_ms();

	sx_pipeline_digest(&b->tools, &b->job, digest);
	if (sx_cache_get(b->cache, digest, &b->result))
		errx(1, "a source is no longer in the cache");
	return now_ms() - begin;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, const char *which, double *ms, unsigned int n, const char *how)
{
	qsort(ms, n, sizeof(*ms), compare);
	printf("%s_ms.%s.p50 %.3f ms %s\n", which, name, ms[n / 2], how);
	printf("%s_ms.%s.p99 %.3f ms %s\n", which, name, ms[n * 99 / 100], how);
}

static void measure_cold(struct bench *b, double ms[COLD], unsigned int first, bool alone)
{
	for (unsigned int i = 0; i < COLD; i++) {
		number(b, first + i);
		if (alone)
			await_spare(b);
		ms[i] = cold(b);
		for (int s = SX_STAGE_ADMIT; alone && s < SX_STAGE_LOAD; s++)
			b->stage_ms[s] += b->result.ms[s];
		sx_result_release(&b->result);
	}
}

static void measure(struct bench *b, const char *name)
{
	double ms[CACHED];

	measure_cold(b, ms, 0, true);
	print(name, "cold", ms, COLD, "admit to ready-to-load, through a worker that waits for it");
	measure_cold(b, ms, COLD, false);
	print(name, "series", ms, COLD, "the same when each comes at the end of the one before");
	for (unsigned int i = 0; i < CACHED; i++) {
		number(b, 2 * COLD - 1 - i % 16);
		ms[i] = cached(b);
		sx_result_release(&b->result);
	}
	print(name, "cached", ms, CACHED, "the same of a source that was compiled before");
}

static void print_stages(const struct bench *b)
{
	for (int s = SX_STAGE_ADMIT; s < SX_STAGE_LOAD; s++)
		printf("stage_ms.%s %.2f ms mean of cold monitors and managers\n", stages[s],
		       b->stage_ms[s] / (2 * COLD));
}

int main(int argc, char **argv)
{
	const struct sx_worker_limits limits = { .at_once = 1, .per_uid = 1, .queued = 1,
						 .queued_per_uid = 1, .wait_ms = 60000, .wall_ms = 60000,
						 .spare = true };
	static struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct bench b;
	char path[512];

	if (argc != 2)
		errx(2, "usage: sx-bench SOURCES");
	if (sx_tools_find(&b.tools))
		errx(1, "missing: %s", b.tools.missing ? b.tools.missing : "a compiler");
	b.base = event_base_new();
	b.cache = sx_cache_new("");
	b.workers = b.base ? sx_workers_new(b.base, &b.tools, sx_pipeline_run_with, &limits) : NULL;
	if (!b.cache || !b.workers)
		errx(1, "out of memory");
	snprintf(path, sizeof(path), "%s/managers/cpu.c", argv[1]);
	read_source(&b, path);
	b.job = (struct sx_job){ .role = SAFEX_KIND_MANAGER, .file = "cpu.c", .source = b.text };
	measure(&b, "manager");
	number(&b, 2 * COLD);
	cold(&b);
	memcpy(attrs, b.result.attrs, sizeof(attrs));
	b.job = (struct sx_job){ .role = SAFEX_KIND_MONITOR, .file = "monitor.c", .source = b.text,
				 .attrs = attrs, .n_attrs = b.result.n_attrs };
	snprintf(path, sizeof(path), "%s/../examples/pid/monitor.c", argv[1]);
	read_source(&b, path);
	measure(&b, "monitor");
	print_stages(&b);
	return 0;
}
