/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <linux/safex.h>
#include <dionisys.h>

#include "ctl.h"
#include "dio_clock.h"
#include "ctl_entries.h"
#include "ctl_version.h"

#define VERSIONS_MAX	16
#define PROBATION_S	5	/* unless told otherwise */
#define MORE_S		30	/* for the verdict, after the probation */
#define PAUSE_MS	100
#define NS_PER_S	1000000000

enum { WAIT, TIMEOUT };

struct ctl_option ctl_replace_options[] = {
	[WAIT] = { .name = "--wait" }, [TIMEOUT] = { .name = "--timeout", .has_value = true }, { 0 },
};

/* The version with that number in *out. 0, or the exit code after saying why. */
static int find_version(uint64_t cd, const char *name, unsigned int number, DVersion_t *out)
{
	DVersion_t versions[VERSIONS_MAX];
	size_t found;

	if (DVersions(cd, name, versions, VERSIONS_MAX, &found))
		return ctl_say();
	for (size_t i = 0; i < found && i < VERSIONS_MAX; i++)
		if (versions[i].version == number) {
			*out = versions[i];
			return 0;
		}
	fprintf(stderr, "dionisysctl: %s has no version %u any more\n", name, number);
	return CTL_UNKNOWN;
}

/* The exit code tells what has become of it. */
static int await_verdict(uint64_t cd, const char *name, unsigned int number, uint64_t seconds)
{
	int64_t end = dio_now_ms() + (int64_t)seconds * 1000;
	DVersion_t v = { 0 };
	int code;

	while (!(code = find_version(cd, name, number, &v)) && v.state == DVERSION_PROBATION &&
	       dio_now_ms() < end)
		ctl_pause(PAUSE_MS);
	if (code)
		return code;
	if (v.state == DVERSION_PROBATION) {
		fprintf(stderr, "dionisysctl: %s: version %u is still on probation\n", name, number);
		return CTL_UNKNOWN;
	}
	if (v.state == DVERSION_BACK) {
		fprintf(stderr, "dionisysctl: %s: went back from version %u: %s\n", name, number,
			ctl_cause(v.cause));
		return CTL_BACK;
	}
	printf("%s: version %u has passed its probation\n", name, number);
	return 0;
}

static int seconds_of(const char *text, uint64_t otherwise, uint64_t *seconds)
{
	*seconds = text ? ctl_number("SECONDS", text) : otherwise;
	if (*seconds <= UINT32_MAX)
		return 0;
	fprintf(stderr, "dionisysctl: SECONDS is %u at most\n", UINT32_MAX);
	return CTL_USAGE;
}

static void print_replaced(const char *name, const DReplaced_t *r, uint64_t probation)
{
	printf("%s: version %u runs, on probation for %" PRIu64 " s, %s\n"
	       "at its first abort or exception, or if the main thread gets less than its target,"
	       " the one before comes back\n", name, r->version, probation,
	       r->kept ? "with the variables of the one before" : "with variables of its own");
	fflush(stdout);
}

int ctl_replace(char **args)
{
	const char *timeout = ctl_replace_options[TIMEOUT].value;
	DOptions_t options = { .size = sizeof(options) };
	uint64_t cd, probation, wait;
	DReplaced_t replaced;

	if (seconds_of(args[3], PROBATION_S, &probation) ||
	    seconds_of(timeout, probation + MORE_S, &wait))
		return CTL_USAGE;
	if (!probation)
		probation = PROBATION_S;	/* as the library takes it */
	options.probation_ns = probation * NS_PER_S;
	cd = ctl_descriptor(args[0]);
	if (DReplace(cd, args[1], args[2], &options, &replaced))
		return ctl_say();
	ctl_warn();
	print_replaced(args[1], &replaced, probation);
	return ctl_replace_options[WAIT].value ?
		       await_verdict(cd, args[1], replaced.version, wait) : 0;
}

static const char *state_text(unsigned int state)
{
	static const char *const text[] = {
		[DVERSION_RUNS] = "runs", [DVERSION_PROBATION] = "on probation",
		[DVERSION_BACK] = "rolled back", [DVERSION_REPLACED] = "replaced",
	};

	return state && state < sizeof(text) / sizeof(text[0]) ? text[state] : "?";
}

const char *ctl_cause(unsigned int cause)
{
	switch (cause) {
	case SAFEX_END_RETURN:
		return "not taken by its host";
	case SAFEX_END_BUDGET:
	case SAFEX_END_LOOP:
		return "aborted";
	case SAFEX_END_CONTRACT:
		return "contract broken";
	case SAFEX_END_UNLOADED:
		return "unloaded";
	default:
		return "exception";
	}
}

static void print_version(const DVersion_t *v)
{
	printf("%4u  ", v->version);
	for (int i = 0; i < 6; i++)
		printf("%02x", v->digest[i]);
	printf("  %-12s  %s", state_text(v->state), v->file);
	if (v->state == DVERSION_BACK)
		printf(": %s", ctl_cause(v->cause));
	if (v->kept)
		printf(", variables kept");
	putchar('\n');
}

int ctl_versions(char **args)
{
	DVersion_t versions[VERSIONS_MAX];
	size_t found;

	if (DVersions(ctl_descriptor(args[0]), args[1], versions, VERSIONS_MAX, &found))
		return ctl_say();
	for (size_t i = 0; i < found && i < VERSIONS_MAX; i++)
		print_version(&versions[i]);
	return 0;
}
