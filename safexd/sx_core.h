/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What safexd decides: whether a request may be served, in which order the
 * kernel's objects come and go, and what a restarted daemon takes over.
 * Knows nothing of RPC. One thread; callbacks come from the loop or before
 * the call returns, once each.
 */
#ifndef SX_CORE_H
#define SX_CORE_H

#include "sx_kernel.h"
#include "sx_fence.h"
#include "sx_registry.h"
#include "sx_worker.h"

struct event_base;
struct sx_cache;
struct sx_core;
struct sx_members;

/* Everything is borrowed for the core's life. */
struct sx_core_parts {
	struct event_base *base;
	struct sx_kernel kernel;
	struct sx_workers *workers;
	struct sx_cache *cache;
	const struct sx_tools *tools;
	const char *state_dir;		/* "" : nothing is saved */
	const char *managers;		/* who may make them: see sx_judge_manager() */
	const char *contracts;		/* and have contracts */
	struct sx_members *members;	/* of groups that these name */
	struct sx_fence fence;	/* that contracts do not lead out of */
	unsigned int prepare_ms;	/* from prepared to removed without a commit */
	/* Of a stage that failed, for those who ask for records later. May be NULL. */
	void (*failed)(void *arg, const struct sx_key *key, uid_t uid, enum sx_stage stage,
		       const struct dio_status *st);
	void *failed_arg;
};

/* NULL: out of memory. */
struct sx_core *sx_core_new(const struct sx_core_parts *parts);
/* After the loader and the workers are gone; waiters are told DIO_E_GONE. */
void sx_core_free(struct sx_core *c);

/*
 * Takes over what the kernel has, removes what nobody knows how to go on
 * with. Before the first request. 0 or -errno.
 */
int sx_core_adopt(struct sx_core *c);

/*
 * Before a prepare or a trial of this kind for uid: what the host's policy asks
 * of the user database is known, or cannot be, when done is called; perhaps
 * before return.
 */
typedef void sx_core_learned(void *arg);
void sx_core_learn(struct sx_core *c, uid_t uid, uint32_t kind, sx_core_learned *done, void *arg);

/*
 * A second prepare with the same request and key gets the first one's answer.
 * Done with DIO_E_OK and the object, or: NO_MANAGER NO_CLASS NO_MONITOR
 * NO_HANDLER EXISTS DENIED GONE RANGE CONTRACT ADMISSION BUSY IN_USE TOO_BIG,
 * what the pipeline says, AUDIT, LOAD, INTERNAL (loader is gone).
 */
void sx_core_prepare(struct sx_core *c, const struct sx_spec *spec, sx_done *done, void *arg);

/* Makes a prepared object run; of one that runs already, nothing. */
void sx_core_commit(struct sx_core *c, const struct sx_key *key, uid_t uid,
		    sx_done *done, void *arg);

/* Removes what this request of this user prepared; of anything else, nothing. */
void sx_core_abort(struct sx_core *c, const struct sx_key *key, uint64_t request, uid_t uid,
		   sx_done *done, void *arg);

/* NO_* when there is none, IN_USE while others need it, DENIED. */
void sx_core_destroy(struct sx_core *c, const struct sx_key *key, uid_t uid,
		     sx_done *done, void *arg);

/* fd: the class's descriptor or -1; the callee's to close. class: its attributes, or NULL. */
typedef void sx_opened(void *arg, const struct dio_status *st, const struct sx_entry *class,
		       int fd);
void sx_core_open(struct sx_core *c, uint64_t cd, const char *manager, uid_t uid,
		  sx_opened *done, void *arg);

/* Each object that the kernel has, with its figures. What it has no more is removed. */
typedef void sx_each(void *arg, const struct sx_entry *obj, const struct safex_stat *stat);
void sx_core_report(struct sx_core *c, sx_each *each, void *arg);

/*
 * What a prepare would come to, short of the load. stage: as of a record;
 * attrs: those that the masks are of.
 */
struct sx_trial_result {
	struct dio_status status;	/* DIO_E_OK: it would be taken */
	enum sx_stage stage;
	uint32_t kind;
	char compiler[256], release[64];
	struct safex_info info;
	uint64_t asked_ppm;		/* of a manager, for each class */
	unsigned int n_attrs;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	uint64_t read_mask, write_mask;
};
typedef void sx_tried(void *arg, const struct sx_trial_result *result);

/*
 * Changes nothing but the cache of compiled programs. refused: that spec is
 * no request at all, or DIO_E_OK; then only the host's facts are added.
 * spec->key.cd may be 0: then it is compiled against the manager's attributes.
 */
void sx_core_try(struct sx_core *c, const struct sx_spec *spec, const struct dio_status *refused,
		 sx_tried *done, void *arg);

/* kind: that which a source defines, not checked any further; 0: st says why none. */
typedef void sx_seen(void *arg, const struct dio_status *st, uint32_t kind);
void sx_core_see(struct sx_core *c, uid_t uid, const char *file, const void *source, size_t length,
		 sx_seen *done, void *arg);
/* Period of a manager that runs, or 0. */
uint64_t sx_core_tick(struct sx_core *c, const char *manager);

/* For tests and the log: number of objects of any state. */
unsigned int sx_core_count(const struct sx_core *c);

#endif
