/* SPDX-License-Identifier: GPL-2.0-only */
/* A new version that breaks the contract of its process is gone back from. */
#include "dio_spin.h"
#include "vt.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME		"cpu/feed"
#define REVERTED	10	/* SAFEX_END_... */
#define CONTRACT	11
#define WINDOWS		5

struct served {
	const volatile int64_t *windows, *violations, *actual, *target;
	int64_t until;
};

/* A process that takes all it gets. */
static pid_t hog(void)
{
	pid_t pid = fork();

	if (!pid)
		dio_spin_forever();
	return pid;
}

static DClass_descr_t set_up(pid_t pid, struct served *s)
{
	DOptions_t options = { .size = sizeof(options), .pid = pid };
	DClass_descr_t cd = DinitApp();
	DAttr_t attrs[] = {
		{ .name = "target_cpu", .value = 20 * VT_MS },
		{ .name = "period", .value = 100 * VT_MS },
		{ .name = "minimum_cpu", .value = 10 * VT_MS },
		{ 0 },
	};

	if (!cd || DxCreateAttrClass(cd, "cpu", attrs, &options) ||
	    DCreateMonitor(cd, NAME, 1, VT_EXT "feed.c"))
		return 0;
	s->target = attrs[0].ref;
	s->windows = DAttrRef(cd, "cpu", "windows");
	s->violations = DAttrRef(cd, "cpu", "violations");
	s->actual = DAttrRef(cd, "cpu", "actual_cpu");
	return s->windows && s->violations && s->actual ? cd : 0;
}

static bool windows_passed(void *arg)
{
	const struct served *s = arg;

	return *s->windows >= s->until;
}

static bool wait_windows(struct served *s)
{
	s->until = *s->windows + WINDOWS;
	return vt_wait(windows_passed, s);
}

static bool is_served(void *arg)
{
	const struct served *s = arg;

	return *s->actual >= *s->target;
}

/* A kernel with its checkers takes CPU time that no contract knows of. */
static void starve(DClass_descr_t cd, struct served *s)
{
	DOptions_t o = { .size = sizeof(o), .probation_ns = 10000 * VT_MS };
	DVersion_t versions[4] = { 0 };
	DRecord_t record = { 0 };
	DReplaced_t r = { 0 };
	int64_t before;
	size_t found = 0;

	vt_result(wait_windows(s) && (vt_has_checkers() || !*s->violations), "contract-is-kept", "%lld of %lld periods broken",
		  (long long)*s->violations, (long long)*s->windows);
	vt_result(!DReplace(cd, NAME, VT_EXT "starve.c", &o, &r), "one-that-starves-is-taken", "%s",
		  DErrorText());
	vt_result(vt_record(cd, NAME, REVERTED, &record) && strstr(record.message, "broke the contract"),
		  "it-breaks-the-contract-and-is-gone-back-from", "%s", record.message);
	vt_result(vt_wait(is_served, s), "the-old-one-serves-again", "%lld ns", (long long)*s->actual);
	before = *s->violations;
	vt_result(before > 0 && wait_windows(s) && (vt_has_checkers() || *s->violations == before),
		  "contract-is-kept-again",
		  "%lld periods broken, then %lld", (long long)before, (long long)*s->violations);
	vt_result(!DVersions(cd, NAME, versions, 4, &found) && found == 2 &&
		  versions[0].state == DVERSION_RUNS && versions[1].state == DVERSION_BACK &&
		  versions[1].cause == CONTRACT,
		  "the-contract-is-why", "%zu versions, cause %u: %s", found, versions[1].cause,
		  DErrorText());
}

void vt_starve(void)
{
	pid_t pid = hog();
	struct served s = { 0 };
	DClass_descr_t cd = set_up(pid, &s);

	if (cd)
		starve(cd, &s);
	vt_result(cd && !DendApp(cd), "starved-one-is-ended", "%s", DErrorText());
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
