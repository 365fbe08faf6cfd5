/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test harness: a TAP line per check, and short names for the calls of
 * /dev/safex.  All calls return 0 (or an id or descriptor) or -errno.
 */
#ifndef _ST_H
#define _ST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/safex.h>

#define ST_MS	1000000ll
#define ST_US	1000ll
#define ST_S	1000000000ll

extern int st_dev;		/* /dev/safex, read and write */

/* One TAP line; the text after the name is for people.  Returns ok. */
__attribute__((format(printf, 2, 3)))
bool st_ok(bool ok, const char *name, ...);
bool st_is(long long got, long long want, const char *name);
__attribute__((format(printf, 1, 2)))
void st_note(const char *fmt, ...);
int st_done(void);
/* Is one of these, which are parted by "|", in the text? */
bool st_says(const char *text, const char *these);

int64_t st_ns(void);		/* ns, CLOCK_MONOTONIC */
/* Waits until cond(arg) is true, 5 s at most. */
bool st_wait(bool (*cond)(void *arg), void *arg);

struct safex_manager_create *st_manager_args(const char *name);
struct safex_class_create *st_class_args(uint32_t manager,
					 const struct safex_manager_create *m);
void st_attr(struct safex_attr *attrs, uint32_t slot, const char *name,
	     int64_t value, uint32_t rights, uint32_t role);
int st_manager(struct safex_manager_create *m);
int st_class(struct safex_class_create *c);
int st_ext(struct safex_ext_create *e);
int st_monitor(uint32_t class_id, uint64_t budget, uint64_t reads,
	       uint64_t writes);
int st_handler(uint32_t class_id, uint64_t budget, uint64_t reads,
	       uint64_t writes);
int st_keep(uint32_t id, uint32_t version);
int st_version(const struct safex_ext_create *e);
int st_channel(uint32_t monitor, uint32_t handler);
int st_object(unsigned long cmd, uint32_t kind, uint32_t id);
int st_stat(uint32_t kind, uint32_t id, struct safex_stat *s);
int st_set(int class_fd, uint32_t slot, int64_t value, uint32_t *verdict);
void st_info(struct safex_info *info);
uint32_t st_count(void);
/* Whether a line of the file has both texts. */
bool st_line(const char *path, const char *a, const char *b);
/* Sets a parameter of the module; returns what it was, or -1. */
int st_parameter(const char *name, int value);
int st_pidfd(pid_t pid);
#define ST_POLICY_DEADLINE	6	/* SCHED_DEADLINE, of the kernel's headers */

/* As the system calls have it; the C library knows none, the kernel's header clashes with it. */
struct st_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* SCHED_OTHER with this time slice, and what that is; or -errno. */
int st_usual(pid_t pid, int nice, int64_t slice);
int64_t st_slice(pid_t pid);
/*
 * What the scheduler may reserve of each CPU, us in 1 s, -1: anything; 0 or -errno.
 * was: what it could before, or NULL.  The scheduler counts anew then, and would take
 * off twice what a task that has ended has not given back: wait for that before.
 */
int st_rt_runtime(int us, int *was);
/* SCHED_DEADLINE, by the system call; 0 or -errno. */
int st_deadline(pid_t pid, int64_t runtime, int64_t period);
pid_t st_hog(int fifo_priority);	/* 0: SCHED_OTHER */
pid_t st_napper(int64_t sleep, int64_t cpu);	/* ns each, less than 1 s */
pid_t st_bursts(int fifo_priority);	/* 3 s each, after 2 s and after 15 s */
void st_kill(pid_t pid);
uint64_t st_features(void);
/* Figures can be judged: no checkers, and no other CPUs that take turns with this one. */
bool st_figures(void);
pid_t st_thread(void);			/* safex's own; -1: it is not there */
int st_thread_switches(void);		/* of it, so far */
bool st_thread_sleeps(void *unused);	/* and is not throttled with something to do */

/* Reads records until one of ext with this kind comes, 5 s at most. */
bool st_record(uint32_t ext, uint32_t kind, struct safex_record *r);
void st_forget_records(void);		/* those that are there */

/* Programs; a handle is for st_detach(). */
struct st_program;
int st_attach(struct st_program **ret, const char *object, const char *map,
	      uint32_t id);
/* The same in two steps: what was refused may be linked once more. */
int st_prepare(struct st_program **ret, const char *object, const char *map,
	       uint32_t id);
int st_link(struct st_program *p);
/* The first n struct_ops maps of the object, each to one of n ids. */
int st_attach_all(struct st_program **ret, const char *object,
		  const uint32_t *ids, int n);
void st_detach(struct st_program *p);
/* At once, though children may have its descriptor; 0 or -errno. */
int st_unbind(struct st_program *p);
/* Loads and drops again; the verifier's log and libbpf's words go to log. */
int st_load(const char *object, const char *map, char *log, size_t size);

/* One function per group of tests. */
void st_test_admission(void);
void st_test_rules(void);
void st_test_flow(void);
void st_test_guard(void);
void st_test_bad(void);
void st_test_refused(void);
void st_test_kfunc(void);
void st_test_lifetime(void);
void st_test_ends(void);
void st_test_kin(void);
void st_test_force(void);
void st_test_suspended(void);
void st_test_version(void);
void st_test_stop(void);
void st_test_records(void);
void st_test_across(void);
void st_test_attach(void);
void st_test_app(void);
void st_test_random(void);
void st_test_window(void);
void st_test_sleeps(void);
void st_test_taken(void);
void st_test_scx(void);
void st_test_waits(void);
void st_test_time(void);
void st_test_sum(void);
void st_test_stress(void);
void st_test_many(void);
void st_test_early(void);
void st_test_watch(void);
void st_test_abort(bool exact);
void st_test_cost(bool exact);
void st_test_direct(void);
void st_test_programs(bool exact);
void st_test_written(void);
void st_test_burst(void);
void st_test_still(void);
void st_test_isolated(void);
void st_test_stale(const char *module);
void st_test_path(void);
void st_test_ticks(void);
void st_test_contract(bool nudged);
void st_test_laxity(void);

/* What disturbs, with SCHED_FIFO 96: nothing, two bursts, or all the time. */
enum st_disturbance { ST_QUIET, ST_BURSTS, ST_ALWAYS };
void st_test_reserve(int seconds, enum st_disturbance disturbance);

#endif
