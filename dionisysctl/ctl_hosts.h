/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the hosts' safexds answer. */
#ifndef CTL_HOSTS_H
#define CTL_HOSTS_H

#include <stdbool.h>

/*
 * A line for each host that does not, or for each. 0, CTL_UNKNOWN if one does not,
 * CTL_FAILED after saying that they cannot be told.
 */
int ctl_hosts_print(bool all);

/* args: [SECONDS]. Until the nameserver and all of them answer. The exit code. */
int ctl_wait(char **args);

#endif
