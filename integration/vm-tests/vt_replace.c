/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New versions of a monitor that counts: with its variables and without, and
 * such that the old one has to come back.
 */
#include "vt.h"

#include <dio_error.h>
#include <stdio.h>
#include <string.h>

#define NAME		"cpu/count"
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
	int64_t before;

	vt_result(vt_wait(shows, &(int){ 1 }), "first-version-runs", "%s", DErrorText());
	before = *count;
	vt_result(!replace(VT_EXT "count-on.c", SHORT, &r) && r.version == 2 && r.kept,
		  "replaced-with-its-variables", "version %u kept %u: %s", r.version, r.kept, DErrorText());
	vt_result(vt_wait(shows, &(int){ 2 }) && *count > before, "goes-on-counting", "%lld after %lld",
		  (long long)*count, (long long)before);
	vt_result(replace(VT_EXT "count.c", SHORT, &r) == DIO_E_BUSY, "not-while-on-probation", "%s",
		  DErrorText());
	vt_result(becomes(2, DVERSION_RUNS) && versions[0].state == DVERSION_REPLACED,
		  "probation-is-passed", "%s", DErrorText());
	before = *count;
	vt_result(!replace(VT_EXT "count-anew.c", SHORT, &r) && r.version == 3 && !r.kept,
		  "replaced-by-one-with-others", "version %u kept %u: %s", r.version, r.kept, DErrorText());
	vt_result(vt_wait(shows, &(int){ 3 }) && *count < before, "starts-with-its-own", "%lld after %lld",
		  (long long)*count, (long long)before);
	vt_result(becomes(3, DVERSION_RUNS), "that-is-to-stay", "%s", DErrorText());
}

static void refused(void)
{
	long runs;

	vt_result(replace(VT_EXT "broken.c", SHORT, NULL) == DIO_E_COMPILE, "refused-at-compile", "%s",
		  DErrorText());
	vt_result(replace(VT_EXT "no-attribute.c", SHORT, NULL) == DIO_E_NO_ATTRIBUTE,
		  "refused-for-an-attribute", "%s", DErrorText());
	vt_result(DReplace(cd, "cpu/nobody", VT_EXT "count.c", NULL, NULL) == DIO_E_NO_MONITOR,
		  "nothing-to-replace", "%s", DErrorText());
	runs = vt_runs(NAME);
	vt_result(vt_wait(shows, &(int){ 3 }) && runs > 0, "the-old-one-runs-on", "%ld runs", runs);
}

static void fails(void)
{
	DReplaced_t r = { 0 };
	DRecord_t record = { 0 };
	int64_t before = *count;

	vt_result(!replace(VT_EXT "spin.c", LONG, &r), "one-that-loops-is-taken", "%s", DErrorText());
	vt_result(vt_record(cd, NAME, REVERTED, &record) && strstr(record.message, "was aborted"),
		  "it-is-gone-back-from-and-told", "%s", record.message);
	vt_result(becomes(r.version, DVERSION_BACK) && versions[n_versions - 1].cause == BUDGET,
		  "the-nameserver-knows-why", "version %u: %s", r.version, DErrorText());
	vt_result(vt_wait(shows, &(int){ 3 }) && *count > before, "the-old-one-counts-on", "%lld after %lld",
		  (long long)*count, (long long)before);
}

/* The daemons are killed and started meanwhile: DVersions() is asked until it answers. */
static void restarted(const char *ready)
{
	DReplaced_t r = { 0 };
	FILE *f;

	DSetDeadline(2000);
	vt_result(!replace(VT_EXT "count.c", LONG, &r), "replaced-before-the-restart", "%s", DErrorText());
	f = fopen(ready, "we");
	if (f)
		fclose(f);
	vt_result(becomes(r.version, DVERSION_RUNS), "probation-outlives-the-daemons", "%s", DErrorText());
	vt_result(vt_wait(shows, &(int){ 1 }), "and-the-new-one-runs", "which %lld", (long long)*which);
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
	fails();
	restarted(argv[0]);
	vt_result(!DendApp(cd) && !DDestroySM("cpu"), "all-is-ended", "%s", DErrorText());
	vt_state_read(&s);
	vt_result(!s.kernel && !s.pins && !s.safexd && !s.nameserver, "replace-leaves-nothing", "%s",
		  vt_state_text(&s, text));
	return !vt_all_ok();
}
