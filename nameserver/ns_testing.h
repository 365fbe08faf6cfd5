/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole system in one process: the core on an event base, a store that
 * survives it, and a safexd that keeps objects and rules as the real one does.
 * Both may die at any step: then nothing that they are asked has an effect.
 */
#ifndef NS_TESTING_H
#define NS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>

#include "ns_core.h"
#include "ns_internal.h"

#define FAKE_OBJECTS	128

struct fake_object {
	struct ns_id	id;
	bool		active;
	uid_t		uid;
	uint32_t	version, next, previous, failed, cause;
	pid_t		pid;		/* of a class */
	uint64_t	process;
	bool		own;
};

/* One host. */
#define FAKE_WARNING	"m.c:1:2: warning: odd"	/* of the source "warns" */

struct fake {
	struct world	  *world;
	bool		   down;		/* refuses connections */
	bool		   probation;		/* new versions are kept on it */
	uint64_t	   boot;
	struct fake_object object[FAKE_OBJECTS];
	unsigned int	   n;
	uint32_t	   refuse_proc;		/* this procedure ... */
	enum safex_kind	   refuse_kind;		/* ... for this kind (NONE: any) ... */
	enum dio_error	   refuse_code;		/* ... answers with this code, once */
	unsigned int	   calls[16];		/* per procedure */
	uint64_t	   secret_before;	/* records before this seq are strangers' only */
	unsigned int	   sees_kind;		/* of a check that says none */
	size_t		   checked_bytes;	/* of source, in the last check */
	uid_t		   checked_uid;
	bool		   hung;		/* takes calls, but does and answers nothing */
	uint32_t	   hang_proc;		/* this procedure is answered only by fake_release() */
	struct fake_call  *hanging;		/* the last of them */
	unsigned int	   n_links;
};

/* Its connection with one nameserver. */
struct fake_link {
	struct fake	 *fake;
	struct fake_call *calls;	/* not answered yet */
};

/* A call and the room for its answer. */
struct fake_call {
	struct fake_call *next, *hangs_before;
	struct fake_link *link;
	struct event	 *event;
	ns_link_done	 *done;
	void		 *arg;
	int		  err;
	bool		  held;		/* by hung or hang_proc: then its event is its time-out */
	bool		  ends;		/* with its connection */
	union {
		dio_x_status	     status;
		sx_hello_result	     hello;
		sx_prepare_result    prepare;
		dio_x_list_result    list;
		dio_x_records_result records;
		dio_x_check_result   check;
	} result;
	char		  message[160];
	dio_x_entry	  entry[FAKE_OBJECTS];
	struct ns_wire_id id[FAKE_OBJECTS];
	dio_x_attr	  attr[SAFEX_ATTRS_MAX];
	struct ns_attrs	  names;
	dio_x_record	  record[2];
	dio_x_use	  use;
};

struct world {
	struct event_base *base;
	struct ns_store	  *disk;		/* survives the nameserver */
	struct ns	  *ns;
	struct fake	   host;
	struct ns_policy   policy;
	struct ns_principal who;		/* caller of the helpers below */
	int		   steps;		/* until death; negative: none */
	unsigned int	   steps_taken;
	unsigned int	   lists;	/* times the store was asked for more than one row */
	int		   list_fails;	/* the next of these times, with this -errno */
	unsigned int	   rows_read, commits;	/* of the store */
	bool		   dead;
	uint64_t	   next_request;
	bool		   asynchronous;	/* the store answers later */
	bool		   stands;	/* it answers when world_disk_goes_on() is called */
	struct mortal_answer *standing;	/* these answers, oldest first */
};

int world_set_up(void **state);
int world_tear_down(void **state);

/* A nameserver on the world's store and host; waits until the host is driven. */
void world_start(struct world *w);
/* Takes a step; false: it must have no effect. */
bool world_alive(struct world *w);
/* Without waiting. */
void world_begin(struct world *w);
/* Its death: what is under way fails, and has no effect. */
void world_crash(struct world *w);
/* Runs the loop until it is so, or fails the test after a long time. */
void world_until(struct world *w, bool (*done)(void *arg), void *arg);
void world_wait(struct world *w, bool *flag);	/* the same, until *flag */
void world_turn(struct world *w);		/* runs the loop for a moment */
void world_disk_goes_on(struct world *w);	/* after w->stands */

/* Carries out a call, into c->result. */
void fake_serve(struct fake *f, struct fake_call *c, uint32_t proc, void *args);
/* The host's death: loses what was prepared; all: everything. */
void fake_restart(struct fake *f, bool all);
void fake_release(struct fake *f);
int fake_at(struct fake *f, const struct ns_id *id);	/* index in object, or -1 */
extern const struct ns_link_ops fake_ops;
struct fake_object *fake_find(struct fake *f, enum safex_kind kind, const char *name);

/* Answer of a request. */
struct said {
	bool		  done;
	unsigned int	  times;
	struct dio_status status;
	uint64_t	  cd;
	struct ns_attrs	  layout;
};

void said_answer(void *arg, const struct dio_status *st, uint64_t cd, struct ns_attrs *layout);

/* Arguments of a create, in one piece. */
struct wish {
	ns_create_args	 args;
	dio_x_attr	 attr[4];
};

/* With usual values for the kind. second: of a channel. */
void wish_make(struct wish *x, struct world *w, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second);
void wish_send(struct world *w, struct wish *x, struct said *said);
void wish_replace(struct world *w, struct wish *x, struct said *said);

/* Send, wait, and return the code. said may be NULL. */
int do_init(struct world *w, uint64_t request, uint64_t *cd);
int do_wish(struct world *w, struct wish *x, struct said *said);
int do_replace(struct world *w, struct wish *x, struct said *said);
int do_create(struct world *w, enum safex_kind kind, uint64_t cd, const char *name,
	      const char *second);
int do_destroy(struct world *w, uint64_t request, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second);
int do_end(struct world *w, uint64_t request, uint64_t cd);

/* manager cpu, class, monitor cpu/usage, handler cpu/pid, channel; of one application. */
uint64_t do_everything(struct world *w);

/* Rows in the store with the prefix. */
size_t rows(struct world *w, const char *prefix);
void wait_rows(struct world *w, const char *prefix, size_t n);
/* Until killed. */
pid_t start_process(void);
void end_process(pid_t pid);
/*
 * n applications of that user, each with a class at the host, as rows in the
 * store; the first is number `first` of them. Their descriptors begin at SEEDED_CD.
 */
#define SEEDED_CD 0x100000001ull
void seed_rows(struct ns_store *s, uid_t uid, const char *host, unsigned int first, unsigned int n);
enum ns_state state_of(struct world *w, enum safex_kind kind, uint64_t cd, const char *name,
		       const char *second);
/* Every row is COMMITTED and at the host, active; and the host has nothing else. */
void assert_consistent(struct world *w);

#endif
