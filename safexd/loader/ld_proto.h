/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What safexd's front and safexd-loader say to each other, over a
 * SOCK_SEQPACKET pair: one request, one reply, in order. Both are structures
 * of fixed size of this build; a message of another size, version or count
 * of descriptors is malformed and ends the loader, because only a broken or
 * taken-over front sends one.
 *
 * Descriptors, beside the request (SCM_RIGHTS, in this order):
 *	MANAGER	program, guard	objects in a memfd
 *	EXT, NEXT	program
 *	CLASS	pidfd of the process, when class.pidfd is not -1
 * and beside the reply:
 *	CLASS_FD	the class's descriptor
 */
#ifndef LD_PROTO_H
#define LD_PROTO_H

#include <stdint.h>
#include <linux/safex.h>

#define LD_VERSION	2
#define LD_OBJECT_MAX	(256 * 1024)	/* bytes of one program object */
#define LD_FDS_MAX	2
#define LD_MESSAGE	4096		/* bytes with the NUL */

enum ld_op {
	LD_INFO = 1,		/* nothing in; info */
	LD_MANAGER,		/* manager; manager with both ids, both bound */
	LD_CLASS,		/* class; class with id */
	LD_EXT,			/* ext; ext with id, bound */
	LD_CHANNEL,		/* channel; channel with id */
	LD_ACTIVATE,		/* object; nothing */
	LD_DESTROY,		/* object; nothing: destroys, then unpins */
	LD_CLASS_FD,		/* object; a descriptor */
	LD_NEXT,		/* next; next: of next.ext.id, loaded, waits for ACTIVATE */
	LD_RETIRE,		/* keep; nothing: unloads a version that does not run */
	LD_PINNED,		/* object; nothing, or -ENOENT: its program is not pinned */
	LD_OPS
};

/* Where a request failed. */
enum ld_step { LD_STEP_NONE, LD_STEP_AUDIT, LD_STEP_KERNEL, LD_STEP_LOAD };

/* ext: as for SAFEX_IOC_VERSION. share: version whose variables it goes on with, 0: none. */
struct ld_next {
	struct safex_ext_create ext;
	uint32_t share;			/* out: 0 if they could not be shared */
	uint32_t pad;
};

struct ld_request {
	uint32_t version;
	uint32_t op;
	uint64_t seq;
	union {
		struct safex_manager_create manager;
		struct safex_class_create class;
		struct safex_ext_create ext;
		struct safex_channel_create channel;
		struct safex_object object;
		struct ld_next next;
		struct safex_keep keep;
	};
};

/* error: 0 or -errno; a failed request has left nothing behind. */
struct ld_reply {
	uint32_t version;
	uint32_t op;
	uint64_t seq;
	int32_t error;
	uint32_t step;
	union {
		struct safex_info info;
		struct safex_manager_create manager;
		struct safex_class_create class;
		struct safex_ext_create ext;
		struct safex_channel_create channel;
		struct ld_next next;
		struct safex_keep keep;
	};
	char message[LD_MESSAGE];
};

#endif
