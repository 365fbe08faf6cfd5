/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New versions of a monitor that counts: with its variables and without, and
 * such that the old one has to come back. Each activation counts one, so the
 * application itself sees a period that is missed.
 */
#include "vt.h"

#include <dio_error.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME		"cpu/count"
#define TICK		"cpu/tick"	/* beside it, and never replaced */
#define BUDGET		1	/* SAFEX_END_... */
#define REVERTED	10
#define SHORT		(300 * VT_MS)
#define LONG		(4000 * VT_MS)

static DClass_descr_t cd;
static const volatile int64_t *count, *which;
static DVersion_t versions[16];
static size_t n_versions;

static int set_up(void)
{
	const unsigned int rights = DATTR_APP_READ | DATTR_EXT_READ | DATTR_EXT_WRITE;
	DAttr_t attrs[] = {
		{ .name = "target_cpu", .value = 20 * VT_MS },
		{ .name = "period", .value = 100 * VT_MS },
		{ .name = "count", .rights = rights }, { .name = "which", .rights = rights }, { 0 },
	};

	if (vt_manager() || !(cd = DinitApp()) || DCreateAttrClass(cd, "cpu", attrs) ||
	    DCreateMonitor(cd, TICK, 1, VT_EXT "tick.c") ||
	    DCreateMonitor(cd, NAME, 1, VT_EXT "count.c"))
		return -1;
	count = attrs[2].ref;
	which = attrs[3].ref;
	return 0;
}

static bool shows(void *arg)
{
	return *which == *(int *)arg;
}

static int replace(const char *file, int64_t probation, DReplaced_t *r)
{
	DOptions_t o = { .size = sizeof(o), .probation_ns = probation };

	return DReplace(cd, NAME, file, &o, r);
}

static long count_seen(void)
{
	return *count;
}

static long runs_seen(void)
{
	return vt_runs(NAME);
}

/* Both run with each tick of their manager, which itself also runs between them. */
static int64_t behind_by(long (*seen)(void))
{
	long before, now;

	do {
		before = vt_runs(TICK);
		now = seen();
	} while (before != vt_runs(TICK));
	return before - now;
}

struct lag {
	long (*seen)(void);
	int64_t by;
};

/* Waited for: in the middle of a pass it is one off. */
static bool lags(void *arg)
{
	const struct lag *l = arg;

	return behind_by(l->seen) == l->by;
}

static void missed_none(const char *name, long (*seen)(void), int64_t by)
{
	vt_result(vt_wait(lags, &(struct lag){ seen, by }), name, "%lld periods, not %lld",
		  (long long)behind_by(seen), (long long)by);
}

struct wanted {
	unsigned int version, state;
};

static bool is_so(void *arg)
{
	const struct wanted *w = arg;

	if (DVersions(cd, NAME, versions, 16, &n_versions))
		return false;
	for (size_t i = 0; i < n_versions; i++)
		if (versions[i].version == w->version)
			return versions[i].state == w->state;
	return false;
}

static bool becomes(unsigned int version, unsigned int state)
{
	struct wanted w = { version, state };

	return vt_wait(is_so, &w);
}

static void variables(void)
{
	DReplaced_t r = { 0 };
	int64_t before, lag;

	vt_result(vt_wait(shows, &(int){ 1 }), "first-version-runs", "%s", DErrorText());
	before = *count;
	lag = behind_by(count_seen);
	vt_result(!replace(VT_EXT "count-on.c", SHORT, &r) && r.version == 2 && r.kept,
		  "replaced-with-its-variables", "version %u kept %u: %s", r.version, r.kept, DErrorText());
	vt_result(vt_wait(shows, &(int){ 2 }) && *count > before, "goes-on-counting", "%lld after %lld",
		  (long long)*count, (long long)before);
	vt_result(replace(VT_EXT "count.c", SHORT, &r) == DIO_E_BUSY, "not-while-on-probation", "%s",
		  DErrorText());
	vt_result(becomes(2, DVERSION_RUNS) && versions[0].state == DVERSION_REPLACED,
		  "probation-is-passed", "%s", DErrorText());
	missed_none("each-period-has-counted-one", count_seen, lag);
	before = *count;
	lag = behind_by(runs_seen);
	vt_result(!replace(VT_EXT "count-anew.c", SHORT, &r) && r.version == 3 && !r.kept,
		  "replaced-by-one-with-others", "version %u kept %u: %s", r.version, r.kept, DErrorText());
	vt_result(vt_wait(shows, &(int){ 3 }) && *count < before, "starts-with-its-own", "%lld after %lld",
		  (long long)*count, (long long)before);
	vt_result(becomes(3, DVERSION_RUNS), "that-is-to-stay", "%s", DErrorText());
	missed_none("nor-is-a-period-missed-with-others", runs_seen, lag);
}

static void refused(void)
{
	DOptions_t greedy = { .size = sizeof(greedy), .budget_ns = 10 * VT_MS };
	int64_t lag = behind_by(count_seen);

	vt_result(replace(VT_EXT "broken.c", SHORT, NULL) == DIO_E_COMPILE, "refused-at-compile", "%s",
		  DErrorText());
	vt_result(replace(VT_EXT "no-attribute.c", SHORT, NULL) == DIO_E_NO_ATTRIBUTE,
		  "refused-for-an-attribute", "%s", DErrorText());
	vt_result(replace(VT_EXT "outside.c", SHORT, NULL) == DIO_E_LOAD, "refused-by-the-verifier", "%s",
		  DErrorText());
	vt_result(DReplace(cd, NAME, VT_EXT "count.c", &greedy, NULL) == DIO_E_ADMISSION,
		  "refused-for-want-of-time", "%s", DErrorText());
	vt_result(DReplace(cd, "cpu/nobody", VT_EXT "count.c", NULL, NULL) == DIO_E_NO_MONITOR,
		  "nothing-to-replace", "%s", DErrorText());
	missed_none("the-old-one-runs-on", count_seen, lag);
	vt_result(is_so(&(struct wanted){ 3, DVERSION_RUNS }) && n_versions == 3,
		  "refused-ones-are-no-versions", "%zu versions: %s", n_versions, DErrorText());
}

/* In the pass that the new one fails in, the old one runs as well. */
static void fails(const char *file, unsigned int cause, const char *text, const char *name)
{
	DReplaced_t r = { 0 };
	DRecord_t record = { 0 };
	int64_t lag = behind_by(count_seen);

	vt_result(!replace(file, LONG, &r), name, "%s", DErrorText());
	vt_result(vt_record(cd, NAME, REVERTED, &record) && strstr(record.message, text),
		  "it-is-gone-back-from-and-told", "%s", record.message);
	vt_result(becomes(r.version, DVERSION_BACK) && versions[n_versions - 1].cause == cause,
		  "the-nameserver-knows-why", "version %u: %s", r.version, DErrorText());
	vt_result(vt_wait(shows, &(int){ 3 }), "the-old-one-is-back", "which %lld", (long long)*which);
	missed_none("no-period-went-uncounted", count_seen, lag);
}

static void tell(const char *ready)
{
	FILE *f = fopen(ready, "we");

	if (!f)
		return;
	fprintf(f, "%#" PRIx64 "\n", (uint64_t)cd);
	fclose(f);
}

/* The daemons are killed and started meanwhile: DVersions() is asked until it answers. */
static void restarted(const char *ready)
{
	DReplaced_t r = { 0 };
	int64_t lag = behind_by(runs_seen);

	vt_result(!replace(VT_EXT "count.c", LONG, &r), "replaced-before-the-restart", "%s", DErrorText());
	DSetDeadline(2000);
	tell(ready);
	vt_result(becomes(r.version, DVERSION_RUNS), "probation-outlives-the-daemons", "%s", DErrorText());
	vt_result(vt_wait(shows, &(int){ 1 }), "and-the-new-one-runs", "which %lld", (long long)*which);
	missed_none("in-every-period", runs_seen, lag);
	DSetDeadline(20000);
}

int vt_replace(int argc, char **argv)
{
	struct vt_state s;
	char text[96];

	if (argc != 1)
		return 2;
	if (set_up()) {
		vt_result(false, "replace-set-up", "%s", DErrorText());
		return 1;
	}
	variables();
	refused();
	fails(VT_EXT "spin.c", BUDGET, "was aborted", "one-that-loops-is-taken");
	vt_starve();
	restarted(argv[0]);
	vt_result(!DendApp(cd) && !DDestroySM("cpu"), "all-is-ended", "%s", DErrorText());
	vt_state_read(&s);
	vt_result(!s.kernel && !s.pins && !s.safexd && !s.nameserver, "replace-leaves-nothing", "%s",
		  vt_state_text(&s, text));
	return !vt_all_ok();
}
