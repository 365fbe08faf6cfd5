/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes, told apart by the kernel's word: a pidfd holds one, a number
 * names it only as long as it lives and only in one pid namespace.
 */
#ifndef DIO_PROCESS_H
#define DIO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A pidfd; -ESRCH: no such process; -EINVAL: pid is a thread's, or of a process reaped; -errno. */
int dio_process_open(pid_t pid);
bool dio_process_ended(int pidfd);

/*
 * Which process a pidfd holds: a number that no other has until the next boot
 * and that is the same wherever one looks from; 0 when it cannot be told. pid
 * is its number here. /proc is read only by kernels without pidfs (Linux 6.9).
 */
uint64_t dio_process_id(int pidfd, pid_t pid);
/* Whether it is the one that id is of; an id of 0 tells nothing and is of any. */
bool dio_process_is(int pidfd, pid_t pid, uint64_t id);

/*
 * Opens pid if it is (still) the process of id; else as above, -ESRCH if it is
 * another; -EIO: it lives, but which one it is cannot be told now.
 */
int dio_process_open_id(pid_t pid, uint64_t id);

/*
 * Whether a process id that this process tells means the same here: it is in
 * our own pid namespace. A container's is not. false when it cannot be told.
 */
bool dio_process_shares_ids(int pidfd);

#endif
