/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host has or is about to have: one entry per object, by key. The
 * part that a restarted safexd must know and the kernel does not is saved in
 * a file per object (sx_state.h).
 */
#ifndef SX_REGISTRY_H
#define SX_REGISTRY_H

#include <stdbool.h>
#include <sys/queue.h>
#include "sx_pipeline.h"
#include "sx_request.h"

#define SX_OBJECTS_MAX	512	/* as many as one report can carry */
#define SX_PER_UID	128	/* of one originator who is not root */
#define SX_FOR_ROOT	32	/* the last places: root's only */
#define SX_FOR_FIRST	64	/* those before: also of users who have fewer than SX_FIRST */
#define SX_FIRST	8	/* two contracts with all that belongs to one */

enum sx_state {
	SX_COMPILING,		/* a worker has it */
	SX_LOADING,		/* the loader has it */
	SX_PREPARED,		/* in the kernel, does not run */
	SX_ACTIVATING,
	SX_ACTIVE,
	SX_ENDING,		/* the loader removes it */
};

/* What is to be known again when a new version goes back to this one. */
struct sx_version {
	uint32_t number;
	uint32_t pad;
	uint64_t request;		/* that prepared it */
	uint64_t period, budget;	/* ns */
	uint8_t layout[SX_DIGEST];	/* of its variables, see sx_variables.h */
};

/* Fixed-size: the content of a state file too. */
struct sx_facts {
	struct sx_key key;
	uint32_t id;			/* the kernel's; 0 while it has none */
	uint32_t state;			/* enum sx_state */
	uint32_t uid;
	int32_t pid;			/* class: 0 for none */
	uint64_t process;		/* which one has pid, see dio_process.h */
	uint64_t request;		/* that prepared it */
	uint64_t period, budget;	/* ns */
	uint32_t n_attrs;
	uint32_t version;		/* monitor, handler: that runs; 0 else */
	uint8_t layout[SX_DIGEST];	/* of its variables */
	uint64_t probation;		/* ns, of a new version */
	struct sx_version before;	/* number 0: none, version is not on probation */
	struct safex_attr attrs[SAFEX_ATTRS_MAX];	/* manager: declared; class: all */
};

struct event;
struct sx_core;

/* obj: NULL when there is none (any more). st->code is DIO_E_OK or why not. */
struct sx_entry;
typedef void sx_done(void *arg, const struct dio_status *st, const struct sx_entry *obj);

struct sx_waiter {
	STAILQ_ENTRY(sx_waiter) link;
	sx_done *done;
	void *arg;
};

struct sx_entry {
	TAILQ_ENTRY(sx_entry) link;
	struct sx_facts f;
	struct sx_core *core;
	char (*initial)[SX_EXPRESSION];	/* manager: f.n_attrs of them, or NULL */
	unsigned int writes;		/* extension: attributes it writes, each with a guard's time */
	struct sx_entry *next;		/* version that is to replace it, or NULL */
	struct sx_entry *replaces;	/* of such a version: not found by key or id */
	bool kept;			/* such a version: it has the old one's variables */
	bool doomed;			/* to be removed as soon as it can be */
	enum sx_state before;		/* SX_ENDING, in case that it can't be */
	bool adopted;			/* was there before this daemon, and is known */
	bool stands;			/* adopted, its program did not run then, and is to be asked for */
	int pidfd;			/* class: -1 for none */
	struct event *gone;		/* on pidfd */
	uint64_t probation_ends;	/* ms */
	bool retiring;			/* the version before: the loader has been asked */
	struct event *timer;		/* of a prepared one */
	STAILQ_HEAD(, sx_waiter) waiters;	/* for the change under way */
};

TAILQ_HEAD(sx_entries, sx_entry);

struct sx_registry {
	struct sx_entries objects;	/* oldest first: parents before children */
	unsigned int n;
};

void sx_registry_init(struct sx_registry *r);

/* NULL: out of memory. Not found by others before f.key is set. */
struct sx_entry *sx_registry_add(struct sx_registry *r, const struct sx_key *key);
/* Frees it, its events and its pidfd; waiters must be gone. */
void sx_registry_remove(struct sx_registry *r, struct sx_entry *obj);

struct sx_entry *sx_registry_find(struct sx_registry *r, const struct sx_key *key);
struct sx_entry *sx_registry_by_id(struct sx_registry *r, uint32_t id);
/* The class that an extension belongs to, the manager that a class does. */
struct sx_entry *sx_registry_class(struct sx_registry *r, uint64_t cd, const char *name);
struct sx_entry *sx_registry_manager(struct sx_registry *r, const char *name);
/* First that needs obj and follows after (NULL: from the start). */
struct sx_entry *sx_registry_dependent(struct sx_registry *r, const struct sx_entry *obj,
					const struct sx_entry *after);
unsigned int sx_registry_of_uid(const struct sx_registry *r, uid_t uid);

#endif
