/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ONC RPC version 2 (RFC 5531) on libevent: record marking, bounds and
 * connections are ours, XDR and message headers are libtirpc's.  One thread,
 * one event_base; nothing here blocks but the dio_rpc_wait family.
 *
 * Addresses are written "unix:/path" or "tcp:host:port" (a literal address
 * or "localhost").
 */
#ifndef DIO_RPC_H
#define DIO_RPC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <rpc/types.h>
#include <rpc/xdr.h>

struct event_base;
struct dio_rpc_server;
struct dio_rpc_call;		/* one request being served */
struct dio_rpc_client;

#define DIO_RPC_RECORD_MAX	(512 * 1024)	/* bytes of one record, both ways */
#define DIO_RPC_FRAGMENTS_MAX	64		/* of one record */
#define DIO_RPC_RECORD_MS	10000		/* first to last byte of a record */
#define DIO_RPC_CONNECTIONS	1024		/* of one server */
#define DIO_RPC_STRANGERS	128		/* ... of which over the network */
#define DIO_RPC_FOR_ROOT	16		/* ... of which for nobody but root */
#define DIO_RPC_PER_UID		320		/* each process of a user keeps one */
#define DIO_RPC_PER_PEER	64		/* of one address */
#define DIO_RPC_IDLE_MS		1000		/* without a call: to be closed for another's sake */
#define DIO_RPC_GUESTS		128		/* more connections that are answered BUSY */
#define DIO_RPC_GUESTS_PER_PEER	32		/* ... of one address or uid */
#define DIO_RPC_DESCRIPTORS	(6 * DIO_RPC_CONNECTIONS)	/* of a process whose server has all these */
#define DIO_RPC_OUTSTANDING	16		/* calls of one connection at once */
#define DIO_RPC_PENDING_MAX	(4 * DIO_RPC_RECORD_MAX)	/* bytes of them, then reading stops */
#define DIO_RPC_OUTPUT_MAX	(1024 * 1024)	/* unsent bytes, then reading stops */

/* xdr_void with the type of an xdrproc_t: for no arguments, no result. */
bool_t dio_xdr_void(XDR *x, ...);

/* Who is at the other end, from the kernel, never from the message. */
struct dio_rpc_peer {
	bool	local;		/* AF_UNIX: uid, gid and pid are valid */
	uid_t	uid;
	gid_t	gid;
	pid_t	pid;
	int	pidfd;		/* of the peer; -1 when unknown; the connection's */
	uint64_t process;	/* which one pidfd holds (dio_process.h); 0: unknown */
	char	address[80];	/* for the log */
};

/*
 * A procedure.  args points to decoded arguments, which are the transport's
 * and live until the call is answered.  The handler answers exactly once, now
 * or later, with dio_rpc_reply, dio_rpc_reply_fd or dio_rpc_refuse.  A call
 * whose peer has gone is still to be answered; the answer goes nowhere.
 */
typedef void dio_rpc_handler(struct dio_rpc_call *call, void *args);

struct dio_rpc_proc {
	uint32_t	 number;
	const char	*name;
	xdrproc_t	 xdr_args;
	size_t		 args_size;
	xdrproc_t	 xdr_result;
	dio_rpc_handler	*handler;
	size_t		 result_size;	/* used where results begin with a status */
};

struct dio_rpc_program {
	uint32_t	 number, version;
	const struct dio_rpc_proc *procs;	/* NULLPROC is answered by the transport */
	size_t		 n_procs;
	void		*context;		/* of dio_rpc_context() */
	/*
	 * Each result begins with a dio_x_status. A call that there is no room for is
	 * answered with one of DIO_E_BUSY then; else with SYSTEM_ERR.
	 */
	bool		 status_first;
};

/*
 * Programs are borrowed for the server's life. NULL: out of memory. It takes a third
 * of the descriptors that the process may have by now, two a connection: with fewer
 * than DIO_RPC_DESCRIPTORS it has room for fewer.
 */
struct dio_rpc_server *dio_rpc_server_new(struct event_base *base,
		const struct dio_rpc_program *programs, size_t n);
/* mode: of the socket file. 0 or -errno; a stale socket file is replaced. */
int dio_rpc_server_listen(struct dio_rpc_server *s, const char *address, mode_t mode);
/* Where the last listen of s listens, with the port that 0 became. 0 or -errno. */
int dio_rpc_server_address(const struct dio_rpc_server *s, char *buf, size_t size);
/* Who may connect; others are closed at once. Without it anybody may. */
typedef bool dio_rpc_may_connect(void *arg, const struct dio_rpc_peer *peer);
void dio_rpc_server_admit(struct dio_rpc_server *s, dio_rpc_may_connect *may, void *arg);
/* Adds a connected or inherited descriptor as a connection. Owns fd. 0 or -errno. */
int dio_rpc_server_adopt(struct dio_rpc_server *s, int fd);
/* Ends all connections; unanswered calls stay valid until answered. NULL is fine. */
void dio_rpc_server_free(struct dio_rpc_server *s);

void *dio_rpc_context(const struct dio_rpc_call *call);
/* Whether nobody waits for the answer any more. */
bool dio_rpc_gone(const struct dio_rpc_call *call);
/* What its handler was given. */
void *dio_rpc_args(const struct dio_rpc_call *call);
const struct dio_rpc_peer *dio_rpc_peer(const struct dio_rpc_call *call);
/*
 * Whether the peer had this group when it connected, as its first or any other:
 * the kernel says it, nothing is looked up. false when it is gone, and over TCP.
 */
bool dio_rpc_peer_has_group(const struct dio_rpc_call *call, gid_t gid);
void dio_rpc_reply(struct dio_rpc_call *call, void *result);
/* Sends one descriptor with the reply (AF_UNIX only, else -1 is sent). Does not own fd. */
void dio_rpc_reply_fd(struct dio_rpc_call *call, void *result, int fd);
/* The RPC-level refusals: GARBAGE_ARGS, SYSTEM_ERR, PROC_UNAVAIL (enum accept_stat). */
void dio_rpc_refuse(struct dio_rpc_call *call, int accept_stat);

/*
 * Called once per call: err 0 and the decoded result (freed after return),
 * or -errno and NULL: -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -EPROTO,
 * -EPROTONOSUPPORT (program or version), -ENOSYS (procedure), -EACCES.
 */
typedef void dio_rpc_done(void *arg, int err, void *result);

/*
 * Connects on first use and again after a loss; calls in flight then fail. While the
 * server's queue of connections is full, calls wait, within their time.
 */
struct dio_rpc_client *dio_rpc_client_new(struct event_base *base, const char *address,
					  uint32_t program, uint32_t version);
/* Fails all outstanding calls with -ECANCELED. NULL is fine. */
void dio_rpc_client_free(struct dio_rpc_client *c);
/* Ends a connection with calls under way, as its loss does: they fail with -ECONNRESET. */
void dio_rpc_client_drop(struct dio_rpc_client *c);
/* args is encoded before return. 0 or -errno (then done is not called). */
int dio_rpc_client_call(struct dio_rpc_client *c, uint32_t proc,
			xdrproc_t xdr_args, void *args,
			xdrproc_t xdr_result, size_t result_size,
			int timeout_ms, dio_rpc_done *done, void *arg);

/*
 * Blocking calls for the library and tools, on a connection of their own that
 * is kept between calls. Thread: one at a time per object. result is zeroed by
 * the caller, filled on success, and then freed by the caller with
 * xdr_free(xdr_result, result). 0 or -errno as dio_rpc_done; also -EINVAL and
 * -EMSGSIZE for args outside their bounds. After a failure nothing is known of
 * what the server did; the next call makes a new connection.
 */
struct dio_rpc_wait;
struct dio_rpc_wait *dio_rpc_wait_new(const char *address, uint32_t program, uint32_t version);
void dio_rpc_wait_free(struct dio_rpc_wait *w);
int dio_rpc_wait_call(struct dio_rpc_wait *w, uint32_t proc,
		      xdrproc_t xdr_args, void *args,
		      xdrproc_t xdr_result, void *result, int timeout_ms);
/* As above; *fd is a received descriptor (close-on-exec) or -1. AF_UNIX only. */
int dio_rpc_wait_call_fd(struct dio_rpc_wait *w, uint32_t proc,
			 xdrproc_t xdr_args, void *args,
			 xdrproc_t xdr_result, void *result, int timeout_ms, int *fd);

#endif
