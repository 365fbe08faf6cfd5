/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes of this machine that applications and contracts belong to; see ns_watch.h. */
#ifndef NS_PROCESS_H
#define NS_PROCESS_H

#include <stdbool.h>

#include "ns_object.h"

/* The machine's boot id; "" when it cannot be read. */
void ns_process_boot(char boot[NS_BOOT_MAX]);

/*
 * Which process has pid now; it must be that of id (dio_process.h), 0: any. 0,
 * -ESRCH, -EINVAL: pid is not that of a process but of one of its threads; -errno.
 */
int ns_process_of(pid_t pid, uint64_t id, struct ns_process *out);

/* A caller, who runs; id: which the kernel said that it is, or 0, and then as above. */
int ns_process_caller(pid_t pid, uint64_t id, struct ns_process *out);

bool ns_process_same(const struct ns_process *a, const struct ns_process *b);

/* A pidfd of p, which holds it. -ESRCH: it has ended; -errno: it can't be held now. */
int ns_process_open(const struct ns_process *p);

/* Whether that process, and not a later one with its pid, still runs. */
bool ns_process_alive(const struct ns_process *p);

/* Of the program that it runs now, printable; "" if it has ended or cannot be seen. */
void ns_process_name(const struct ns_process *p, char name[DIO_NAME_MAX]);

#endif
