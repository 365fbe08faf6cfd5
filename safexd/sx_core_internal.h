/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the core offer each other. An object is not freed while
 * the loader, a worker or the kernel's answer is awaited for it: its states
 * COMPILING, LOADING, ACTIVATING and ENDING belong to that callback.
 */
#ifndef SX_CORE_INTERNAL_H
#define SX_CORE_INTERNAL_H

#include <stdint.h>
#include "sx_core.h"

struct sx_core {
	struct sx_core_parts parts;
	struct sx_registry registry;
};

/* sx_core.c */
int sx_wait(struct sx_entry *obj, sx_done *done, void *arg);
void sx_resolve(struct sx_entry *obj, const struct dio_status *st, const struct sx_entry *shown);
void sx_say(sx_done *done, void *arg, enum dio_error code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void sx_status_of_reply(const struct ld_reply *reply, const struct sx_entry *obj,
			struct dio_status *st);
/* Of what the loader was not asked: err is submit's. BUSY says when to come again. */
void sx_status_of_submit(int err, const char *what, struct dio_status *st);
void sx_save(const struct sx_entry *obj);

/* sx_vet.c */
/* What a new object is put on; NULL what its kind does not need. */
struct sx_parents {
	struct sx_entry *manager, *class, *monitor, *handler;
};

/*
 * Judges the request for obj, which is in the registry already: the limits
 * count it. Of a class, lays out its attributes and takes hold of its process.
 */
enum dio_error sx_vet(struct sx_entry *obj, const struct sx_spec *spec,
		      struct sx_parents *on, struct dio_status *st);

/* The same for what is only asked about and in no registry; on->manager also of an extension. */
enum dio_error sx_vet_trial(struct sx_core *c, const struct sx_spec *spec,
			    struct sx_parents *on, struct dio_status *st);

/* sx_end.c */
/* Removes obj and what needs it, each as soon as it can be. */
void sx_doom(struct sx_entry *obj, const char *why);
/* Goes on with what is doomed or was adopted; to be called when a change has ended. */
void sx_end_ready(struct sx_core *c);
/* Whether what was adopted has its program still; so many may be asked for at once. */
void sx_adopt_ask(struct sx_core *c);
/* Tells waiters and forgets an object that the kernel does not have. */
void sx_forget(struct sx_entry *obj, const struct dio_status *st);

/* sx_replace.c */
/* Whether spec asks for a later version of obj. */
bool sx_is_replacement(const struct sx_entry *obj, const struct sx_spec *spec);
/* true: obj can't be replaced now, or not by this user, and the answer is given. */
bool sx_replace_refused(struct sx_entry *obj, const struct sx_spec *spec, sx_done *done, void *arg);
/* next is a version that is to replace obj. */
void sx_replace_begin(struct sx_entry *obj, struct sx_entry *next);
/* What the loader is to be asked for, when next->f has been compiled. */
void sx_replace_request(const struct sx_entry *next, struct ld_request *req);
/* The new version runs: next becomes what it replaces, which is returned. */
struct sx_entry *sx_replace_done(struct sx_entry *next);
/* Of one that a restarted daemon found: the kernel may have gone back meanwhile. */
void sx_replace_adopt(struct sx_entry *obj, const struct safex_stat *stat);

/* sx_watch.c */
/* Ends the class with its process, of obj->pidfd. 0 or -ENOMEM. */
int sx_watch_process(struct sx_entry *obj);
/* The same of one that a restarted daemon found: opens it, as soon as it can. */
void sx_watch_adopted(struct sx_entry *obj);
/* Removes a prepared object whose commit does not come. 0 or -ENOMEM. */
int sx_watch_commit(struct sx_entry *obj);
void sx_watch_committed(struct sx_entry *obj);

#endif
