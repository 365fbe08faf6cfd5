/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_RECORDS_H
#define CTL_RECORDS_H

#include "ctl.h"

/* args: [CD]. Why extensions ended, each with its date. The exit code. */
extern struct ctl_option ctl_records_options[];
int ctl_records(char **args);

#endif
