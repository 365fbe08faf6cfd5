/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#define CTL_CHECK_MOST	14	/* arguments: six options with their values, KIND, FILE */

/* args: [OPTION VALUE]... [KIND] FILE. 0: it would be taken; 2: wrong usage. */
int ctl_check(char **args);

#endif
