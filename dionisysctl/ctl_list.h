/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include "ctl.h"

/* args: [CD]. Exit codes, as of ctl.h. */
extern struct ctl_option ctl_list_options[];
int ctl_list(char **args);

/* How much there is of everything, and what went wrong with it. */
int ctl_status(char **args);

/* args: KIND [CD] NAME [HANDLER]. */
int ctl_destroy(char **args);

#endif
