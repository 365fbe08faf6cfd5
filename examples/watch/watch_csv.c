/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int finish(FILE *f, const char *path)
{
	int bad;

	if (!f) {
		fprintf(stderr, "dio-watch: cannot write %s: %s\n", path, strerror(errno));
		return -1;
	}
	bad = ferror(f);
	if (fclose(f) || bad) {
		fprintf(stderr, "dio-watch: cannot write %s\n", path);
		return -1;
	}
	return 0;
}

/* Every sample: time since the start, then CPU time of each since the start, both in us. */
static void write_cpu(const struct wt_run *run, FILE *f)
{
	size_t i, n = run->n_samples;
	unsigned int k;

	fprintf(f, "time_us");
	for (k = 0; k < run->n_tasks; k++)
		fprintf(f, ",%s_cpu_us,%s_timeslice_us,%s_pieces", run->tasks[k].progress->name,
			run->tasks[k].progress->name, run->tasks[k].progress->name);
	for (i = 0; i < n; i++) {
		const struct wt_sample *s = &run->samples[i];

		fprintf(f, "\n%lld", (long long)(s->time / 1000));
		for (k = 0; k < run->n_tasks; k++)
			fprintf(f, ",%lld,%lld,%llu",
				(long long)((s->cpu[k] - run->samples[0].cpu[k]) / 1000),
				(long long)(s->timeslice[k] / 1000),
				(unsigned long long)s->pieces[k]);
	}
	fputc('\n', f);
}

static void write_summary(const struct wt_run *run, FILE *f)
{
	size_t n = run->n_samples;
	unsigned int k;

	fprintf(f, "name,target_ms,period_ms,cpu_pct,frames,seconds,safex_windows,safex_missed,"
		   "sampler_windows,sampler_missed,sampler_missed_95\n");
	for (k = 0; k < run->n_tasks; k++) {
		const struct wt_task *task = &run->tasks[k];
		struct wt_count safex = wt_kernel_count(task), strict, most;

		if (!wt_is_judged(task))
			continue;
		strict = wt_judge(run, k, n, 0, 1000);
		most = wt_judge(run, k, n, 0, 950);
		fprintf(f, "%s,%lld,%lld,%.2f,%llu,%d,%llu,%llu,%llu,%llu,%llu\n",
			task->progress->name, (long long)(task->progress->target / 1000000),
			(long long)(task->progress->period / 1000000), wt_share(run, k, 0, n - 1),
			(unsigned long long)(run->samples[n - 1].pieces[k] - run->samples[0].pieces[k]),
			run->seconds, (unsigned long long)safex.windows,
			(unsigned long long)safex.missed, (unsigned long long)strict.windows,
			(unsigned long long)strict.missed, (unsigned long long)most.missed);
	}
}

static void write_extensions(const struct wt_run *run, FILE *f)
{
	size_t i;

	fprintf(f, "name,of,runs,time_sum_ns,time_max_ns,aborts,exceptions,refused\n");
	for (i = 0; i < run->n_extensions; i++) {
		const DEntry_t *e = &run->extensions[i];

		fprintf(f, "%s,%s,%llu,%llu,%llu,%llu,%llu,%llu\n", e->name, wt_owner(run, e),
			(unsigned long long)e->runs, (unsigned long long)e->time_sum,
			(unsigned long long)e->time_max, (unsigned long long)e->aborts,
			(unsigned long long)e->exceptions, (unsigned long long)e->refused);
	}
}

int wt_csv_write(const struct wt_run *run, const char *directory)
{
	static const struct {
		const char *name;
		void (*write)(const struct wt_run *run, FILE *f);
	} files[] = {
		{ "cpu.csv", write_cpu },
		{ "summary.csv", write_summary },
		{ "extensions.csv", write_extensions },
	};
	char path[PATH_MAX];
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		f = fopen(path, "we");
		if (f)
			files[i].write(run, f);
		if (finish(f, path))
			return -1;
	}
	return 0;
}
