/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extensions that end badly: the application is told what it was, and
 * nobody else notices.
 */
#include "vt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUDGET		1	/* SAFEX_END_... */
#define DIVISION	3
#define UNLOADED	7
#define DIVIDE_LINE	8	/* of ext/divide.c */

static DClass_descr_t cd, other;

static bool runs_on(void *arg)
{
	return vt_runs("cpu/watch") > *(long *)arg && vt_runs("cpu/ask") > *(long *)arg;
}

static void others_run_on(const char *name)
{
	long runs = vt_runs("cpu/watch");

	vt_result(runs >= 0 && vt_wait(runs_on, &runs), name, "at %ld: %ld %ld", runs,
		  vt_runs("cpu/watch"), vt_runs("cpu/ask"));
}

static bool is_listed(unsigned int kind, const char *ext, DEntry_t *e)
{
	static DEntry_t all[16];
	size_t found, i;

	if (DList(other, kind, all, 16, &found))
		return false;
	for (i = 0; i < found && i < 16; i++)
		if (!strcmp(all[i].name, ext)) {
			*e = all[i];
			return true;
		}
	return false;
}

static void spin(void)
{
	DRecord_t r = { 0 };
	DEntry_t e = { 0 };
	bool listed;

	vt_result(!DCreateMonitor(other, "cpu/spin", 1, VT_EXT "spin.c"), "endless-loop-is-loaded",
		  "%s", DErrorText());
	vt_result(vt_record(other, "cpu/spin", BUDGET, &r) && r.cd == other && r.line == 6 &&
		  strstr(r.message, "used up its reservation of 50000 ns"),
		  "endless-loop-is-aborted-and-told", "line %u: %s", r.line, r.message);
	vt_result(vt_record(other, "cpu/spin", UNLOADED, &r) &&
		  strstr(r.message, "removed: aborted 8 times"),
		  "removed-after-repeated-aborts", "%s", r.message);
	listed = is_listed(4, "cpu/spin", &e);
	vt_result(listed && !e.active && e.aborts == 8 && e.runs == 8 && e.time_max >= 50000 &&
		  e.time_max < (vt_has_checkers() ? 500000 : 100000), "aborts-are-counted",
		  "active %u, %lu runs, %lu aborts, longest %lu ns; %s", e.active, e.runs, e.aborts,
		  e.time_max, listed ? "" : DErrorText());
	others_run_on("others-run-on-after-aborts");
	vt_result(!DDestroyMonitor(other, "cpu/spin"), "aborted-monitor-is-destroyed", "%s",
		  DErrorText());
}

static void divide(void)
{
	DRecord_t r = { 0 };
	DEntry_t e = { 0 };
	int64_t adjustment = -1;

	vt_result(!DCreateMonitor(other, "cpu/zero", 1, VT_EXT "watch.c") &&
		  !DCreateHandler(other, "cpu/divide", VT_EXT "divide.c") &&
		  !DCreateEventChannel(other, "cpu/zero", "cpu/divide"), "division-is-loaded", "%s",
		  DErrorText());
	vt_result(vt_record(other, "cpu/divide", DIVISION, &r) && r.cd == other &&
		  r.line == DIVIDE_LINE && strstr(r.message, "division by zero at divide.c:8"),
		  "division-by-zero-is-told", "line %u: %s", r.line, r.message);
	vt_result(is_listed(5, "cpu/divide", &e) && e.exceptions && !e.aborts &&
		  !DGetAttr(other, "cpu", "timeslice-adjustment", &adjustment) && !adjustment,
		  "exception-leaves-no-trace", "%lu exceptions, %lu aborts, wrote %lld",
		  e.exceptions, e.aborts, (long long)adjustment);
	others_run_on("others-run-on-after-exceptions");
}

/* One of another application is not told of these. */
static void told_to_its_owner(void)
{
	static DRecord_t r[64];
	size_t found = 0, i;
	bool foreign = DRecords(cd, 1, r, 64, &found);

	for (i = 0; i < found && i < 64; i++)
		foreign |= r[i].cd != cd;
	vt_result(!foreign, "records-are-the-applications-own", "%s", DErrorText());
}

/* A process has one contract for its CPU: the second is another's. */
static int set_up(pid_t *child)
{
	struct vt_contract c = { .target = 20 * VT_MS, .period = 100 * VT_MS };

	*child = fork();
	if (!*child)
		for (;;)
			pause();
	vt_daemons_same();
	cd = *child < 0 || vt_manager() ? 0 : vt_class(&c);
	c.pid = *child;
	other = cd ? vt_class(&c) : 0;
	return other ? vt_extensions(cd) : -1;
}

int vt_abort(int argc, char **argv)
{
	struct vt_state s;
	char text[96];
	pid_t child;

	(void)argc;
	(void)argv;
	if (set_up(&child)) {
		vt_result(false, "abort-set-up", "%s", DErrorText());
		return 1;
	}
	spin();
	divide();
	told_to_its_owner();
	vt_result(vt_daemons_same(), "daemons-live-on", "one has ended");
	vt_result(!DendApp(other) && !DendApp(cd) && !DDestroySM("cpu"), "all-is-ended", "%s",
		  DErrorText());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	vt_state_read(&s);
	vt_result(!s.kernel && !s.pins && !s.safexd && !s.nameserver, "abort-leaves-nothing", "%s",
		  vt_state_text(&s, text));
	return !vt_all_ok();
}
