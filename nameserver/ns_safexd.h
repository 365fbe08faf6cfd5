/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One host's safexd, as a client sees it.
 *
 *	DOWN --hello--> DRIVING --reconciled--> READY
 *	  ^----------------+----------------------+   (connection lost, restart)
 *
 * A heartbeat asks it in every state. Where that fails, calls under way fail at
 * once and others are not begun, until it answers again: then it is driven anew,
 * which puts right what those calls may have done.
 *
 * Operations pass a gate that is open only in READY, so that nothing is made
 * at a host that has not yet been driven to the state the store wants. It has
 * two lanes, for what is compiled there and for the rest, each with a few
 * inside at once, of whom few are one user's. Who would have to wait too long,
 * or has, is told when to come again, well before its caller's deadline.
 */
#ifndef NS_SAFEXD_H
#define NS_SAFEXD_H

#include <stdbool.h>
#include <stdint.h>

#include "dio_error.h"
#include "ns_object.h"
#include "safexd_rpc.h"

#define NS_SAFEXD_LANE		4	/* operations inside, in each lane; all below DIO_RPC_OUTSTANDING */
#define NS_SAFEXD_INSIDE_UID	2	/* of one user: a compile takes long, others go first */
#define NS_PREPARE_MS		90000	/* compiles, perhaps in a slow virtual machine */
#define NS_STEP_MS		20000	/* commit, abort, destroy, prepare of what is not compiled */
#define NS_ASK_MS		5000	/* hello, report, records */
#define NS_HEARTBEAT_MS		5000
#define NS_REPORT_KEEP_MS	100	/* age at which counters are asked for again */

struct ns;
struct ns_safexd;

/* err: 0 and the result of the procedure, or -errno and NULL. */
typedef void ns_link_done(void *arg, int err, void *result);

/* The way to a safexd: RPC (ns_link.c), or a test's own. */
struct ns_link_ops {
	/* args: encoded before return. 0, or -errno and done is not called. */
	int (*call)(void *link, uint32_t proc, void *args, int timeout_ms,
		    ns_link_done *done, void *arg);
	/* Fails all calls under way with -ECONNRESET; the next ones connect anew. */
	void (*drop)(void *link);
	/* Fails all calls under way with -ECANCELED. */
	void (*close)(void *link);
};

/* What a host reports of one object. */
struct ns_live {
	struct ns_id	id;	/* its host part means nothing */
	bool		active;
	uint32_t	kernel_id;
	uint64_t	period, budget;
	dio_x_stat	stat;
	uint32_t	version, next, previous, failed, cause;	/* as struct safex_stat */
};

struct ns_safexd *ns_safexd_new(struct ns *ns, const char *name, const char *address,
				const struct ns_link_ops *ops, void *link);
void ns_safexd_start(struct ns_safexd *h);
/* Ends its calls, then everybody's waits; the object stays until ns_safexd_free(). */
void ns_safexd_close(struct ns_safexd *h);
void ns_safexd_free(struct ns_safexd *h);

const char *ns_safexd_name(const struct ns_safexd *h);
const char *ns_safexd_local(const struct ns_safexd *h);	/* "" when not known */
bool ns_safexd_ready(const struct ns_safexd *h);
/* Ready, or under way to it by a pass over everything. */
bool ns_safexd_up(const struct ns_safexd *h);
/* As clients are told it. *why is h's or static, "" when it is ready. */
enum ns_host_is { NS_HOST_READY = 1, NS_HOST_SILENT, NS_HOST_DRIVEN };
enum ns_host_is ns_safexd_is(const struct ns_safexd *h, const char **why);
/* Another whenever its daemon or kernel was started again; 0: it has never answered. */
uint64_t ns_safexd_boot(const struct ns_safexd *h);
struct ns *ns_safexd_ns(const struct ns_safexd *h);
/* Whether a pass that drives the host is still to act on id. */
bool ns_safexd_holds(const struct ns_safexd *h, const struct ns_id *id);

/* entered: with NULL once inside, then leave; or with why not, then not. */
typedef void ns_entered(void *arg, const struct dio_status *why);
void ns_safexd_enter(struct ns_safexd *h, uid_t uid, bool compiles, ns_entered *entered, void *arg);
void ns_safexd_leave(struct ns_safexd *h, bool compiles);

/*
 * The procedures.  status is safexd's, unchanged, or the transport's failure
 * with the address in it.  attrs: of a prepare that succeeded, else NULL.
 */
typedef void ns_safexd_done(void *arg, const struct dio_status *status, struct ns_attrs *attrs);
/* source: of object, NULL where it has none; encoded before return. */
void ns_safexd_prepare(struct ns_safexd *h, uint64_t request, const struct ns_object *object,
		       const void *source, size_t size, ns_safexd_done *done, void *arg);
/* proc: SX_COMMIT, SX_ABORT or SX_DESTROY. timeout_ms: NS_STEP_MS, or what is left of it. */
void ns_safexd_step(struct ns_safexd *h, uint32_t proc, uint64_t request, uid_t uid,
		    const struct ns_id *id, int timeout_ms, ns_safexd_done *done, void *arg);
/*
 * Undoes a prepare. why: what ended it or its commit; a host that has not
 * answered that is not waited for, and done is told why.
 */
void ns_safexd_abort(struct ns_safexd *h, uint64_t request, uid_t uid, const struct ns_id *id,
		     const struct dio_status *why, ns_safexd_done *done, void *arg);

/* live: the host's, in the order of ids, until done returns; NULL with why when it could not be asked. */
typedef void ns_safexd_reported(void *arg, const struct dio_status *status,
				const struct ns_live *live, size_t n);
/* NULL: it has none that is id there. */
const struct ns_live *ns_live_find(const struct ns_live *live, size_t n, const struct ns_id *id);
void ns_safexd_report(struct ns_safexd *h, int keep_ms, ns_safexd_reported *done, void *arg);

typedef void ns_safexd_records_done(void *arg, const struct dio_status *status,
				    dio_x_records_result *result);
void ns_safexd_records(struct ns_safexd *h, uint64_t cd, uint64_t first,
		       ns_safexd_records_done *done, void *arg);

/*
 * Of what is only asked about. result: what the host says, also of a refusal;
 * NULL when it could not be asked.
 */
typedef void ns_safexd_checked(void *arg, const struct dio_status *status,
			       dio_x_check_result *result);
void ns_safexd_check(struct ns_safexd *h, uid_t uid, const dio_x_check *asked,
		     ns_safexd_checked *done, void *arg);

/*
 * Drives the host once more to the state of the store, gate open; done (may
 * be NULL) when a pass that began after this call has ended. cd: takes away what
 * this application does not want any more, and looks at nothing else; 0: all of it.
 */
typedef void ns_tidied(void *arg, const struct dio_status *status);
void ns_safexd_tidy(struct ns_safexd *h, uint64_t cd, ns_tidied *done, void *arg);

/* The host has not answered: what it has done is not known. */
bool ns_safexd_unanswered(enum dio_error code);
/* NO_* and GONE: what was to be removed is not there. */
bool ns_safexd_absent(enum dio_error code);

#endif
