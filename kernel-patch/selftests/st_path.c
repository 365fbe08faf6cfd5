// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one round for three processes costs, where one instruction takes one
 * nanosecond: in a pass of the manager (monitor, event, handler, guard, commit,
 * accounts and budgets, and the manager's own program), in a process that does
 * the same through /proc and signals, and in plain C.  bench/run reads the
 * lines that begin with "figure".
 */
#include <stdlib.h>
#include <time.h>
#include "st_cpu.h"

#define ROUNDS		200
#define ROUNDS_MAX	4096

struct st_rounds {
	unsigned long usual, least, most, n;	/* usual: the median */
};

static void st_figure(const char *name, double value, const char *unit,
		      const char *how)
{
	printf("figure %s %.1f %s %s\n", name, value, unit, how);
}

static int st_compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

/* Of a process, some rounds are interrupted by those that it manages. */
static struct st_rounds st_summary(FILE *f)
{
	static unsigned long ticks[ROUNDS_MAX];
	struct st_rounds r = { 0 };

	while (f && r.n < ROUNDS_MAX && fscanf(f, "%lu", &ticks[r.n]) == 1)
		r.n++;
	if (!r.n)
		return r;
	qsort(ticks, r.n, sizeof(ticks[0]), st_compare);
	r.usual = ticks[r.n / 2];
	r.least = ticks[0];
	r.most = ticks[r.n - 1];
	return r;
}

/* Calls of a timer's function, each 10 ms. */
static struct st_rounds st_timer(const char *function)
{
	struct timespec t = { .tv_sec = ROUNDS / 100 };
	struct st_rounds r = { 0 };
	FILE *f;

	if (st_gauge_write("round", function))
		return r;
	nanosleep(&t, NULL);
	f = st_gauge_read("round");
	r = st_summary(f);
	if (f)
		fclose(f);
	st_note("%s: %lu calls, median %lu, least %lu, most %lu", function, r.n,
		r.usual, r.least, r.most);
	return r;
}

static struct st_rounds st_user(const struct st_cpu *cpu, const char *file)
{
	struct st_rounds r;
	char command[128];
	FILE *f;

	snprintf(command, sizeof(command), "./user-manager %s %d %d %d %d", file,
		 ROUNDS, cpu->apps[0].pid, cpu->apps[1].pid, cpu->apps[2].pid);
	f = popen(command, "re");
	r = st_summary(f);
	if (f)
		pclose(f);
	st_note("user-manager, %s: %lu rounds, median %lu, least %lu, most %lu",
		file, r.n, r.usual, r.least, r.most);
	return r;
}

/* The part of a pass that the manager's own program has, by its account. */
static double st_program_part(const struct st_cpu *cpu)
{
	struct safex_stat s;

	if (st_stat(SAFEX_KIND_MANAGER, cpu->manager, &s) || !s.runs)
		return 0;
	return ST_CPU_APPS * (double)s.time_sum / s.runs;
}

static void st_path_figures(const struct st_cpu *cpu)
{
	struct st_rounds empty = st_timer("gauge_empty_tick");
	struct st_rounds native = st_timer("gauge_native_tick");
	struct st_rounds kernel = st_timer("safex_pass_tick");
	double part = st_program_part(cpu);
	struct st_rounds user = st_user(cpu, "stat");
	struct st_rounds sched = st_user(cpu, "schedstat");
	double pass = (double)kernel.usual - empty.usual, round = pass - part;

	if (!st_ok(empty.n && native.n > 100 && kernel.n > 100 &&
		   user.n == ROUNDS && sched.n == ROUNDS,
		   "path: rounds are measured"))
		return;
	st_figure("kernel_round_insns", round, "instructions",
		  "monitor, event, handler, guard, commit, accounts, budget of 3 processes");
	st_figure("kernel_pass_insns", pass, "instructions",
		  "the same and the manager's own program for each");
	st_figure("native_round_insns", native.usual - empty.usual, "instructions",
		  "the same work in plain kernel C, trusted");
	st_figure("user_round_insns", user.usual, "instructions",
		  "user-level manager: /proc/PID/stat kept open, signals");
	st_figure("user_round_schedstat_insns", sched.usual, "instructions",
		  "the same with /proc/PID/schedstat");
	st_figure("round_ratio", user.usual / round, "times", "user / kernel");
	st_figure("safety_ratio", round / (native.usual - empty.usual), "times",
		  "kernel / native");
	st_ok(round < user.usual, "path: less than in a user-level manager");
}

void st_test_path(void)
{
	struct timespec second = { .tv_sec = 1 };
	struct st_cpu cpu;

	if (!st_cpu_create(&cpu, "round/every.handler")) {
		nanosleep(&second, NULL);
		st_path_figures(&cpu);
	}
	st_cpu_destroy(&cpu);
}
