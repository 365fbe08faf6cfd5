// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: safex-selftest [exact] [GROUP... | -GROUP...]
 *        safex-selftest reserve [SECONDS [quiet|bursts]]
 *        safex-selftest [exact] path|ticks
 *        safex-selftest contract [nudged]
 *
 * Run from the directory of its *.bpf.o, as root, with safex.ko loaded.
 * Groups: those below; without one, or with -GROUP: all (others).  lifetime,
 * ends, force, window, version, stop and reserve need host.sh.  exact: one
 * instruction takes one nanosecond here, so times are judged.  quiet: without a
 * disturbance.
 * SAFEX_SEED in the environment repeats what random and stress did with it, LONG
 * makes ends a long run.  burst, still, path, ticks and contract need gauge.ko of
 * bench/gauge loaded, path ./user-manager of bench/path, contract host.sh.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "st.h"
#include "st_bandwidth.h"

static bool st_exact;

static void st_abort(void)
{
	st_test_abort(st_exact);
}

static void st_programs(void)
{
	st_test_programs(st_exact);
}

static void st_cost(void)
{
	st_test_cost(st_exact);
}

static void st_back(void)
{
	st_ok(st_wait(st_is_given_back, NULL), "back: no bandwidth is reserved");
}

static const struct {
	const char *name;
	void (*run)(void);
} st_groups[] = {
	{ "admission", st_test_admission },
	{ "rules", st_test_rules },
	{ "flow", st_test_flow },
	{ "across", st_test_across },
	{ "attach", st_test_attach },
	{ "app", st_test_app },
	{ "guard", st_test_guard },
	{ "bad", st_test_bad },
	{ "refused", st_test_refused },
	{ "kfunc", st_test_kfunc },
	{ "abort", st_abort },
	{ "cost", st_cost },
	{ "time", st_test_time },
	{ "sum", st_test_sum },
	{ "watch", st_test_watch },
	{ "lifetime", st_test_lifetime },
	{ "force", st_test_force },
	{ "suspended", st_test_suspended },
	{ "ends", st_test_ends },
	{ "kin", st_test_kin },
	{ "window", st_test_window },
	{ "sleeps", st_test_sleeps },
	{ "taken", st_test_taken },
	{ "scx", st_test_scx },
	{ "burst", st_test_burst },
	{ "still", st_test_still },
	{ "version", st_test_version },
	{ "stop", st_test_stop },
	{ "records", st_test_records },
	{ "stress", st_test_stress },
	{ "many", st_test_many },
	{ "early", st_test_early },
	{ "random", st_test_random },
	{ "programs", st_programs },
	{ "written", st_test_written },
	{ "direct", st_test_direct },
	{ "back", st_back },
	{ "waits", st_test_waits },	/* the scheduler keeps what this takes from a sleeper */
};

static enum st_disturbance st_disturbance(const char *word)
{
	if (word && !strcmp(word, "quiet"))
		return ST_QUIET;
	return word && !strcmp(word, "bursts") ? ST_BURSTS : ST_ALWAYS;
}

/* By name, or not excluded by "-name". */
static bool st_wanted(const char *group, char **names)
{
	bool others = true;

	for (; *names; names++) {
		if (**names != '-')
			others = false;
		if (!strcmp(*names, group))
			return true;
		if (**names == '-' && !strcmp(*names + 1, group))
			return false;
	}
	return others;
}

static void st_run_groups(char **names)
{
	size_t i;

	for (i = 0; i < sizeof(st_groups) / sizeof(st_groups[0]); i++)
		if (st_wanted(st_groups[i].name, names))
			st_groups[i].run();
}

int main(int argc, char **argv)
{
	/* A process that has ended already is told nothing. */
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "bandwidth"))
		return st_bandwidth_show();
	if (argc == 2 && !strcmp(argv[1], "policy"))	/* st_kin.c starts this */
		return sched_getscheduler(0);
	st_dev = open(SAFEX_DEVICE, O_RDWR | O_CLOEXEC);
	if (st_dev < 0) {
		perror(SAFEX_DEVICE);
		return 2;
	}
	st_exact = argc > 1 && !strcmp(argv[1], "exact");
	argv += 1 + st_exact;
	if (*argv && !strcmp(*argv, "reserve")) {
		int seconds = argv[1] ? atoi(argv[1]) : 5;

		st_test_reserve(seconds, st_disturbance(argv[1] ? argv[2] : NULL));
		return st_done();
	}
	if (*argv && !strcmp(*argv, "path")) {
		st_test_path();
		return st_done();
	}
	if (*argv && !strcmp(*argv, "stale")) {
		st_test_stale(argv[1]);
		return st_done();
	}
	if (*argv && !strcmp(*argv, "isolated")) {
		st_test_isolated();
		return st_done();
	}
	if (*argv && !strcmp(*argv, "ticks")) {
		st_test_ticks();
		return st_done();
	}
	if (*argv && !strcmp(*argv, "contract")) {
		if (argv[1] && !strcmp(argv[1], "nudged")) {
			st_test_contract(true);
		} else {
			st_test_contract(false);
			st_test_laxity();
		}
		return st_done();
	}
	st_bandwidth_begin();
	st_run_groups(argv);
	if (!*argv)
		st_test_reserve(5, ST_ALWAYS);
	return st_done();
}
