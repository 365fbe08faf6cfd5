/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is in a group. The user database may be a server far away that does not
 * answer now, so a process of its own asks it, and is killed when that takes too
 * long: the daemon's loop never waits for it. What it said is kept for a minute.
 */
#ifndef SX_MEMBERS_H
#define SX_MEMBERS_H

#include <sys/types.h>

#define SX_GROUP_SIZE	64	/* of a group's name, with the NUL */

struct event_base;
struct sx_members;

/* 1: uid is in the group, 0: it is not; -errno: it cannot be told now. Blocks. */
typedef int sx_members_look(uid_t uid, const char *group);
sx_members_look sx_members_look_up;

/* look: sx_members_look_up(), or a test's; wait_ms: for one answer. NULL: out of memory. */
struct sx_members *sx_members_new(struct event_base *base, sx_members_look *look,
				  unsigned int wait_ms);
/* Kills what runs; who waits is called. */
void sx_members_free(struct sx_members *m);

/* done is called once, perhaps before return: when it is known, or cannot be. */
typedef void sx_members_done(void *arg);
void sx_members_ask(struct sx_members *m, uid_t uid, const char *group, sx_members_done *done,
		    void *arg);

/* 1: uid is in the group, 0: it is not, -ETIMEDOUT: there was no answer, or nobody has asked. */
int sx_members_has(const struct sx_members *m, uid_t uid, const char *group);

#endif
