/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start-up of a daemon: descriptors, signals, identity, readiness.
 */
#ifndef DIO_DAEMON_H
#define DIO_DAEMON_H

#include <sys/types.h>

struct event_base;

/* Opens 0-2 on /dev/null where closed, ignores SIGPIPE, umask 027, no core. */
int dio_daemon_init(void);

/* Allows n descriptors, or as many as the hard limit does. 0 or -errno. */
int dio_daemon_descriptors(unsigned int n);

/* SIGTERM and SIGINT end the loop of base, SIGHUP is logged. 0 or -errno. */
int dio_daemon_signals(struct event_base *base);

/*
 * In a child that does a part of the work: it has that name, ends with its parent
 * and by SIGTERM and SIGINT, and does not hear SIGHUP, which ends nothing.
 */
void dio_daemon_child(const char *name);

/*
 * Becomes user for good: groups, gid, uid, no_new_privs, and of the
 * capabilities only those in the NULL-terminated list of names ("cap_bpf"), as
 * permitted, effective, inheritable and ambient. Not root: only checks that
 * the identity is right already. 0 or -errno.
 */
int dio_daemon_become(const char *user, const char *const *keep_caps);

/*
 * Tells who started us, once, that requests are served: NOTIFY_SOCKET of a
 * service manager, or a byte "R" on the descriptor in DIO_READY_FD.
 */
int dio_daemon_ready(void);

/* Makes a directory (one level) with owner and mode as given, or checks it. */
int dio_daemon_directory(const char *path, mode_t mode, uid_t uid, gid_t gid);

#endif
