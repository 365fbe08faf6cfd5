/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <linux/safex.h>
#include <dionisys.h>

#include "ctl.h"
#include "ctl_entries.h"
#include "ctl_version.h"

#define VERSIONS_MAX	16

int ctl_replace(char **args)
{
	DOptions_t options = { .size = sizeof(options) };
	DReplaced_t replaced;

	if (args[3])
		options.probation_ns = ctl_number("SECONDS", args[3]) * 1000000000;
	if (DReplace(ctl_descriptor(args[0]), args[1], args[2], &options, &replaced))
		return ctl_say();
	printf("%s: version %u runs, %s\n", args[1], replaced.version,
	       replaced.kept ? "with the variables of the one before" :
			       "with variables of its own");
	return 0;
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
