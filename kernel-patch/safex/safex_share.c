// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPU time a class's process gets: exact figures at any moment, and one
 * per request period, from a hard interrupt at its end.
 *
 * Windows follow the reservation's own periods.  A window counts for or
 * against the contract only if the task wanted the CPU all the time: it was
 * runnable at both ends and did not sleep in between.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/sched/clock.h>
#include <linux/sched/deadline.h>
#include <linux/sched/task.h>
#include "safex_internal.h"

/*
 * The main thread of the process, with a reference.  pidfd_pid() is not for
 * modules; every inode of pidfs carries its struct pid the same way.
 */
struct task_struct *safex_task_of(int pidfd)
{
	struct task_struct *task;
	struct inode *inode;
	struct file *file = fget(pidfd);

	if (!file)
		return ERR_PTR(-EBADF);
	inode = file_inode(file);
	if (inode->i_sb->s_magic != PID_FS_MAGIC || !inode->i_private) {
		fput(file);
		return ERR_PTR(-EBADF);
	}
	task = get_pid_task(inode->i_private, PIDTYPE_TGID);
	fput(file);
	if (!task)
		return ERR_PTR(-ESRCH);
	if (task->flags & (PF_KTHREAD | PF_EXITING)) {
		put_task_struct(task);
		return ERR_PTR(-ESRCH);
	}
	return task;
}

/*
 * Without an exact figure: sum_exec_runtime is as old as the last tick;
 * exec_start says how old.  The two are not read at once, hence the second
 * look.
 */
static u64 safex_task_time(struct task_struct *p)
{
	u64 sum, start, now;
	bool running;

	if (safex_direct_time(p, &sum))
		return sum;
	do {
		sum = READ_ONCE(p->se.sum_exec_runtime);
		start = READ_ONCE(p->se.exec_start);
		smp_rmb();	/* both before the clock */
		running = READ_ONCE(p->on_cpu);
		now = local_clock();
		smp_rmb();	/* and once more after it */
	} while (sum != READ_ONCE(p->se.sum_exec_runtime) ||
		 start != READ_ONCE(p->se.exec_start));
	if (running && now > start)
		sum += now - start;
	return sum;
}

/* Never goes back, although the clocks of two CPUs may differ a little. */
static u64 safex_cpu_seen(struct safex_cpu *cpu)
{
	cpu->seen = max(cpu->seen, safex_task_time(cpu->task));
	return cpu->seen;
}

/* ns since it joined; any context */
u64 safex_cpu_time(struct safex_cpu *cpu)
{
	unsigned long flags;
	u64 ns;

	if (!cpu->task)
		return 0;
	raw_spin_lock_irqsave(&cpu->lock, flags);
	ns = safex_cpu_seen(cpu) - cpu->base;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return ns;
}

static void safex_window_open(struct safex_cpu *cpu, u64 ns, bool runnable)
{
	cpu->start = ns;
	cpu->start_runnable = runnable;
	cpu->start_nvcsw = READ_ONCE(cpu->task->nvcsw);
}

static void safex_window_close(struct safex_cpu *cpu, u64 ns, bool runnable)
{
	u64 used = ns - cpu->start;

	cpu->used[cpu->complete++ % SAFEX_WINDOWS] = used;
	if (!runnable || !cpu->start_runnable ||
	    cpu->start_nvcsw != READ_ONCE(cpu->task->nvcsw))
		return;
	cpu->judged++;
	if (used < cpu->target)
		cpu->violations++;
}

/*
 * ns until the current period ends.  Near a deadline the scheduler may or may
 * not have moved it on yet: then the period that begins now is meant.
 */
static u64 safex_window_left(struct safex_cpu *cpu)
{
	s64 period = cpu->period;
	s64 left = period;

	if (dl_task(cpu->task)) {
		left = READ_ONCE(cpu->task->dl.deadline) - local_clock();
		if (left < period / 2)
			left += period;
		if (left < period / 2 || left > 2 * period)
			left = period;
	}
	return left;
}

static enum hrtimer_restart safex_window_fire(struct hrtimer *timer)
{
	struct safex_cpu *cpu = container_of(timer, struct safex_cpu, window);
	struct task_struct *p = cpu->task;
	bool runnable = READ_ONCE(p->__state) == TASK_RUNNING;
	u64 ns;

	if (READ_ONCE(p->flags) & PF_EXITING)
		return HRTIMER_NORESTART;
	raw_spin_lock(&cpu->lock);
	ns = safex_cpu_seen(cpu);
	safex_window_close(cpu, ns, runnable);
	safex_window_open(cpu, ns, runnable);
	raw_spin_unlock(&cpu->lock);
	hrtimer_set_expires(timer, ktime_add_ns(ktime_get(),
						safex_window_left(cpu)));
	return HRTIMER_RESTART;
}

/* The first reservation is in force: its first period has just begun. */
void safex_window_start(struct safex_cpu *cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	safex_window_open(cpu, safex_cpu_seen(cpu),
			  READ_ONCE(cpu->task->__state) == TASK_RUNNING);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	hrtimer_start(&cpu->window,
		      ktime_add_ns(ktime_get(), safex_window_left(cpu)),
		      HRTIMER_MODE_ABS_HARD);
}

/* ns in a complete window, 0: the last one.  0 ns when it isn't known. */
u64 safex_window_used(struct safex_cpu *cpu, u32 back)
{
	unsigned long flags;
	u64 ns = 0;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	if (back < SAFEX_WINDOWS && back < cpu->complete)
		ns = cpu->used[(cpu->complete - 1 - back) % SAFEX_WINDOWS];
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return ns;
}

void safex_window_stat(struct safex_cpu *cpu, u64 *judged, u64 *violations)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	*judged = cpu->judged;
	*violations = cpu->violations;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
}

/* Takes over the reference to task, which may be NULL. */
void safex_cpu_init(struct safex_cpu *cpu, struct task_struct *task)
{
	raw_spin_lock_init(&cpu->lock);
	INIT_LIST_HEAD(&cpu->queued);
	INIT_LIST_HEAD(&cpu->reserved);
	hrtimer_init(&cpu->window, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	cpu->window.function = safex_window_fire;
	cpu->task = task;
	if (task)
		cpu->base = safex_cpu_seen(cpu);
}

/* Process context, after the reservation was given back. */
void safex_cpu_exit(struct safex_cpu *cpu)
{
	hrtimer_cancel(&cpu->window);
}
