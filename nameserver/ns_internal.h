/* SPDX-License-Identifier: GPL-2.0-only */
/* The nameserver's state and its operations; for the files of the core only. */
#ifndef NS_INTERNAL_H
#define NS_INTERNAL_H

#include <sys/queue.h>

#include "dio_clock.h"
#include "ns_core.h"
#include "ns_index.h"
#include "ns_reconcile.h"
#include "ns_requests.h"
#include "ns_safexd.h"
#include "ns_schema.h"

#define NS_HOSTS_MAX		DIO_X_HOSTS
#define NS_OBJECTS_PER_HOST	DIO_X_ENTRIES	/* more could not be reported */
#define NS_OBJECTS_PER_UID	256	/* at one host; not root's */
#define NS_OBJECTS_FOR_ROOT	32	/* the last places of a host: root's only */
#define NS_OBJECTS_FOR_FIRST	64	/* those before: also of users who have fewer than ... */
#define NS_OBJECTS_FIRST	8	/* ... that many: two contracts with all that belongs to one */
#define NS_APPS_PER_UID		256	/* not root's */
#define NS_CALLER_MS		28000	/* a little less than the library waits unless told otherwise */
#define NS_OPS_MAX		256	/* mutating requests under way */
#define NS_OPS_PER_UID		32
#define NS_DESCRIPTOR_BITS	24	/* lower part of a descriptor, a count */
#define NS_TRIES		8	/* of a transaction that others overtake */

struct event;
struct event_base;

/* Who waits for an operation: its caller, and those who sent it again. */
struct ns_waiter {
	struct ns_waiter *next;
	ns_answer	 *answer;
	void		 *arg;
};

/* A mutating request under way. */
struct ns_op {
	TAILQ_ENTRY(ns_op)  entry;
	struct ns	   *ns;
	struct ns_principal who;
	enum ns_verb	    verb;
	uint64_t	    request;
	int64_t		    began_ms;	/* monotonic */
	struct ns_waiter   *waiters;
	struct ns_object    object;	/* id.kind NONE: of a whole application */
	const dio_x_spec   *spec;	/* borrowed from the request, of NS_VERB_REPLACE */
	const void	   *source;	/* borrowed from the request, of object */
	size_t		    source_size;
	struct ns_app	    app;
	struct ns_known_app *known;	/* NS_VERB_INIT: counted, its row is being written */
	struct ns_safexd   *host;
	bool		    inside;	/* of host's gate */
	bool		    compiles;	/* its lane there */
	bool		    holds;	/* object.id is in this operation's hand */
	bool		    again;	/* a removal that was decided before */
	bool		    unsure;	/* whether the host has undone it */
	unsigned int	    tries;
	unsigned int	    hosts_left;	/* NS_VERB_END */
	uint64_t	    cd;		/* answer of NS_VERB_INIT and NS_VERB_REPLACE */
	struct ns_trial	   *trial;	/* of NS_VERB_CHECK */
	struct dio_status   status;
};

struct ns_audit_entry {
	struct ns_principal who;
	enum ns_verb	    verb;
	struct ns_id	    id;
	enum dio_error	    code;
	uint64_t	    time;
};

#define NS_AUDIT_LATER	NS_TXN_MAX
#define NS_AUDIT_SHARE	4	/* of one user */

TAILQ_HEAD(ns_op_list, ns_op);

struct ns {
	struct event_base   *base;
	struct ns_store	    *store;
	struct ns_policy     policy;
	struct ns_safexd    *host[NS_HOSTS_MAX];
	unsigned int	     n_hosts;
	struct ns_op_list    ops;
	unsigned int	     n_ops;
	bool		     closing;
	char		     boot[NS_BOOT_MAX];	/* of the machine */
	uint64_t	     started;	/* ns of CLOCK_BOOTTIME */
	unsigned int	     audit_number;
	struct ns_audit_entry audit[NS_AUDIT_LATER];	/* of what changed nothing */
	unsigned int	     n_audit, n_audit_lost;
	struct event	    *audit_timer;
	struct ns_sweep	    *sweep;
	struct ns_index	    *index;
	struct ns_requests  *requests;
	struct ns_watches   *watches;
	struct ns_drop	    *drop;
	uint64_t	     identity;		/* ns_app.c: upper part of new descriptors */
	uint32_t	     next_descriptor;	/* 0: there was none yet */
};

struct ns_safexd *ns_host(struct ns *ns, const char *name);
uint64_t ns_now(void);		/* ns since 1970 */
uint64_t ns_now_boot(void);	/* ns of CLOCK_BOOTTIME, which nobody sets */
uint64_t ns_request_new(void);	/* random, not 0: of the nameserver's own requests */

/* ns_op.c */

/*
 * NULL: answered already, or joined to the same request under way.  Else the
 * operation is the caller's until ns_op_finish().
 */
struct ns_op *ns_op_begin(struct ns *ns, const struct ns_principal *who, enum ns_verb verb,
			  uint64_t request, ns_answer *answer, void *arg);
/* Leaves the host, answers with op->status, writes the audit log of failures. */
void ns_op_finish(struct ns_op *op);
/* Sets the status and finishes. */
/* DIO_E_BUSY for a moment, which the library waits for. */
void ns_op_busy(struct ns_op *op, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ns_op_fail(struct ns_op *op, enum dio_error code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Of a store's failure; err is -errno. */
void ns_op_fail_store(struct ns_op *op, int err);
/* The same answer, for one that has something to undo before. */
void ns_op_tell_store(struct ns_op *op, int err);
/* An ns_store_done: after the last transaction of an operation, arg. */
void ns_op_stored(void *arg, int err, uint64_t revision);
/* What makes a repetition of op answer as op does. */
void ns_op_record(struct ns_op *op, struct ns_txn *t);
void ns_op_audit(struct ns_op *op, struct ns_txn *t);
/* Undoes ns_op_record(). */
void ns_op_unrecord(struct ns_op *op, struct ns_txn *t);
/* How long its next step at the host may take. */
int ns_op_step_ms(const struct ns_op *op);
/* Whether an operation has id in hand; arg is the struct ns. */
bool ns_held(void *arg, const struct ns_id *id);
/* Authorises for object, whose application op->app is; false: op has failed. */
bool ns_op_authorise(struct ns_op *op, enum safex_kind kind, bool has_owner, uid_t owner);
/* Reads op->app of cd and authorises; false: op has failed. */
bool ns_op_read_app(struct ns_op *op, uint64_t cd, enum safex_kind kind);
/* Reads op->object.id from key; false: op has failed. */
bool ns_op_read_key(struct ns_op *op, const dio_x_key *key);
/* Passes the gate of the host that op->object.id names; entered(op) inside. */
void ns_op_enter(struct ns_op *op, void (*entered)(struct ns_op *op));

/* ns_create.c */
/*
 * Whether op->object, of no class if cd is 0, may be created beside what there
 * is; false: op has failed. t becomes the fence that keeps it so.
 */
bool ns_op_fits(struct ns_op *op, struct ns_txn *t);
/* Takes source and its digest from the request. */
void ns_op_source(struct ns_op *op, const dio_x_spec *s);
/* The object, its source, the request and the audit, all or none; then is called with op. */
void ns_op_store(struct ns_op *op, ns_store_done *then);

/* ns_check.c: limits and form of what is asked for. */
enum dio_error ns_check_spec(const dio_x_spec *spec, struct dio_status *status);
enum dio_error ns_check_key(const dio_x_key *key, struct ns_id *id, struct dio_status *status);

/* ns_audit.c */
void ns_audit_put(struct ns *ns, struct ns_txn *t, const struct ns_audit_entry *e);
void ns_audit_later(struct ns *ns, const struct ns_audit_entry *e);
void ns_audit_flush(struct ns *ns);
int ns_audit_start(struct ns *ns);

/* ns_sweep.c: drops rows that only time makes useless. */
int ns_sweep_start(struct ns *ns);
void ns_sweep_stop(struct ns *ns);
bool ns_sweep_rests(const struct ns *ns);	/* a round has ended; tests count without it */

/* ns_drop.c: rows of applications. */
int ns_drop_start(struct ns *ns);
void ns_drop_stop(struct ns *ns);
/* Soon, if it is over, has nothing and is in nobody's hand. */
void ns_drop(struct ns *ns, struct ns_known_app *a);
void ns_drop_forget(struct ns *ns, struct ns_known_app *a);

#endif
