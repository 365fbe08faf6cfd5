/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the front sees it: what it may ask itself, on a descriptor
 * for reading, and what it must ask the loader for. The seam for tests.
 */
#ifndef SX_KERNEL_H
#define SX_KERNEL_H

#include <sys/types.h>
#include "loader/ld_proto.h"

/*
 * Called once, never from within submit(). reply NULL: the loader is gone. fd:
 * that came with the reply or -1; the callee's to close.
 */
typedef void sx_kernel_done(void *arg, const struct ld_reply *reply, int fd);

struct sx_kernel {
	void *context;
	/*
	 * Requests are handled one by one in order. uid: for whom. Descriptors in
	 * fds (as the protocol says for the operation, ended by -1) stay the
	 * caller's. 0 or -errno: -EBUSY (no room for this user's), -EPIPE (loader
	 * is gone).
	 */
	int (*submit)(void *context, uid_t uid, const struct ld_request *req,
		      const int *fds, sx_kernel_done *done, void *arg);
	/* The ioctls of the same name: 0 or -errno. */
	int (*info)(void *context, struct safex_info *info);
	int (*next)(void *context, struct safex_object *object);
	int (*stat)(void *context, struct safex_stat *stat);
};

struct event_base;
struct sx_loader;

/*
 * The real one: device is /dev/safex opened for reading, sock the front's end
 * of the loader's socket pair; both become its own. lost is called when the
 * loader has gone, after all requests have failed. NULL: out of memory.
 */
struct sx_loader *sx_loader_new(struct event_base *base, int device, int sock,
				void (*lost)(void *arg), void *arg);
/* Calls in the queue fail as when the loader is gone; lost is not called. */
void sx_loader_free(struct sx_loader *l);
void sx_loader_kernel(struct sx_loader *l, struct sx_kernel *kernel);

/* A sealed memfd with these bytes, or -errno. */
int sx_memfd(const void *data, size_t size);

#endif
