// SPDX-License-Identifier: GPL-2.0-only
/*
 * safex's thread, which changes policies and reservations (safex_dl.c).
 *
 * It must get its turn while reserved tasks take nearly the whole CPU, which the
 * highest FIFO priority does not give.  It therefore has a small reservation of its
 * own with a short period; where admission refuses that, it stays with FIFO.
 *
 * A host that takes the CPU from a virtual machine in the middle of a change charges
 * the thread with that time, and its own hundredth takes a hundred times as long to
 * pay.  So who waits for the thread gives it more of what nobody has reserved, until
 * it has done what is waited for.
 */
#define pr_fmt(fmt) "safex: " fmt

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include <linux/sched/prio.h>
#include "safex_internal.h"

#define SAFEX_THREAD_RUNTIME	(50 * NSEC_PER_USEC)
#define SAFEX_THREAD_PERIOD	(5 * NSEC_PER_MSEC)
#define SAFEX_HURRY_MS		20		/* that nobody waits without a word */

static struct task_struct *safex_thread;
static bool safex_thread_keeps_calm;	/* its reservation is not made larger */

static int safex_thread_own(struct task_struct *thread, u64 runtime)
{
	struct sched_attr own = {
		.sched_policy = SCHED_DEADLINE,
		.sched_runtime = runtime,
		.sched_deadline = SAFEX_THREAD_PERIOD,
		.sched_period = SAFEX_THREAD_PERIOD,
	};

	return sched_setattr_nocheck(thread, &own);
}

/* Process context, of who waits: as much as there is, up to half of a CPU. */
static bool safex_thread_hurry(void)
{
	u64 runtime = SAFEX_THREAD_PERIOD / 2;

	/* One that is on its way to another CPU must not be changed, see safex_policy.c */
	if (READ_ONCE(safex_thread_keeps_calm) || !safex_thread->dl.dl_throttled ||
	    READ_ONCE(safex_thread->__state) == TASK_WAKING ||
	    READ_ONCE(safex_thread->dl.dl_runtime) > SAFEX_THREAD_RUNTIME)
		return false;
	while (runtime > SAFEX_THREAD_RUNTIME &&
	       safex_thread_own(safex_thread, runtime) == -EBUSY)
		runtime /= 2;
	return true;
}

/* safex's thread.  Who makes it hurry has its pi_lock until all of the change is seen. */
static bool safex_thread_hurries(void)
{
	bool hurries;

	raw_spin_lock_irq(&current->pi_lock);
	hurries = current->dl.dl_runtime > SAFEX_THREAD_RUNTIME;
	raw_spin_unlock_irq(&current->pi_lock);
	return hurries;
}

/* safex's thread: what it has more goes back.  Whether it had more. */
bool safex_thread_calm(void)
{
	return safex_thread_hurries() && !safex_thread_own(current, SAFEX_THREAD_RUNTIME);
}

/* safex's thread.  calm: nobody makes it more from here on, but who has begun to. */
void safex_thread_keep_calm(bool calm)
{
	WRITE_ONCE(safex_thread_keeps_calm, calm);
}

/*
 * Process context.  The thread has done what it is waited for, and may have calmed
 * down before.
 */
void safex_thread_await(struct completion *done)
{
	bool hurried = false;

	while (!wait_for_completion_timeout(done, msecs_to_jiffies(SAFEX_HURRY_MS)))
		hurried |= safex_thread_hurry();
	if (hurried)
		wake_up_process(safex_thread);
}

/* Any context: there is something to do. */
void safex_thread_wake(void)
{
	wake_up_process(safex_thread);
}

static int safex_thread_main(void *unused)
{
	while (!kthread_should_stop()) {
		long timeout;

		while (safex_dl_next())
			;
		safex_thread_calm();
		safex_dl_retry();
		set_current_state(TASK_INTERRUPTIBLE);
		timeout = safex_dl_idle();
		if (timeout && !kthread_should_stop())
			schedule_timeout(safex_thread_hurries() ? 1 : timeout);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static void safex_thread_priority(struct task_struct *thread)
{
	struct sched_attr fifo = {
		.sched_policy = SCHED_FIFO,
		.sched_priority = MAX_RT_PRIO - 1,
	};

	if (!safex_thread_own(thread, SAFEX_THREAD_RUNTIME))
		return;
	if (sched_setattr_nocheck(thread, &fifo))
		pr_warn("reserving thread has no priority\n");
}

int safex_thread_init(void)
{
	safex_thread = kthread_create(safex_thread_main, NULL, "safex");
	if (IS_ERR(safex_thread))
		return PTR_ERR(safex_thread);
	safex_thread_priority(safex_thread);
	wake_up_process(safex_thread);
	return 0;
}

void safex_thread_exit(void)
{
	kthread_stop(safex_thread);
}
