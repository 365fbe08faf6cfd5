// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reservations.  The scheduler changes a policy only in process context, so
 * managers ask from softirq and safex's thread does it (safex_thread.c): always the
 * first reservation of a process, and every change of it on a kernel that can't
 * change one from here (safex_direct.c).
 *
 * What does not fit now is tried again until it does or the manager asks for
 * something else: a process that has left keeps its bandwidth to the end of
 * its period.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/completion.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include "safex_internal.h"

#define SAFEX_RETRY_MS		50
#define SAFEX_PATIENCE		NSEC_PER_SEC	/* of who waits for a first one */

static DEFINE_RAW_SPINLOCK(safex_dl_lock);	/* queue, want, have, pending */
static LIST_HEAD(safex_dl_queue);
static LIST_HEAD(safex_dl_waiting);		/* refused, to be tried again ... */
static unsigned long safex_dl_retry_at;		/* ... at these jiffies */

static struct safex_class *safex_dl_class(struct safex_cpu *cpu)
{
	return container_of(cpu, struct safex_class, cpu);
}

/* Being queued or waiting holds a reference to the class. */
static void safex_dl_enqueue(struct safex_cpu *cpu)
{
	if (list_empty(&cpu->queued))
		safex_obj_get(&safex_dl_class(cpu)->obj);
	cpu->pending = true;
	list_move_tail(&cpu->queued, &safex_dl_queue);
}

/*
 * safex's thread: whether what is reserved is what was promised.  Of a task that
 * ends the scheduler forgets its reservation at any time: the period is 0 then.
 */
static bool safex_dl_suffices(const struct safex_cpu *cpu)
{
	const struct sched_dl_entity *dl = &cpu->task->dl;
	u64 period = READ_ONCE(dl->dl_period);

	return !list_empty(&cpu->reserved) && period &&
	       mul_u64_u64_div_u64(READ_ONCE(dl->dl_runtime), cpu->period,
				   period) >= cpu->target;
}

/* Under safex_dl_lock: the class's page tells what has become of its contract. */
static void safex_dl_show(struct safex_cpu *cpu)
{
	struct safex_page *page = safex_dl_class(cpu)->page;
	u32 contract = SAFEX_CONTRACT_IN_FORCE;

	if (cpu->lost)
		contract = SAFEX_CONTRACT_LOST;
	else if (cpu->follows || (cpu->result && !safex_dl_suffices(cpu)))
		contract = SAFEX_CONTRACT_SUSPENDED;
	WRITE_ONCE(cpu->suspended, contract == SAFEX_CONTRACT_SUSPENDED);
	if (contract == SAFEX_CONTRACT_SUSPENDED)
		WRITE_ONCE(cpu->was_suspended, true);
	WRITE_ONCE(page->reason, contract == SAFEX_CONTRACT_IN_FORCE ? 0 :
				 cpu->lost ?: cpu->result);
	WRITE_ONCE(page->contract, contract);
}

/*
 * A runtime that changes and nothing else needs no thread where the kernel can
 * do it from here.  What it refuses is the thread's: to report, to try again.
 */
static bool safex_dl_at_once(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	if (!list_empty(&cpu->queued) || list_empty(&cpu->reserved) ||
	    period != READ_ONCE(cpu->task->dl.dl_period) ||
	    safex_direct_runtime(cpu->task, runtime))
		return false;
	cpu->want_runtime = runtime;
	cpu->want_period = period;
	if (cpu->result) {
		cpu->result = 0;
		safex_dl_show(cpu);
	}
	return true;
}

static int safex_dl_ask(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	if (cpu->closing)
		return -ESRCH;
	if (cpu->lost)
		return cpu->lost;
	if (runtime == cpu->want_runtime && period == cpu->want_period)
		return cpu->result;
	if (cpu->pending)
		return -EBUSY;
	if (safex_dl_at_once(cpu, runtime, period))
		return 0;
	cpu->want_runtime = runtime;
	cpu->want_period = period;
	cpu->result = -EINPROGRESS;
	safex_dl_enqueue(cpu);
	safex_thread_wake();
	return -EINPROGRESS;
}

/* What the scheduler needs to switch is reserved on top, and no more. */
static u64 safex_dl_margin(u64 share, u64 period)
{
	return min(share + share / 100, period);
}

/* ns per period of the contract: a manager has what was admitted for its class. */
static u64 safex_dl_bound(const struct safex_class *cls)
{
	u64 share = cls->cpu.target;

	if (cls->share_mask)
		share = clamp_t(s64, cls->share_value, 0, cls->cpu.period);
	return safex_dl_margin(share, cls->cpu.period);
}

/* ns per period of the contract, that others may not have. */
u64 safex_dl_promised(const struct safex_cpu *cpu)
{
	return safex_dl_margin(cpu->target, cpu->period);
}

/* Per period of the contract. */
static int safex_dl_check(const struct safex_class *cls, u64 runtime, u64 period)
{
	u64 contract = cls->cpu.period;

	if (!contract || period < SAFEX_PERIOD_MIN ||
	    period > SAFEX_DL_PERIOD_MAX ||
	    runtime < SAFEX_DL_RUNTIME_MIN || runtime > period)
		return -EINVAL;
	if (mul_u64_u64_div_u64(runtime, contract, period) > safex_dl_bound(cls))
		return -EDQUOT;
	return 0;
}

/* Softirq, under manager->lock.  0: in force, see safex_ops.h */
int safex_dl_reserve(struct safex_class *cls, u64 runtime, u64 period)
{
	struct safex_cpu *cpu = &cls->cpu;
	unsigned long flags;
	int ret;

	if (!cpu->task || READ_ONCE(cpu->task->flags) & PF_EXITING)
		return -ESRCH;
	ret = safex_dl_check(cls, runtime, period);
	if (ret)
		return ret;
	raw_spin_lock_irqsave(&safex_dl_lock, flags);
	ret = safex_dl_ask(cpu, runtime, period);
	raw_spin_unlock_irqrestore(&safex_dl_lock, flags);
	return ret;
}

static const char *safex_dl_reason(int error)
{
	switch (error) {
	case -EBUSY:
		return "no bandwidth left";
	case -EEXIST:
		return "the process has a reservation already";
	case -ECANCELED:
		return "the process was given another policy";
	case -EPERM:
		return "the process is bound to some of the CPUs";
	case -ESRCH:
		return "the main thread of the process is gone";
	default:
		return "the scheduler can't do it";
	}
}

static void safex_dl_tell(struct safex_cpu *cpu, int error, const char *what,
			  u64 runtime, u64 period)
{
	struct safex_class *cls = safex_dl_class(cpu);
	struct safex_manager *m = cls->manager;
	struct safex_about about = {
		.account = &cls->account,
		.name = m->name,
		.cd = cls->cd,
		.id = m->obj.id,
	};

	spin_lock_bh(&m->lock);
	safex_report(&about, SAFEX_END_FAULT, error, 0,
		     "reservation of %llu ns per %llu ns %s: %s", runtime,
		     period, what, safex_dl_reason(error));
	spin_unlock_bh(&m->lock);
}

/*
 * What the thread has more must be in nobody's way.  While this goes on it is not
 * made more, but by those who had begun to.  A first reservation has been promised:
 * what others have above their promises makes room for it.
 */
static int safex_dl_reserve_calmly(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	int ret = -EBUSY;

	safex_thread_keep_calm(true);
	while (ret == -EBUSY && safex_thread_calm())
		ret = safex_policy_reserve(cpu, runtime, period);
	if (ret == -EBUSY && list_empty(&cpu->reserved) && safex_policy_make_room())
		ret = safex_policy_reserve(cpu, runtime, period);
	safex_thread_keep_calm(false);
	return ret;
}

/* Without the lock: may sleep.  A main thread that has become another one is followed. */
static int safex_dl_reserve_now(struct safex_cpu *cpu, u64 runtime, u64 period)
{
	bool follows = READ_ONCE(cpu->follows);
	int ret = follows ? safex_policy_follow(cpu) : 0;

	if (ret == -EBUSY)
		return ret;
	if (!ret)
		ret = safex_policy_reserve(cpu, runtime, period);
	if (ret == -EBUSY)
		ret = safex_dl_reserve_calmly(cpu, runtime, period);
	if (ret == -ESRCH && follows && safex_task_execs(cpu))
		return -EBUSY;
	if (ret && follows && ret != -EBUSY && ret != -EEXIST)
		safex_dl_lose(cpu, ret);
	else if (ret && !READ_ONCE(cpu->first))
		safex_dl_tell(cpu, ret, "refused", runtime, period);
	return ret;
}

/* Without the lock: may sleep. */
static int safex_dl_work(struct safex_cpu *cpu, bool closing, u64 runtime,
			 u64 period)
{
	if (closing) {
		safex_policy_restore(cpu);
		return 0;
	}
	if (READ_ONCE(cpu->lost)) {
		/* The end of a process is told by others. */
		if (!cpu->told && safex_task_lives_on(cpu->task))
			safex_dl_tell(cpu, cpu->lost, "is not in force", runtime,
				      period);
		if (!cpu->told)
			safex_settle(cpu->task);	/* before others reserve for it */
		cpu->told = true;
		return cpu->lost;
	}
	return safex_dl_reserve_now(cpu, runtime, period);
}

/*
 * Whether it is to be tried again.  Who waits for a first reservation waits for
 * what ended ones keep to the end of their periods, and for nothing else; he is
 * told here.
 */
static bool safex_dl_goes_on(struct safex_cpu *cpu, int ret)
{
	struct completion *first = cpu->first;
	ktime_t now = ktime_get();

	if (!first)
		return ret == -EBUSY || ret == -EEXIST;
	if (ret == -EBUSY && ktime_before(now, cpu->patience) &&
	    ktime_before(now, safex_policy_free()))
		return true;
	cpu->first = NULL;
	cpu->began = ret;
	complete(first);
	return false;
}

/* Under safex_dl_lock: it is tried again in a while, unless it is queued already. */
static void safex_dl_wait(struct safex_cpu *cpu)
{
	if (cpu->pending)
		return;
	if (list_empty(&safex_dl_waiting))
		safex_dl_retry_at = jiffies + msecs_to_jiffies(SAFEX_RETRY_MS);
	list_add_tail(&cpu->queued, &safex_dl_waiting);
	safex_obj_get(&safex_dl_class(cpu)->obj);
}

/*
 * safex's thread, which is about to lower this one's reservation: what its manager
 * has asked for is refused from here on, and tried again.  Nobody takes the change for
 * one of others then.  Whether there is something to lower.
 */
bool safex_dl_lower(struct safex_cpu *cpu, u64 runtime)
{
	bool lower;

	raw_spin_lock_irq(&safex_dl_lock);
	lower = !cpu->lost && !cpu->closing && !cpu->follows &&
		READ_ONCE(cpu->task->dl.dl_runtime) > runtime;
	if (lower && list_empty(&cpu->queued)) {
		cpu->result = -EBUSY;
		safex_dl_show(cpu);
		safex_dl_wait(cpu);
	}
	raw_spin_unlock_irq(&safex_dl_lock);
	return lower;
}

/* Under safex_dl_lock: what became of a request.  Whether somebody waited for it. */
static bool safex_dl_done(struct safex_cpu *cpu, bool closing, int ret)
{
	struct completion *first = cpu->first;

	/* safex_dl_lose() may have queued it meanwhile, from a hard interrupt. */
	cpu->pending = !list_empty(&cpu->queued);
	/* What was changed meanwhile was of a main thread that ends. */
	if (!closing && !ret && cpu->follows && cpu->pending)
		ret = -ESRCH;
	cpu->result = closing ? -ESRCH : ret;
	if (!ret)
		cpu->follows = false;
	if (!closing && cpu->period)
		safex_dl_show(cpu);
	if (cpu->closing && !closing)
		safex_dl_enqueue(cpu);
	else if (safex_dl_goes_on(cpu, cpu->result))
		safex_dl_wait(cpu);
	return closing || first != cpu->first;
}

/* safex's thread.  One request; false: none is queued. */
bool safex_dl_next(void)
{
	struct completion *closing;
	struct safex_cpu *cpu;
	u64 runtime, period;
	bool served;
	int ret;

	raw_spin_lock_irq(&safex_dl_lock);
	cpu = list_first_entry_or_null(&safex_dl_queue, struct safex_cpu,
				       queued);
	if (!cpu) {
		raw_spin_unlock_irq(&safex_dl_lock);
		return false;
	}
	list_del_init(&cpu->queued);
	closing = cpu->closing;
	runtime = cpu->want_runtime;
	period = cpu->want_period;
	raw_spin_unlock_irq(&safex_dl_lock);

	ret = safex_dl_work(cpu, closing, runtime, period);

	raw_spin_lock_irq(&safex_dl_lock);
	served = safex_dl_done(cpu, closing, ret);
	raw_spin_unlock_irq(&safex_dl_lock);
	if (served)
		safex_thread_calm();
	if (closing)
		complete(closing);
	safex_obj_put(&safex_dl_class(cpu)->obj);
	return true;
}

/* Those that wait are queued again when it is time, however much else there is to do. */
void safex_dl_retry(void)
{
	struct safex_cpu *cpu;

	raw_spin_lock_irq(&safex_dl_lock);
	if (time_after_eq(jiffies, safex_dl_retry_at)) {
		list_for_each_entry(cpu, &safex_dl_waiting, queued)
			cpu->pending = true;
		list_splice_tail_init(&safex_dl_waiting, &safex_dl_queue);
	}
	raw_spin_unlock_irq(&safex_dl_lock);
}

/* jiffies to sleep; 0: there is work */
long safex_dl_idle(void)
{
	long timeout = MAX_SCHEDULE_TIMEOUT;

	raw_spin_lock_irq(&safex_dl_lock);
	if (!list_empty(&safex_dl_queue))
		timeout = 0;
	else if (!list_empty(&safex_dl_waiting))
		timeout = max_t(long, safex_dl_retry_at - jiffies, 0);
	raw_spin_unlock_irq(&safex_dl_lock);
	return timeout;
}

/*
 * Any context.  Its contract is in force no more, and its manager can't change
 * that: the process has got another policy, or is not there.
 */
void safex_dl_lose(struct safex_cpu *cpu, int why)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&safex_dl_lock, flags);
	if (!cpu->lost && !cpu->closing) {
		WRITE_ONCE(cpu->lost, why);
		safex_dl_show(cpu);
		safex_dl_enqueue(cpu);
		safex_thread_wake();
	}
	raw_spin_unlock_irqrestore(&safex_dl_lock, flags);
}

/*
 * Any context, the main thread ends: whether the contract goes on with another one.
 * Until that has its reservation the contract is suspended.
 */
bool safex_dl_follow(struct safex_cpu *cpu)
{
	unsigned long flags;

	if (!safex_task_execs(cpu))
		return false;
	raw_spin_lock_irqsave(&safex_dl_lock, flags);
	if (!cpu->follows && !cpu->lost && !cpu->closing) {
		cpu->follows = true;
		cpu->result = -ESRCH;
		safex_dl_show(cpu);
		safex_dl_enqueue(cpu);
		safex_thread_wake();
	}
	raw_spin_unlock_irqrestore(&safex_dl_lock, flags);
	return true;
}

/* Any context: whether others have changed what safex has reserved for the task. */
bool safex_dl_is_changed(struct safex_cpu *cpu)
{
	const struct sched_dl_entity *dl = &cpu->task->dl;
	unsigned long flags;
	bool changed = false;

	raw_spin_lock_irqsave(&safex_dl_lock, flags);
	if (!cpu->pending && !cpu->result && !cpu->closing)
		changed = READ_ONCE(dl->dl_runtime) != cpu->want_runtime ||
			  READ_ONCE(dl->dl_period) != cpu->want_period;
	raw_spin_unlock_irqrestore(&safex_dl_lock, flags);
	return changed;
}

/*
 * Process context, without safex_mutex but with a reference.  The reservation
 * with which a contract begins, whatever its manager asks for later: 0 when it
 * is in force, or why it can't be: -EBUSY, -EEXIST, -EPERM, -EINVAL, -ESRCH.
 */
int safex_dl_begin(struct safex_class *cls)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct safex_cpu *cpu = &cls->cpu;
	int ret;

	if (!cpu->task || !cpu->period)
		return 0;
	raw_spin_lock_irq(&safex_dl_lock);
	cpu->first = &done;
	cpu->patience = ktime_add_ns(ktime_get(), SAFEX_PATIENCE);
	ret = safex_dl_ask(cpu, safex_dl_bound(cls), cpu->period);
	if (ret != -EINPROGRESS && ret != -EBUSY)
		cpu->first = NULL;
	raw_spin_unlock_irq(&safex_dl_lock);
	if (ret != -EINPROGRESS && ret != -EBUSY)
		return ret;
	safex_thread_await(&done);
	return cpu->began;	/* the manager may have asked for another since */
}

/* Process context; afterwards the task has its old policy and no reservation. */
void safex_dl_close(struct safex_class *cls)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct safex_cpu *cpu = &cls->cpu;
	unsigned long flags;

	if (!cpu->task)
		return;
	raw_spin_lock_irqsave(&safex_dl_lock, flags);
	cpu->closing = &done;
	if (!cpu->pending)
		safex_dl_enqueue(cpu);
	raw_spin_unlock_irqrestore(&safex_dl_lock, flags);
	safex_thread_wake();
	safex_thread_await(&done);
}
