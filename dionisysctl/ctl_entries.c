/* SPDX-License-Identifier: GPL-2.0-only */
#include "ctl_entries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define ROOM	512	/* entries at first */
#define DIGITS	16	/* of a descriptor */

static DEntry_t *entries;	/* until exit */

/* What has come since the last try is among the next. */
const DEntry_t *ctl_entries(uint64_t cd, unsigned int kind, size_t *n)
{
	size_t room = ROOM;

	for (;;) {
		free(entries);
		entries = calloc(room, sizeof(*entries));
		if (!entries) {
			fprintf(stderr, "dionisysctl: out of memory\n");
			return NULL;
		}
		if (DList(cd, kind, entries, room, n)) {
			ctl_say();
			return NULL;
		}
		if (*n <= room)
			return entries;
		room = *n + ROOM;
	}
}

/* What is looked for among the entries. */
struct wanted {
	const char *digits;	/* NULL: the process is */
	pid_t	    pid;
};

static bool is_meant(const struct wanted *w, const DEntry_t *e)
{
	char text[DIGITS + 1];

	if (!w->digits)
		return e->pid == w->pid;
	snprintf(text, sizeof(text), "%016" PRIx64, e->cd);
	return e->cd && !strncasecmp(text, w->digits, strlen(w->digits));
}

/* The one application that is meant by text, or exit. Those of one are told one after another. */
static uint64_t find(const struct wanted *w, const char *text)
{
	uint64_t cd = 0;
	size_t n, i;

	if (!ctl_entries(0, w->digits ? 0 : CTL_CLASS, &n))
		exit(CTL_FAILED);
	for (i = 0; i < n; i++) {
		if (!is_meant(w, &entries[i]) || entries[i].cd == cd)
			continue;
		if (cd) {
			fprintf(stderr, "dionisysctl: %s is %016" PRIx64 ", %016" PRIx64
					" and perhaps more: give all digits\n", text, cd, entries[i].cd);
			exit(CTL_FAILED);
		}
		cd = entries[i].cd;
	}
	if (cd)
		return cd;
	fprintf(stderr, "dionisysctl: %s is no application that you may see: \"dionisysctl list\""
			" has them\n", text);
	exit(CTL_FAILED);
}

static uint64_t hexadecimal(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	if (n && n <= DIGITS && !text[n])
		return strtoull(text, NULL, 16);
	fprintf(stderr, "dionisysctl: CD is a number of up to 16 hexadecimal digits, not \"%.40s\"\n",
		text);
	exit(CTL_USAGE);
}

uint64_t ctl_descriptor(const char *text)
{
	struct wanted w = { .digits = text };
	uint64_t cd;

	if (!strncmp(text, CTL_PID, strlen(CTL_PID))) {
		w = (struct wanted){ .pid = (pid_t)ctl_number("N", text + strlen(CTL_PID)) };
		return find(&w, text + 2);
	}
	if (!strncasecmp(text, "0x", 2))
		return hexadecimal(text + 2);
	cd = hexadecimal(text);
	return strlen(text) == DIGITS ? cd : find(&w, text);
}
