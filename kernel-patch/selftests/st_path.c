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
#include "st_gauge.h"

#define ROUNDS		200
#define SECONDS		(ROUNDS / 100)	/* of as many ticks */

static struct st_rounds st_user(const struct st_cpu *cpu, const char *file)
{
	struct st_rounds r;
	char command[128];
	FILE *f;

	snprintf(command, sizeof(command), "./user-manager %s %d %d %d %d", file,
		 ROUNDS, cpu->apps[0].pid, cpu->apps[1].pid, cpu->apps[2].pid);
	f = popen(command, "re");
	r = st_rounds_of(f);
	if (f)
		pclose(f);
	st_note("user-manager, %s: %lu rounds, median %lu, least %lu, most %lu",
		file, r.n, r.usual, r.least, r.most);
	return r;
}

static void st_path_figures(struct st_cpu *cpu)
{
	struct st_rounds empty = st_rounds_timer("gauge_empty_tick", SECONDS);
	struct st_rounds native = st_rounds_timer("gauge_native_tick", SECONDS);
	struct st_rounds kernel = st_rounds_timer("safex_pass_tick", SECONDS);
	struct st_rounds user = st_user(cpu, "stat");
	struct st_rounds sched = st_user(cpu, "schedstat"), alone;
	double pass = (double)kernel.usual - empty.usual, round;

	/* What is reserved stays; monitors, handlers and the guard go on. */
	st_is(st_unbind(cpu->program), 0, "path: the manager's program goes");
	alone = st_rounds_timer("safex_pass_tick", SECONDS);
	round = (double)alone.usual - empty.usual;
	if (!st_ok(empty.n && native.n > 100 && kernel.n > 100 && alone.n > 100 &&
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

	if (!st_cpu_create(&cpu, "round/every.handler", 10 * ST_MS)) {
		nanosleep(&second, NULL);
		st_path_figures(&cpu);
	}
	st_cpu_destroy(&cpu);
}
