/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of dionisysctl share. */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes, beside 0. */
enum {
	CTL_FAILED	= 1,
	CTL_USAGE	= 2,
	CTL_UNKNOWN	= 3,	/* a host does not answer, or the time was over: not known */
	CTL_BACK	= 4,	/* the new version was gone back from */
};

/* Of a command; a table ends with a name of NULL. */
struct ctl_option {
	const char *name;	/* "--wait" */
	bool has_value;
	const char *value;	/* as it was given, "" if it has none; NULL: it was not given */
};

/* Prints the library's error; returns the exit code for it. */
int ctl_say(void);
/* The same of the compiler's warnings of a source that was taken, if there are any. */
void ctl_warn(void);

/* A whole number in any of C's notations, or exit. */
uint64_t ctl_number(const char *what, const char *text);

/* As in listings: 1 manager, 3 class, ...; 0: none has this name. */
unsigned int ctl_kind(const char *name);
const char *ctl_kind_name(unsigned int kind);

/* A wait of so long. */
void ctl_pause(unsigned int ms);

#endif
