/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about versions of monitors and handlers. Return the exit status. */
#ifndef CTL_VERSION_H
#define CTL_VERSION_H

#include "ctl.h"

extern struct ctl_option ctl_replace_options[];
int ctl_replace(char **args);	/* CD NAME FILE [PROBATION] */
int ctl_versions(char **args);	/* CD NAME */

/* Why a version was gone back from: of enum safex_end, in words. */
const char *ctl_cause(unsigned int cause);

#endif
