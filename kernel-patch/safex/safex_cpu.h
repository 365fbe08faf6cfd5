/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU mechanism: the reservation of a class's process, what CPU time that
 * gets in each period, and whether its contract is kept.  safex_internal.h
 * includes it, and says what the locks are.
 */
#ifndef _SAFEX_CPU_H
#define _SAFEX_CPU_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <uapi/linux/sched/types.h>

#define SAFEX_WINDOWS		8	/* request periods remembered */
#define SAFEX_ASKED_NONE	S64_MIN	/* no share: the next one asked for is new */

struct completion;
struct pid;
struct safex_class;

/* What is seen of a task at one moment. */
struct safex_look {
	u64 ns;				/* of CPU, see safex_cpu_seen() */
	u64 behind;			/* ns, by which that may be too little */
	u64 waited;			/* ns, for a CPU or for its next period */
	unsigned long sleeps;
	bool runnable;
};

/*
 * The CPU mechanism of one class: a deadline reservation for the main thread
 * of its process, and what that thread got in each request period.
 */
struct safex_cpu {
	struct pid *pid;		/* of its process; NULL: class without one */
	struct task_struct *task;	/* its main thread, see safex_cpu_follow() */
	struct task_struct *former;	/* ... before that, and since when */
	unsigned long former_rcu;
	u64 base;			/* ns of CPU it had when it joined */
	u64 charged;			/* ns, of its extensions; under manager->lock */
	u64 taken;			/* ns, by passes that interrupted the task */
	struct hlist_node takens;	/* while the reservation is in force */
	u64 target, period;		/* ns; the contract */

	raw_spinlock_t lock;
	struct hrtimer window;
	u64 seen;			/* highest figure read, ns */
	u64 end;			/* ns, local_clock(), when it is to end */
	u64 late;			/* ns, after its begin it was looked at */
	struct safex_look begin;	/* then */
	bool whole;			/* the window is one period long */
	bool yielded;			/* in it, the rest of a period was given away */
	u64 before;			/* ns, the most of CPU in a period up to its begin */
	u64 used[SAFEX_WINDOWS];	/* ring of complete windows, ns */
	s64 asked;			/* share that its extensions asked for last */
	u64 less;			/* ns of that below the target */
	u64 less_in[3];			/* the most, in the window and in those before it */
	bool lowers;			/* such is asked for by what is not on probation */
	bool in_vain;			/* more was asked for since, and refused */
	u64 complete, judged, violations;
	u64 broken;			/* local_clock(), when the last violated one began */

	/* Reservation, see safex_dl.c.  Under its lock, but for reserved and old. */
	struct list_head queued;
	struct list_head reserved;	/* linked: the reservation is in force */
	u64 want_runtime, want_period;	/* ns, 0: nothing asked yet */
	bool pending;
	int result;			/* of what is wanted; 0: it is in force */
	int began;			/* the same of the first, for who waits for it */
	int lost;			/* why it is in force no more, 0: it may be */
	bool told;			/* of lost */
	bool follows;			/* the main thread is becoming another one */
	bool suspended;			/* less is reserved than was promised, and refused */
	bool was_suspended;		/* at any time in the window */
	struct completion *first;	/* who waits for the first */
	ktime_t patience;		/* of him */
	struct completion *closing;
	struct sched_attr old;		/* what the task gets back */
};

/* safex_share.c */
struct task_struct *safex_task_of(int pidfd);
bool safex_task_lives_on(const struct task_struct *p);
bool safex_task_execs(const struct safex_cpu *cpu);
void safex_cpu_init(struct safex_cpu *cpu, struct task_struct *task);
void safex_cpu_follow(struct safex_cpu *cpu, struct task_struct *task);
void safex_cpu_exit(struct safex_cpu *cpu);
void safex_cpu_release(struct safex_cpu *cpu);
u64 safex_cpu_time(struct safex_cpu *cpu);
u64 safex_cpu_seen(struct safex_cpu *cpu);
u64 safex_cpu_behind(const struct safex_cpu *cpu);

/*
 * safex_taken.c: whether a pass is charged to the task that it interrupts, ns that
 * they have taken, and when that can be.
 */
extern bool safex_taken_counts;

static inline bool safex_takes(void)
{
	return READ_ONCE(safex_taken_counts);
}

void safex_taken_measure(void);
u64 safex_taken(const struct safex_cpu *cpu);
void safex_taken_add(struct safex_cpu *cpu);
void safex_taken_del(struct safex_cpu *cpu);

/* safex_window.c */
void safex_window_init(struct safex_cpu *cpu);
void safex_window_start(struct safex_cpu *cpu);
bool safex_window_follows(const struct safex_cpu *cpu);
u64 safex_window_used(struct safex_cpu *cpu, u32 back);
u64 safex_window_current(struct safex_cpu *cpu);
u64 safex_window_rest(struct safex_cpu *cpu);
void safex_window_stat(struct safex_cpu *cpu, u64 *judged, u64 *violations);

/* safex_judge.c */
void safex_judge_ask(struct safex_class *cls, s64 share);
void safex_judge_share(struct safex_class *cls, s64 share);
/* ... under cpu->lock */
void safex_look_at(struct safex_cpu *cpu, struct safex_look *look);
void safex_judge_yield(struct safex_cpu *cpu);
void safex_judge(struct safex_cpu *cpu, const struct safex_look *end, u64 late,
		 bool at_deadline);

/* safex_thread.c */
int safex_thread_init(void);
void safex_thread_exit(void);
void safex_thread_wake(void);
void safex_thread_await(struct completion *done);
bool safex_thread_calm(void);
void safex_thread_keep_calm(bool calm);

/* safex_dl.c */
bool safex_dl_next(void);
void safex_dl_retry(void);
long safex_dl_idle(void);
int safex_dl_reserve(struct safex_class *cls, u64 runtime, u64 period);
int safex_dl_begin(struct safex_class *cls);
u64 safex_dl_promised(const struct safex_cpu *cpu);
bool safex_dl_lower(struct safex_cpu *cpu, u64 runtime);
void safex_dl_lose(struct safex_cpu *cpu, int why);
bool safex_dl_follow(struct safex_cpu *cpu);
bool safex_dl_is_changed(struct safex_cpu *cpu);
void safex_dl_close(struct safex_class *cls);

/* safex_policy.c: safex's thread */
int safex_policy_follow(struct safex_cpu *cpu);
int safex_policy_reserve(struct safex_cpu *cpu, u64 runtime, u64 period);
bool safex_policy_make_room(void);
void safex_policy_restore(struct safex_cpu *cpu);
ktime_t safex_policy_free(void);

/* safex_settle.c: ditto */
void safex_settle(struct task_struct *p);
bool safex_settle_is_dead(const struct task_struct *p);

#endif
