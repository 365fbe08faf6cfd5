/* SPDX-License-Identifier: GPL-2.0-only */
/* What a person sees: at most 80 columns, three applications beside each other. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN	3	/* applications that fit into a line */

double wt_share(const struct wt_run *run, unsigned int task, size_t from, size_t to)
{
	const struct wt_sample *a = &run->samples[from], *b = &run->samples[to];

	if (b->time <= a->time)
		return 0;
	return 100.0 * (double)(b->cpu[task] - a->cpu[task]) / (double)(b->time - a->time);
}

/* Of those that have a target, the i-th; -1: there is none. */
static int judged(const struct wt_run *run, unsigned int i)
{
	unsigned int task;

	for (task = 0; task < run->n_tasks; task++)
		if (wt_is_judged(&run->tasks[task]) && i-- == 0)
			return (int)task;
	return -1;
}

static int disturbance(const struct wt_run *run)
{
	unsigned int task;

	for (task = 0; task < run->n_tasks; task++)
		if (!wt_is_judged(&run->tasks[task]))
			return (int)task;
	return -1;
}

static void print_head(const struct wt_run *run, FILE *f)
{
	char title[64];
	unsigned int i;
	int task;

	fprintf(f, "   |");
	for (i = 0; i < SHOWN && (task = judged(run, i)) >= 0; i++) {
		const struct ex_progress *p = run->tasks[task].progress;

		snprintf(title, sizeof(title), "%.8s %lld/%lld ms", p->name,
			 (long long)(p->target / 1000000), (long long)(p->period / 1000000));
		fprintf(f, " %-22s|", title);
	}
	fprintf(f, " dis\n  s|");
	for (i = 0; i < SHOWN && judged(run, i) >= 0; i++)
		fprintf(f, " CPU %% slice  f/s viol |");
	fprintf(f, "   %%\n");
}

static void print_task(const struct wt_run *run, FILE *f, unsigned int task, size_t from,
		       size_t to)
{
	const struct wt_sample *a = &run->samples[from], *b = &run->samples[to];
	uint64_t missed;

	fprintf(f, " %5.1f", wt_share(run, task, from, to));
	if (run->tasks[task].timeslice) {
		fprintf(f, " %5.2f", (double)b->timeslice[task] / 1e6);
		missed = wt_kernel_missed(&run->tasks[task]);
	} else {
		fprintf(f, "     -");
		missed = wt_judge(run, task, to + 1, 0, 1000).missed;
	}
	fprintf(f, " %4.0f %4llu |",
	       (double)(b->pieces[task] - a->pieces[task]) * 1e9 / (double)(b->time - a->time),
	       (unsigned long long)missed);
}

static void print_row(const struct wt_run *run, FILE *f, int s)
{
	size_t from = (size_t)s * WT_PER_S, to = from + WT_PER_S;
	unsigned int i;
	int task;

	fprintf(f, "%3d|", s + 1);
	for (i = 0; i < SHOWN && (task = judged(run, i)) >= 0; i++)
		print_task(run, f, (unsigned int)task, from, to);
	task = disturbance(run);
	if (task >= 0)
		fprintf(f, " %3.0f", wt_share(run, (unsigned int)task, from, to));
	fputc('\n', f);
}

static void print_extensions(const struct wt_run *run, FILE *f)
{
	size_t i;

	fprintf(f, "    extension            of         runs  mean us   max us aborts exceptions\n");
	for (i = 0; i < run->n_extensions; i++) {
		const DEntry_t *e = &run->extensions[i];

		fprintf(f, "    %-20.20s %-8.8s %6llu %8.2f %8.2f %6llu %10llu\n", e->name,
			wt_owner(run, e), (unsigned long long)e->runs,
			e->runs ? (double)e->time_sum / (double)e->runs / 1e3 : 0.0,
			(double)e->time_max / 1e3, (unsigned long long)e->aborts,
			(unsigned long long)e->exceptions);
	}
}

static void refresh_and_print(struct wt_run *run, FILE *f)
{
	if (!run->dionisys)
		return;
	if (wt_kernel_refresh(run))
		fprintf(f, "    (no listing now: %.60s)\n", DErrorText());
	else
		print_extensions(run, f);
}

/* On a terminal each second takes the place of the last one. */
static void print_in_place(struct wt_run *run, FILE *f, int s)
{
	print_head(run, f);
	print_row(run, f, s);
	refresh_and_print(run, f);
}

static void print_line(struct wt_run *run, FILE *f, int s)
{
	if (s % 10 == 0) {
		if (s)
			refresh_and_print(run, f);
		print_head(run, f);
	}
	print_row(run, f, s);
}

static unsigned int lines_of(const char *text)
{
	unsigned int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

void wt_table_second(struct wt_run *run, int s, bool terminal)
{
	static unsigned int lines;	/* that the last table has */
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	(terminal ? print_in_place : print_line)(run, f, s);
	if (fclose(f) == 0) {
		if (terminal && lines)
			printf("\033[%uA\033[J", lines);
		lines = lines_of(text);
		fputs(text, stdout);
		fflush(stdout);
	}
	free(text);
}

static void print_count(struct wt_count c)
{
	printf(" %4llu of %-4llu", (unsigned long long)c.missed, (unsigned long long)c.windows);
}

static void print_result(const struct wt_run *run, unsigned int task)
{
	const struct ex_progress *p = run->tasks[task].progress;
	size_t n = run->n_samples;

	printf("%-8.8s %4lld/%-4lld %6.1f %9.1f ", p->name, (long long)(p->target / 1000000),
	       (long long)(p->period / 1000000), wt_share(run, task, 0, n - 1),
	       (double)(run->samples[n - 1].pieces[task] - run->samples[0].pieces[task]) /
		       run->seconds);
	if (run->tasks[task].violations)
		print_count(wt_kernel_count(&run->tasks[task]));
	else
		printf("       -     ");
	print_count(wt_judge(run, task, n, 0, 1000));
	print_count(wt_judge(run, task, n, 0, 950));
	putchar('\n');
}

void wt_table_end(const struct wt_run *run)
{
	unsigned int task;

	printf("\n%36s%26s\n%-36s%13s%13s%13s\n", "", "periods with less than the target",
	       "name     target/ms  CPU %  frames/s", "safex    ", "sampler   ", "below 95 % ");
	for (task = 0; task < run->n_tasks; task++)
		if (wt_is_judged(&run->tasks[task]))
			print_result(run, task);
	printf("(safex judges the periods of each reservation, in the kernel; the sampler\n"
	       " judges periods from the common start, in the same way without Dionisys)\n");
	printf("dio-watch itself had %.2f %% of the CPU.\n",
	       100.0 * (double)(wt_own_cpu() - run->own_before) / (double)(wt_now() - run->start));
	if (run->dionisys)
		print_extensions(run, stdout);
	fflush(stdout);
}
