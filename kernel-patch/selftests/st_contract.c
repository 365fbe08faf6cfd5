// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are contracts kept?  Three processes that take all the CPU they get, two
 * bursts of 3 s at SCHED_FIFO 96 that take every cycle, 26 s, and every period
 * of each reservation counted by bench/gauge, which knows nothing of safex.
 * Nudged: besides, the scheduler is called every 7.3 ms for nothing, after which
 * a reservation must end as it would have.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "st_cpu.h"
#include "st_gauge.h"

#define FIFO		96
#define SECONDS		26
#define STOCK_MISSES	3	/* of 650 */
#define RESERVED_MAX	102	/* percent of the targets */
#define MADE_UP_MAX	105	/* when a period was missed: maximum_cpu, and the margin */
#define TICK		(100 * ST_MS)
#define PHASES		5	/* of a period, from a tick to the next */
#define NUDGES		"7300000"	/* ns */

static int st_observe(const struct st_cpu_app *a)
{
	char text[96];

	snprintf(text, sizeof(text), "%d %lld %lld %lld", a->pid,
		 (long long)a->target, (long long)a->period,
		 SECONDS * ST_S / (long long)a->period);
	return st_gauge_write("windows", text);
}

/* What is reserved at most of what is promised, in percent, while time passes. */
static double st_most_reserved(const struct st_cpu *cpu, int seconds)
{
	struct timespec t = { .tv_nsec = 100 * ST_MS };
	double most = 0;
	int i, k;

	for (i = 0; i < seconds * 10; i++) {
		for (k = 0; k < ST_CPU_APPS; k++) {
			const struct st_cpu_app *a = &cpu->apps[k];
			double part = 100.0 * a->page->value[ST_CPU_RESERVED] /
				      a->target;

			most = part > most ? part : most;
		}
		nanosleep(&t, NULL);
	}
	return most;
}

/* One line of the observer; what it says of a process that missed some is added to worst. */
static void st_contract_line(const char *line, unsigned int *all, int *misses,
			     char *worst, size_t size)
{
	unsigned long long target, least;
	unsigned int windows, below, in;
	size_t n = strlen(worst);

	st_note("%.*s", (int)strcspn(line, "\n"), line);
	if (sscanf(line, "pid=%*d target=%llu period=%*u windows=%u below=%u least=%llu in=%u",
		   &target, &windows, &below, &least, &in) != 5)
		return;
	*all += windows;
	*misses += below;
	if (below)
		snprintf(worst + n, size - n, "; target %llu us: %u, at least %llu us, in period %u",
			 target / 1000, below, least / 1000, in);
}

static int st_contract_misses(char *worst, size_t size)
{
	FILE *f = st_gauge_read("windows");
	unsigned int all = 0;
	char line[256];
	int misses = 0;

	*worst = '\0';
	while (f && fgets(line, sizeof(line), f))
		st_contract_line(line, &all, &misses, worst, size);
	if (f)
		fclose(f);
	st_is(all, 650, "contract: periods are counted");
	return misses;
}

/* The manager has looked when each target was met, and that was before the period's end. */
static void st_contract_laxity(const struct st_cpu *cpu)
{
	int i;

	for (i = 0; i < ST_CPU_APPS; i++) {
		const struct st_cpu_app *a = &cpu->apps[i];
		int64_t laxity = a->page->value[ST_CPU_LAXITY];

		st_ok(laxity > 0 && laxity <= a->period - a->target,
		      "contract: target is met %lld us before the period ends",
		      (long long)laxity / 1000);
	}
}

/* Its period begins when it wakes up; what it says of the last is true, or -1. */
static int64_t st_contract_woken(const struct st_cpu_app *a, int64_t slept)
{
	struct timespec asleep = { .tv_nsec = slept }, awake = { .tv_nsec = 700 * ST_MS };
	const volatile __s64 *value = a->page->value;

	kill(a->pid, SIGSTOP);
	nanosleep(&asleep, NULL);
	kill(a->pid, SIGCONT);
	nanosleep(&awake, NULL);
	return value[ST_CPU_MET] >= value[ST_CPU_WINDOWS] ?
	       value[ST_CPU_LAXITY] : -1;
}

static void st_contract_run(struct st_cpu *cpu, const char *name)
{
	struct timespec second = { .tv_sec = 1 };
	bool patched = st_features() & SAFEX_FEATURE_DL_DIRECT;
	int i, misses, failed = 0;
	char worst[256];
	double most;
	pid_t fifo;

	nanosleep(&second, NULL);	/* first reservations are made */
	for (i = 0; i < ST_CPU_APPS; i++)
		failed |= st_observe(&cpu->apps[i]);
	st_is(failed, 0, "contract: each process has its reservation");
	fifo = st_bursts(FIFO);
	most = st_most_reserved(cpu, SECONDS + 1);
	st_kill(fifo);
	misses = st_contract_misses(worst, sizeof(worst));
	st_contract_laxity(cpu);
	st_ok(misses <= (patched ? 0 : STOCK_MISSES),
	      "%s: %d periods of 650 missed%s", name, misses, worst);
	st_ok(most >= 100 && most <= (misses ? MADE_UP_MAX : RESERVED_MAX),
	      "%s: %.2f %% of the targets reserved at most", name, most);
}

void st_test_contract(bool nudged)
{
	struct sched_param above = { .sched_priority = FIFO + 1 };
	struct st_cpu cpu;

	sched_setscheduler(0, SCHED_FIFO, &above);
	if (nudged)
		st_is(st_gauge_write("nudge", NUDGES), 0, "nudged: the scheduler is called for nothing");
	if (!st_cpu_create(&cpu, "round/pid.handler", 10 * ST_MS))
		st_contract_run(&cpu, nudged ? "nudged" : "contract");
	st_cpu_destroy(&cpu);
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
}

/*
 * With the CPU to itself one has its target 80 ms after its period begins, which
 * may be from a tick of the manager to the next, or not: each time it is seen.
 */
void st_test_laxity(void)
{
	struct st_cpu cpu;
	const struct st_cpu_app *a = &cpu.apps[ST_CPU_APPS - 1];
	int64_t laxity, most;
	int i, ret = st_cpu_create(&cpu, NULL, TICK);

	most = a->period - a->target;
	if (!ret) {
		kill(cpu.apps[0].pid, SIGSTOP);
		kill(cpu.apps[1].pid, SIGSTOP);
	}
	for (i = 0; i < PHASES && !ret; i++) {
		laxity = st_contract_woken(a, 300 * ST_MS + i * TICK / PHASES);
		st_ok(laxity > most - TICK / 10 && laxity <= most,
		      "laxity: alone it is met %lld us before the end",
		      (long long)laxity / 1000);
	}
	st_cpu_destroy(&cpu);
}
