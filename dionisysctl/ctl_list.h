/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_LIST_H
#define CTL_LIST_H

/* args: [-k KIND] [CD]. Exit codes; 2 is wrong usage. */
int ctl_list(char **args);

/* How much there is of everything, and what went wrong with it. */
int ctl_status(char **args);

/* args: KIND [CD] NAME [HANDLER]. */
int ctl_destroy(char **args);

#endif
