/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the subsystem and what its files offer each other.
 *
 * Locks, outermost first:
 *   safex_mutex	creation, destruction, program binding, the id table
 *   safex_manager.lock	everything a pass touches: the lists of classes,
 *			extensions and channels, attribute values, accounts.
 *			Taken from softirq, so _bh elsewhere.  Programs run
 *			with it held, which makes unbinding them a matter of
 *			taking it once.
 *   safex_queue.lock	events on their way to one manager (a leaf)
 *   safex_cpu.lock	windows of one class, from hard irq (a leaf)
 *
 * Lifetime: the id table holds one reference and one module reference of
 * every object in it.  References go child -> parent (channel -> extension ->
 * class -> manager), so a parent outlives whoever can still reach it.
 */
#ifndef _SAFEX_INTERNAL_H
#define _SAFEX_INTERNAL_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/safex.h>
#include "safex_compat.h"
#include "safex_cpu.h"

#define SAFEX_PERIOD_MIN	(1 * NSEC_PER_MSEC)
#define SAFEX_PERIOD_MAX	(10 * NSEC_PER_SEC)
/* Of contracts: kernel.sched_deadline_period_max_us, unless that was changed. */
#define SAFEX_DL_PERIOD_MAX	((1ull << 22) * NSEC_PER_USEC)
#define SAFEX_DL_RUNTIME_MIN	(10 * NSEC_PER_USEC)
#define SAFEX_BUDGET_MIN	(1 * NSEC_PER_USEC)
#define SAFEX_BUDGET_MAX	(10 * NSEC_PER_MSEC)
#define SAFEX_STAGED_EVENTS	16	/* of one activation */
#define SAFEX_QUEUED_EVENTS	64	/* that wait for one manager */
#define SAFEX_ROLES		(SAFEX_ROLE_SHARE + 1)
#define SAFEX_PPM		1000000

/* The capability for the CPU mechanism; programs only see this much. */
struct safex_share {
	u32 class_id;
	void *seal;			/* as in safex_ops.h */
};

#include "safex_ops.h"

struct bpf_link;
struct bpf_prog;
struct file;
struct poll_table_struct;
struct seq_file;

struct safex_obj {
	struct kref ref;
	u32 id;
	u32 kind;			/* enum safex_kind */
	void (*release)(struct safex_obj *obj);
};

/* What a program of one object did so far, and the record last made of it. */
struct safex_account {
	u64 runs;
	u64 aborts;
	u64 exceptions;			/* that ended an activation */
	u64 refused;
	u64 events;
	u64 time_sum, time_max;		/* ns */
	u64 histogram[64];		/* user space gets SAFEX_HISTOGRAM of it */
	u32 streak;			/* aborts in a row, without any part of devices */
	u32 row;			/* all aborts in a row */
	u32 caught;			/* exceptions that ended none */

	u32 record_kind;
	s32 record_code;
	u32 record_line;
	u32 record_count;		/* repetitions that were not told */
	u32 record_burst;		/* made within the last second */
	u64 record_time;		/* ns, when that second began */
};

/* Name of a source, for records. */
struct safex_source {
	char name[SAFEX_FILE_MAX];
};

/* What was attached. */
struct safex_program {
	const struct bpf_prog *direct;	/* NULL: by its struct_ops function */
	bool ends;			/* by itself, and soon: needs no timer */
};

/* What a monitor, a handler or, for one class, the manager's program runs with. */
struct safex_activation {
	struct safex_ctx ctx;
	struct safex_class *cls;
	struct safex_ext *ext;		/* NULL: the manager's own program */
	u64 args[2];			/* addresses: &ctx, and &cls->share for managers */
	struct safex_activation *raised;	/* the next in manager->raised */
	u64 seen;			/* cls->changes, when ctx got its values */
	bool raises;			/* a monitor: it may raise events */
	u32 n_events;			/* not yet handed on */
	struct {
		u32 event;
		s64 value;
	} events[SAFEX_STAGED_EVENTS];
};

struct safex_event {
	struct safex_ext *to;		/* in a queue it holds a reference */
	u32 event;
	s64 value;
};

struct safex_queue {
	spinlock_t lock;		/* all below; a leaf */
	u32 head, tail;			/* free running */
	u64 dropped, dropped_told;	/* told: under manager->lock */
	struct safex_event ring[SAFEX_QUEUED_EVENTS];
};

struct safex_guard {
	struct safex_obj obj;
	struct safex_guard_ops *ops;
	struct safex_program program;
	struct safex_account account;
};

struct safex_manager {
	struct safex_obj obj;
	struct safex_guard guard;
	char name[SAFEX_NAME_MAX];
	struct safex_source file;
	u64 period, budget;
	u32 n_attrs;
	u32 n_classes;			/* under safex_mutex */
	struct safex_attr *attrs;

	spinlock_t lock;		/* all that a pass touches, see above */
	struct list_head classes;
	struct safex_manager_ops *ops;
	struct safex_program program;
	struct safex_account account;
	struct hrtimer tick;
	struct hrtimer early;		/* see safex_early.c */
	u64 longest;			/* ns, one run of the program, of late */
	u64 ticks;
	u64 next;			/* ns, when the next tick is due */
	struct hrtimer kick;		/* events came from another manager */
	struct safex_queue queue;
	/* Monitors that have raised events in this pass, in their order. */
	struct safex_activation *raised, **raised_end;
};

struct safex_class {
	struct safex_obj obj;
	struct rcu_head rcu;
	u64 cd;
	struct safex_manager *manager;	/* holds a reference */
	struct list_head node;		/* in manager->classes */
	struct list_head monitors, handlers;
	u32 n_exts;			/* under safex_mutex */
	u32 n_probation;		/* of them; under manager->lock */
	u32 n_attrs;
	bool dead;
	struct safex_attr *attrs;
	u64 last[SAFEX_ATTRS_MAX];	/* ns, of the last accepted write */
	int role[SAFEX_ROLES];		/* slot that has it, or -1 */
	u64 fixed_mask;			/* slots of the contract */
	u64 map_mask;			/* others, which a guard may set with one */
	u64 share_mask;			/* the slot that has that role, if one has */
	u64 mgr_mask;			/* slots the manager's program may write */
	u64 read_mask;			/* slots that an extension may read, or could */
	u64 changes;			/* of any of these */
	u64 early;			/* ns, next run of the manager's program, 0: none */
	u64 spent;			/* ns of that program in this tick */
	u64 fallback;			/* slots not safe when last written */
	u64 program_ppm;		/* admitted, of the manager's program */
	s64 share_ppm;			/* part of the host's sum of shares */
	s64 share_value;		/* of the slot, for which it is that */
	u64 app_mask;			/* slots the application may read */
	u64 refused;			/* of the application's own writes */
	struct mutex writing;		/* one of them at a time */
	atomic_t files;			/* open descriptors, see safex_class_fd() */
	u64 paid;			/* ns, up to where its writes have; under writing */
	struct safex_account account;	/* only its record fields are used */
	struct safex_page *page;
	/*
	 * The values; in guard for guards, ahead of the others by what a commit
	 * has accepted, in act for the manager's program, and in page those that
	 * the application may read.  Extensions get theirs when they run, if one
	 * has changed.
	 */
	s64 value[SAFEX_ATTRS_MAX];
	struct safex_guard_ctx guard;
	u64 guard_args[1];		/* address of guard */
	struct safex_activation act;
	struct safex_share share;
	struct safex_cpu cpu;
};

/* A version of an extension's program that does not run now. */
struct safex_version {
	struct safex_extension_ops *ops;	/* NULL: not attached yet */
	struct safex_program program;
	struct safex_source file;
	u32 number;
	u64 period, budget;
	u64 read_mask, write_mask;
	u64 time;			/* 0: there is none */
	u64 ppm;
};

struct safex_ext {
	struct safex_obj obj;
	char name[SAFEX_NAME_MAX];
	struct safex_source file;		/* of the version that runs */
	struct safex_class *cls;	/* holds a reference */
	struct list_head node;		/* in cls->monitors or handlers */
	struct list_head channels;	/* monitor: where its events go */
	u32 n_channels;			/* it is part of; under safex_mutex */
	u64 period, budget;
	u64 read_mask, write_mask;
	u64 time;			/* ns reserved per period, with guards */
	u64 ppm;			/* reserved at admission */
	/* Of a handler, which may run more than once in a tick: */
	u64 tick;			/* of its manager, when it last ran */
	u64 spent;			/* ns of time that this tick took */
	u64 longest;			/* ns, one activation with guards, of late */
	u64 due;			/* ns, next activation of a monitor */
	u64 dropped;			/* events, for want of room; under queue.lock */
	u64 dropped_told;		/* of them */
	bool activated;			/* and attached: ops is set */
	struct safex_extension_ops *ops;
	struct safex_program program;
	struct safex_account account;
	struct safex_activation act;

	/* Versions, see safex_version.c; changed under safex_mutex and the lock. */
	u32 version;			/* the one that runs */
	struct safex_version next;	/* waits for its activation */
	struct safex_version spare;	/* ran before, or was gone back from */
	bool probation;			/* spare takes over if this one fails */
	u32 failed, cause;
	u64 replaced;			/* local_clock(), start of the probation */
};

struct safex_channel {
	struct safex_obj obj;
	struct safex_ext *monitor;	/* both hold a reference */
	struct safex_ext *handler;
	bool own;			/* of one manager, monitor and handler */
	struct list_head node;		/* in monitor->channels */
};

/* safex_object.c */
extern struct mutex safex_mutex;
int safex_obj_add(struct safex_obj *obj, u32 kind,
		  void (*release)(struct safex_obj *obj));
void safex_obj_hide(struct safex_obj *obj);
void safex_obj_del(struct safex_obj *obj);
void safex_obj_put(struct safex_obj *obj);
struct safex_obj *safex_obj_find(u32 kind, u32 id);
int safex_obj_next(struct safex_object *o);
u32 safex_obj_count(void);
u32 safex_obj_alive(void);
static inline void safex_obj_get(struct safex_obj *obj)
{
	kref_get(&obj->ref);
}

/* safex_admit.c: sums over the host, under safex_mutex */
int safex_admit_extension(u64 time, u64 period, u64 *ppm);
void safex_release_extension(u64 time, u64 ppm);
u64 safex_admitted_pass(void);
int safex_admit_contract(u64 target, u64 period);
void safex_release_contract(u64 target, u64 period);
void safex_admit_info(struct safex_info *info);
extern atomic64_t safex_shares_ppm;
static inline s64 safex_share_sum(void)
{
	return atomic64_read(&safex_shares_ppm);
}

s64 safex_share_cap(void);
bool safex_share_take(s64 delta);
void safex_share_change(s64 delta);

/* safex_attr.c */
int safex_name_check(const char *name, size_t size);
int safex_file_check(const char *file, size_t size);
int safex_attrs_check(const struct safex_attr *attrs, u32 n);
int safex_attrs_merge(struct safex_attr *attrs, u32 n,
		      const struct safex_attr *declared, u32 n_declared);
u64 safex_attrs_mask(const struct safex_attr *attrs, u32 n, u32 rights);

/* safex_manager.c */
int safex_manager_create(void *arg, struct safex_object *made);
int safex_manager_destroy(struct safex_obj *obj);
void safex_manager_halt(struct safex_manager *m);
static inline struct safex_manager *safex_manager_of(struct safex_obj *obj)
{
	return container_of(obj, struct safex_manager, obj);
}

static inline struct safex_manager *safex_guard_owner(struct safex_obj *obj)
{
	return container_of(obj, struct safex_manager, guard.obj);
}

/* safex_pass.c */
void safex_pass_init(struct safex_manager *m);
void safex_pass_start(struct safex_manager *m);
void safex_pass_stop(struct safex_manager *m);

/* safex_early.c: under manager->lock, but for init and stop */
void safex_early_init(struct safex_manager *m);
void safex_early_stop(struct safex_manager *m);
void safex_early_reset(struct safex_class *cls);
void safex_early_ask(struct safex_class *cls, u64 ns);
void safex_early_arm(struct safex_manager *m);

/* safex_class.c */
int safex_class_create(void *arg, struct safex_object *made);
int safex_class_destroy(struct safex_obj *obj);
bool safex_class_wait(void);
static inline struct safex_class *safex_class_of(struct safex_obj *obj)
{
	return container_of(obj, struct safex_class, obj);
}

/* safex_class_fd.c */
int safex_class_fd(struct safex_class *cls);

/* safex_ext.c */
int safex_ext_create(void *arg, struct safex_object *made);
int safex_ext_destroy(struct safex_obj *obj);
int safex_ext_activate(struct safex_obj *obj);
int safex_ext_check(const struct safex_ext_create *c,
		    const struct safex_class *cls);
u64 safex_ext_time(const struct safex_class *cls, u64 budget, u64 write_mask);
static inline struct safex_ext *safex_ext_of(struct safex_obj *obj)
{
	return container_of(obj, struct safex_ext, obj);
}

/* safex_version.c: under safex_mutex ... */
int safex_version_announce(void *arg, struct safex_object *made);
int safex_version_keep(void *arg, struct safex_object *made);
int safex_version_bind(struct safex_ext *ext, struct safex_extension_ops *ops);
void safex_version_unbind(struct safex_ext *ext, struct safex_extension_ops *ops);
void safex_version_forget(struct safex_ext *ext);
/* ... and manager->lock */
void safex_version_enter(struct safex_ext *ext);
void safex_version_start(struct safex_ext *ext);
/* ... under manager->lock */
bool safex_version_failed(struct safex_ext *ext, u32 kind);
void safex_version_judge(struct safex_class *cls);
void safex_version_settle(struct safex_ext *ext);
void safex_version_stat(struct safex_stat *s, const struct safex_ext *ext);

/* safex_channel.c */
int safex_channel_create(void *arg, struct safex_object *made);
int safex_channel_destroy(struct safex_obj *obj);
void safex_channel_show(struct seq_file *file, struct safex_obj *obj);
void safex_channel_raise_other(struct safex_ext *to, u32 event, s64 value);
bool safex_queue_take(struct safex_manager *m, struct safex_event *ev);
void safex_queue_again(struct safex_manager *m, const struct safex_event *ev);
static inline u32 safex_queue_length(struct safex_manager *m)
{
	return READ_ONCE(m->queue.head) - READ_ONCE(m->queue.tail);
}

void safex_queue_drop(struct safex_manager *m);
void safex_queue_tell(struct safex_manager *m);

/* safex_budget.c: softirq or BH off; more in safex_time.h */
DECLARE_PER_CPU(u32, safex_loop_end);	/* what may_goto looks at, if it can */
void safex_budget_init(void);
void safex_budget_exit(void);
struct safex_time;
struct safex_time *safex_budget_begin(void);
void safex_budget_expire(u32 *expired);
void safex_budget_forget(struct safex_time *t);
void safex_budget_finish(struct safex_time *t);

/* safex_clock.c */
void safex_clock_begin(struct safex_time *t);

/* safex_names.c */
int safex_names_init(void);
bool safex_is_throw(u32 btf_id);
bool safex_is_reserve(u32 btf_id);
bool safex_is_own(u32 btf_id);

/* safex_bpf.c */
struct btf;
bool safex_btf_is_own(const struct btf *btf);

/* safex_program.c */
bool safex_program_init(void);
int safex_program_find(struct safex_program *p, const void *kdata, u32 moff);

/* safex_weight.c */
s64 safex_weight(const struct bpf_prog *prog);
s64 safex_weight_expired(const struct bpf_prog *prog);

/* What the program of an activation is counted in. */
static inline struct safex_account *
safex_act_account(const struct safex_activation *act)
{
	return act->ext ? &act->ext->account : &act->cls->manager->account;
}

static inline u32 safex_act_id(const struct safex_activation *act)
{
	return act->ext ? act->ext->obj.id : act->cls->manager->obj.id;
}

/* What it has set, a bit per slot. */
static inline u64 safex_act_set(const struct safex_activation *act)
{
	return act->ctx.set[0] | (u64)act->ctx.set[1] << 32;
}

/* safex_run.c: under manager->lock, but for init */
void safex_act_init(struct safex_activation *act, struct safex_class *cls,
		    struct safex_ext *ext);
void safex_act_refresh(struct safex_activation *act, u64 slots);
void safex_act_renew(struct safex_activation *act);
void safex_act_drop(struct safex_activation *act);
bool safex_run_failed(struct safex_time *t, struct safex_activation *act,
		      int ret, u64 budget);
void safex_run_manager(struct safex_time *t, struct safex_class *cls, bool early);
struct safex_about;
void safex_run_about(const struct safex_activation *act,
		     struct safex_about *about);

/* safex_commit.c: under manager->lock */
void safex_commit_writes(struct safex_time *t, struct safex_activation *act,
			 u64 set);
void safex_commit_trusted(struct safex_time *t, struct safex_activation *act,
			  u64 set);
u32 safex_write_app(struct safex_time *t, struct safex_class *cls, u32 slot,
		    s64 value);
void safex_share_update(struct safex_class *cls, s64 value);

/* safex_account.c */
void safex_account_end(struct safex_account *a, u32 kind, bool disturbed);
enum safex_end safex_end_of(int ret);

static inline void safex_account_forgive(struct safex_account *a)
{
	a->streak = 0;
	a->row = 0;
}

/* returned: if not, safex_account_end() says how it ended. */
static inline void safex_account_run(struct safex_account *a, u64 ns,
				     bool returned)
{
	a->runs++;
	a->time_sum += ns;
	if (unlikely(ns > a->time_max))
		a->time_max = ns;
	a->histogram[__fls(ns | 1)]++;
	if (likely(returned))
		safex_account_forgive(a);
}

/* safex_record.c */
struct safex_reader {
	u64 next;			/* sequence number it reads next */
};

struct safex_about {
	struct safex_account *account;	/* for aggregation */
	const char *name;
	const char *file;		/* NULL: none is known */
	u64 cd;
	u32 id;
};

__printf(5, 6)
void safex_report(const struct safex_about *about, u32 kind, s32 code, u32 line,
		  const char *fmt, ...);
void safex_report_end(const struct safex_about *about, u32 kind, s32 code,
		      u32 line, u64 budget, bool disturbed);
void safex_report_last(const struct safex_about *about);
void safex_report_guard(const struct safex_about *about, const char *attr,
			s64 value, u32 verdict, u32 line);
void safex_record_open(struct safex_reader *reader);
int safex_record_wait(struct safex_reader *reader, struct file *file);
ssize_t safex_record_read(struct safex_reader *reader, char __user *buf,
			  size_t size);
__poll_t safex_record_poll(struct safex_reader *reader, struct file *file,
			   struct poll_table_struct *wait);

/* safex_direct.c */
void safex_direct_init(void);
u64 safex_features(void);
int safex_direct_runtime(struct task_struct *p, u64 runtime);
bool safex_direct_time(struct task_struct *p, u64 *ns);

/* safex_stop.c */
void safex_stop_init(void);
void safex_stop_exit(void);
bool safex_is_stopped(void);

/* safex_dev.c, safex_stat.c, safex_bpf.c, safex_kfunc.c, safex_debugfs.c */
int safex_dev_init(void);
void safex_dev_exit(void);
int safex_obj_destroy(u32 kind, u32 id);
int safex_stat(void *arg, struct safex_object *made);
int safex_bpf_init(void);
int safex_kfunc_init(void);
void safex_debugfs_init(void);
void safex_debugfs_exit(void);

extern unsigned int safex_abort_limit;

#endif
