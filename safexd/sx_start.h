/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What safexd does while it is root, and what it keeps of that.
 */
#ifndef SX_START_H
#define SX_START_H

#include <stdbool.h>

struct sx_options {
	const char *host;		/* name of this host, NULL: the system's */
	const char *run;		/* directory of the sockets */
	const char *cache;		/* directory of compiled programs */
	const char *loader;		/* program */
	const char *user, *loader_user, *nameserver_user;
	const char *managers;		/* who may make service managers */
	const char *contracts;		/* who may have contracts */
	bool beyond;			/* contracts may go beyond the operator's limits, see sx_fence.h */
	bool hrtick;
};

struct sx_privileged {
	int device;			/* /dev/safex for reading, non-blocking */
	int loader;			/* socket to the loader */
};

/* Its end of the socket to it in *sock. 0 or -errno. */
int sx_start_loader(const struct sx_options *options, int *sock);

/*
 * Directories, device, loader; then becomes options->user without any
 * capability, for good. 0, or -errno after saying why.
 */
int sx_start(const struct sx_options *options, struct sx_privileged *out);

#endif
