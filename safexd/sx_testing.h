/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the core: a kernel and loader in memory, compilers that do
 * what the source says, and a core on top of both.
 */
#ifndef SX_TESTING_H
#define SX_TESTING_H

#include <stdbool.h>
#include "sx_cache.h"
#include "sx_core.h"

#define FAKE_OBJECTS	600
#define FAKE_CALLS	64

struct fake_object {
	uint32_t id, kind, manager;
	uint64_t cd;
	char name[SAFEX_NAME_MAX];
	bool active;
	bool unpinned;			/* its program was taken away */
	uint32_t version, next, previous, failed;	/* as struct safex_stat */
	uint32_t kept;			/* loaded: previous, or failed */
	uint32_t share;			/* of the last LD_NEXT */
};

struct fake_call {
	uid_t uid;
	struct ld_request req;
	sx_kernel_done *done;
	void *arg;
};

struct fake_kernel {
	struct event_base *base;
	struct event *answer;
	struct fake_object objects[FAKE_OBJECTS];
	unsigned int n;
	uint32_t last_id;
	struct fake_call calls[FAKE_CALLS];
	unsigned int n_calls;
	bool hold;			/* answers wait for fake_release() */
	bool gone;			/* the loader */
	int full;			/* submit fails with -EBUSY */
	unsigned int most;		/* so it does with as many calls; 0: FAKE_CALLS */
	uint32_t fail_op;		/* the next of these fails ... */
	int fail_error;
	uint32_t fail_step;
	const char *fail_message;
	struct safex_info info;
	uint32_t destroyed[64];		/* kinds, in order */
	unsigned int n_destroyed;
};

/* What a core was last told of a request. */
struct answer {
	bool come;
	enum dio_error code;
	char message[256];
	bool has_object;
	struct sx_facts facts;
	int fd;
};

struct fixture {
	struct event_base *base;
	struct fake_kernel kernel;
	struct sx_workers *workers;
	struct sx_cache *cache;
	struct sx_core *core;
	struct sx_worker_limits limits;	/* these take effect at a restart */
	const char *contracts;		/* who may have some; NULL: any */
	struct sx_fence fence;
	unsigned int prepare_ms;
	char dir[64];			/* state files */
	unsigned int refused;		/* records of refused requests */
	enum sx_stage refused_stage;
};

/* A core with nothing in it. cmocka's setup and teardown. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* As a daemon that ends and comes again: the fake kernel keeps what it has. */
void fixture_restart(struct fixture *f);

void fake_kernel_init(struct fake_kernel *k, struct event_base *base);
void fake_kernel_ops(struct fake_kernel *k, struct sx_kernel *ops);

/* The kernel itself refuses the next of these, with error. */
void fake_refuse(struct fake_kernel *k, uint32_t op, int error);
/* Answers what fake_kernel.hold has held back. */
void fake_release(struct fake_kernel *k);
/* The loader ends: everything under way fails. */
void fake_lose(struct fake_kernel *k);
/* The version that runs fails on probation. */
void fake_go_back(struct fake_kernel *k, const char *name);
struct fake_object *fake_find(struct fake_kernel *k, const char *name);
bool fake_has(const struct fake_kernel *k, uint32_t kind, uint64_t cd, const char *name);

/*
 * A program's source is a word: "ok", "other" (has other variables), "bad" (does not compile), "hang",
 * "uses" (gets the first attribute, sets the next two),
 * "crash", "flood" (writes without end), "slow" (100 ms).
 */
struct sx_spec spec_manager(const char *name, const char *source);
struct sx_spec spec_class(uint64_t cd, const char *manager);
struct sx_spec spec_ext(uint32_t kind, uint64_t cd, const char *name, const char *source);
struct sx_spec spec_channel(uint64_t cd, const char *monitor, const char *handler);

void answer_object(void *arg, const struct dio_status *st, const struct sx_entry *obj);
void answer_open(void *arg, const struct dio_status *st, const struct sx_entry *class, int fd);
/* Runs the loop until it has come; fails the test after 10 s. */
void await(struct fixture *f, struct answer *a);
/* Until the condition holds. */
void await_true(struct fixture *f, bool (*holds)(struct fixture *f));

/* Whole steps; the answer of the prepare. */
struct answer prepare(struct fixture *f, const struct sx_spec *spec);
struct answer commit(struct fixture *f, const struct sx_spec *spec);
struct answer destroy(struct fixture *f, const struct sx_spec *spec);
struct answer abort_it(struct fixture *f, const struct sx_spec *spec);
/* prepare and commit; fails the test unless both are fine. */
void deploy(struct fixture *f, struct sx_spec spec);
/* manager cpu, class 0x11 of this process, monitor cpu/m, handler cpu/h, channel. */
void deploy_all(struct fixture *f);

#endif
